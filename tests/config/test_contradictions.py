"""Settings that are right by themselves and wrong together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from switch.config import (
    BusSettings,
    Config,
    EdgeSettings,
    MediaSettings,
    WorkerSettings,
)
from switch.config.contradictions import find_contradictions


def told(config: Config) -> list[str]:
    return [str(problem) for problem in find_contradictions(config)]


def test_the_defaults_do_not_contradict_each_other() -> None:
    assert told(Config()) == []


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (
            Config(workers=WorkerSettings(warm=3, most=2)),
            "[workers] warm = 3: at most [workers] most, 2",
        ),
        (
            Config(edge=EdgeSettings(rpc_port=5060)),
            "[edge] rpc_port = 5060: something else: [edge] sip_port has 5060 to 5060",
        ),
        (
            Config(edge=EdgeSettings(sip_port=20015)),
            "[workers] first_port = 20000: something else: [edge] sip_port has 20015 to 20015",
        ),
        (
            Config(media=MediaSettings(rtp_first_port=20015)),
            (
                "[media] rtp_first_port = 20015: something else: "
                "[workers] first_port has 20000 to 20015"
            ),
        ),
        (
            Config(bus=BusSettings(port=25000)),
            "[bus] port = 25000: something else: [media] rtp_first_port has 25000 to 29999",
        ),
        (
            Config(media=MediaSettings(rtp_first_port=30000, rtp_last_port=30126)),
            (
                "[media] rtp_last_port = 30126: at least 30127: 128 ports from rtp_first_port on, "
                "8 for each of 16 conversations"
            ),
        ),
        (
            Config(edge=EdgeSettings(ws_port=5060)),
            "[edge] ws_port = 5060: something else: [edge] sip_port has 5060 to 5060",
        ),
        (
            Config(edge=EdgeSettings(ws_port=5066, ws_key=Path("/key.pem"))),
            "[edge] ws_key = '/key.pem': a certificate and its key, or neither",
        ),
        (
            Config(workers=WorkerSettings(first_port=65521)),
            "[workers] first_port = 65521: at most 65520: each of 16 workers has a port",
        ),
    ],
)
def test_a_contradiction_is_told_with_what_would_be_right(config: Config, expected: str) -> None:
    assert told(config) == [f"softswitch.toml: {expected}"]


def test_ports_that_just_fit_are_fine() -> None:
    assert told(Config(workers=WorkerSettings(first_port=65520))) == []
    assert told(Config(media=MediaSettings(rtp_first_port=30000, rtp_last_port=30127))) == []
    assert told(Config(edge=EdgeSettings(sip_port=20016))) == []


def test_what_others_run_has_ports_of_its_own() -> None:
    shared = Config(
        media=MediaSettings(managed=False, ng_port=5060), bus=BusSettings(managed=False, port=5060)
    )

    assert told(shared) == []
    assert len(told(replace(shared, bus=BusSettings(port=5060)))) == 1
