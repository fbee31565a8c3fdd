from __future__ import annotations

import signal

import pytest

from switch.errors import (
    ChildFailed,
    ChildNotReady,
    ConfigError,
    MissingProgram,
    PortTaken,
    PortUnavailable,
    SwitchError,
)


def port_taken(holder: str | None) -> PortTaken:
    return PortTaken(
        port=5060, transport="udp", address="127.0.0.1", setting="[edge] sip_port", holder=holder
    )


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            ConfigError(file="reps.toml", key="rep[0].name", value=7, expected="a text"),
            "reps.toml: rep[0].name = 7: a text",
        ),
        (
            port_taken("kamailio (pid 812)"),
            (
                "UDP port 5060 of 127.0.0.1 ([edge] sip_port) is taken by kamailio (pid 812): "
                "stop that, or set another port"
            ),
        ),
        (
            port_taken(None),
            (
                "UDP port 5060 of 127.0.0.1 ([edge] sip_port) is taken by someone else's program "
                "(root can see which): stop that, or set another port"
            ),
        ),
        (
            PortUnavailable(
                port=80, transport="tcp", address="::1", setting="[edge] rpc_port", reason="no"
            ),
            "TCP port 80 of ::1 ([edge] rpc_port) cannot be listened on: no",
        ),
        (
            MissingProgram(program="rtpengine", package="rtpengine-daemon"),
            (
                "the program rtpengine is missing: "
                "apt-get install --no-install-recommends rtpengine-daemon"
            ),
        ),
        (
            ChildFailed(name="kamailio", exit_status=255, log_tail="one\ntwo\n"),
            "kamailio ended with exit status 255; its last lines:\n    one\n    two",
        ),
        (
            ChildFailed(name="node", exit_status=-signal.SIGKILL, log_tail=""),
            "node ended by SIGKILL, saying nothing",
        ),
        (
            ChildFailed(name="node", exit_status=-99, log_tail=" \n"),
            "node ended by signal 99, saying nothing",
        ),
        (
            ChildNotReady(name="mosquitto", waited_s=2.5, log_tail="starting"),
            "mosquitto was not ready after 2.5 s; its last lines:\n    starting",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, SwitchError) else "",
)
def test_an_error_makes_its_sentence_of_its_fields(error: SwitchError, sentence: str) -> None:
    assert str(error) == sentence


def test_a_taken_port_is_also_an_unavailable_one() -> None:
    assert isinstance(port_taken(None), PortUnavailable)
