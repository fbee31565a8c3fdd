from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from switch.edge.settings import (
    EdgeRegistration,
    EdgeSettingRefused,
    EdgeSettings,
    EdgeTrunk,
    check_name,
)

RIGHT: dict[str, Any] = {
    "domain": "switch.test",
    "address": "127.0.0.1",
    "sip_port": 5060,
    "inner_port": 5070,
    "evapi_port": 5071,
    "rpc_port": 5072,
    "worker_first_port": 20000,
    "worker_last_port": 20015,
    "run_dir": Path("/run/softswitch"),
    "credentials": Path("/run/softswitch/credentials.sqlite"),
    "locations": Path("/run/softswitch/locations.sqlite"),
}


def test_the_defaults_are_those_of_the_agreement_with_the_node() -> None:
    settings = EdgeSettings(**RIGHT)

    assert settings.node_timeout_s == 3
    assert settings.worker_timeout_s == 2
    assert settings.silent_timeout_s == 2.5
    assert settings.trunk_timeout_s == 2
    assert settings.ring_timeout_s == 180


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("domain", ""),
        ("domain", 'a"b'),
        ("domain", "a b"),
        ("domain", "-a"),
        ("domain", "a.b\nlisten=udp:0.0.0.0"),
        ("domain", "a" * 254),
        ("address", "localhost"),
        ("address", "0.0.0.0"),
        ("address", "224.0.0.1"),
        ("address", "::1"),
        ("own_hosts", ("good.example", "bad|.*")),
        ("sip_port", 0),
        ("rpc_port", 65536),
        ("evapi_port", True),
        ("worker_last_port", 19999),
        ("run_dir", Path("relative")),
        ("credentials", Path("/tmp/a\nb")),
        ("locations", Path("/tmp/a\x00b")),
        ("registrations", Path("relative")),
        ("registration_round_s", 0),
        ("probe_s", 0),
        ("trunk_timeout_s", 0),
        ("hunt_timeout_s", 3601),
        ("workers", 0),
        ("memory_mb", 8),
        ("message_bytes", 65535),
        ("min_expires_s", 0),
        ("ws_port", 0),
        ("certificate", Path("relative")),
        ("certificate_key", Path("/key.pem")),
        ("node_timeout_s", 0.0),
        ("ring_timeout_s", float("nan")),
    ],
)
def test_a_value_that_could_break_the_configuration_is_refused(setting: str, value: object) -> None:
    with pytest.raises(EdgeSettingRefused) as caught:
        EdgeSettings(**{**RIGHT, setting: value})

    assert caught.value.setting == setting
    assert setting in str(caught.value)


@pytest.mark.parametrize(
    "trunk",
    [
        {"name": 'x"; exit', "address": "10.0.0.1", "port": 5060},
        {"name": "x y", "address": "10.0.0.1", "port": 5060},
        {"name": "$ru", "address": "10.0.0.1", "port": 5060},
        {"name": "pstn", "address": "trunk.example", "port": 5060},
        {"name": "pstn", "address": "10.0.0.1", "port": 0},
    ],
)
def test_a_trunk_that_could_break_the_configuration_is_refused(trunk: dict[str, Any]) -> None:
    with pytest.raises(EdgeSettingRefused):
        EdgeTrunk(**trunk)


def test_the_name_of_a_rep_is_a_word() -> None:
    check_name("user", "alice.moreno-2")

    with pytest.raises(EdgeSettingRefused, match="letters"):
        check_name("user", "alice@home")


ACCOUNT: dict[str, Any] = {
    "trunk": "pstn",
    "user": "+14805550100",
    "domain": "provider.example",
    "address": "192.0.2.1",
    "port": 5060,
    "auth_user": "company",
    "realm": "provider.example",
    "ha1": "0123456789abcdef" * 2,
}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("trunk", "a b"),
        ("user", "a@b"),
        ("domain", "a b"),
        ("address", "provider.example"),
        ("port", 0),
        ("auth_user", ""),
        ("realm", ""),
        ("realm", 'a"b'),
        ("realm", "a\nb"),
        ("ha1", "very secret"),
        ("ha1", "0123456789ABCDEF" * 2),
        ("expires_s", 59),
    ],
)
def test_a_registration_with_a_wrong_value_is_refused(setting: str, value: object) -> None:
    with pytest.raises(EdgeSettingRefused) as refused:
        EdgeRegistration(**{**ACCOUNT, setting: value})

    assert refused.value.setting == f"registration.{setting}"
    assert "very secret" not in str(refused.value)


def test_a_registration_does_not_show_its_secret() -> None:
    account = EdgeRegistration(**ACCOUNT)

    assert account.ha1 not in repr(account)
