from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from switch.errors import PortTaken, PortUnavailable, Transport
from switch.run.ports import NeededPort, require_free_ports

KINDS = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}
TRANSPORTS: list[Transport] = ["udp", "tcp"]


@contextmanager
def listening(transport: Transport, address: str = "127.0.0.1") -> Iterator[int]:
    with socket.socket(socket.AF_INET, KINDS[transport]) as held:
        held.bind((address, 0))
        if transport == "tcp":
            held.listen()
        yield held.getsockname()[1]


def needed(port: int, transport: Transport = "udp", address: str = "127.0.0.1") -> NeededPort:
    return NeededPort(address=address, port=port, transport=transport, setting="[edge] sip_port")


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_free_port_is_no_error(transport: Transport) -> None:
    with listening(transport) as port:
        pass

    require_free_ports([needed(port, transport)])


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("held_on", ["127.0.0.1", "0.0.0.0"])
def test_a_taken_port_is_an_error_that_names_its_holder(transport: Transport, held_on: str) -> None:
    with listening(transport, held_on) as port, pytest.raises(PortTaken) as refusal:
        require_free_ports([needed(port, transport)])

    assert refusal.value.port == port
    assert refusal.value.transport == transport
    assert refusal.value.holder == f"{psutil.Process().name()} (pid {os.getpid()})"
    assert str(refusal.value).startswith(
        f"{transport.upper()} port {port} of 127.0.0.1 ([edge] sip_port) is taken by "
    )


def test_every_address_is_asked_for_when_the_switch_wants_all() -> None:
    with listening("udp", "127.0.0.1") as port, pytest.raises(PortTaken) as refusal:
        require_free_ports([needed(port, address="0.0.0.0")])

    assert str(os.getpid()) in (refusal.value.holder or "")


def test_udp_does_not_take_the_port_from_tcp() -> None:
    with listening("tcp") as port:
        require_free_ports([needed(port, "udp")])


def test_the_same_port_of_another_address_is_free() -> None:
    with listening("tcp", "127.0.0.1") as port:
        require_free_ports([needed(port, "tcp", address="127.0.0.2")])


def test_a_connection_closed_just_now_does_not_hold_the_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as caller:
            accepted, _ = server.accept()
            # The side that closes first keeps the port in TIME_WAIT: ours.
            accepted.close()
            assert caller.recv(1) == b""

    require_free_ports([needed(port, "tcp")])


FORKED_SERVER = """
import os, signal, socket, sys
held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
held.bind(("127.0.0.1", 0))
parent = os.getpid()
if os.fork() == 0:
    print(held.getsockname()[1], flush=True)
    sys.stdin.read()  # ends when the parent's standard input does
else:
    os.wait()
"""


def test_of_a_server_that_forked_the_parent_is_named() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", FORKED_SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())

        with pytest.raises(PortTaken, match=rf"\(pid {server.pid}\)"):
            require_free_ports([needed(port)])


def test_a_holder_that_only_root_may_see_is_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "net_connections", lambda _kind: [])

    with listening("udp") as port, pytest.raises(PortTaken, match="root can see which") as refusal:
        require_free_ports([needed(port)])

    assert refusal.value.holder is None


def test_an_address_of_another_machine_is_an_error_that_says_so() -> None:
    with pytest.raises(PortUnavailable, match="no such address"):
        require_free_ports([needed(5060, address="192.0.2.1")])


def test_the_first_port_that_is_not_free_is_named() -> None:
    with listening("udp") as free, listening("udp") as taken:
        pass
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind(("127.0.0.1", taken))

        with pytest.raises(PortTaken) as refusal:
            require_free_ports([needed(free), needed(taken)])

    assert refusal.value.port == taken
