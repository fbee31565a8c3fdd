"""What is wrong with trunks is told with what would be right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dialplan import Trunk
from dialplan.trunk_problems import find_trunk_problems
from tests.dialplan.samples import PSTN, SPARE

DIGEST = replace(
    PSTN, username="us", realm="provider.test", password_file="pw", password="x", register=True
)


def told(*trunks: Trunk) -> list[tuple[int, str, str]]:
    return [(one.index, one.key, one.expected) for one in find_trunk_problems(trunks, "US")]


def only(trunk: Trunk) -> tuple[str, str]:
    ((index, key, expected),) = told(PSTN, SPARE, trunk)
    assert index == 2
    return key, expected


def third(**changed: Any) -> Trunk:
    return replace(Trunk(name="third", address="192.0.2.3"), **changed)


def test_good_trunks_have_no_problems() -> None:
    assert told(PSTN, SPARE, replace(DIGEST, name="x", address="192.0.2.9")) == []


def test_trunks_have_names_of_their_own() -> None:
    found = told(PSTN, replace(SPARE, name="pstn"), Trunk(name="X", address="192.0.2.3"))

    assert [expected for _index, _key, expected in found] == [
        "something else: trunk 1 has it already",
        "lower-case letters, digits, '.', '_' and '-', at least one letter, no mark in front",
    ]


@pytest.mark.parametrize(
    ("address", "port", "expected"),
    [
        ("sip.example", None, "a host name will not do"),
        ("::1", None, "an IPv4 address"),
        ("0.0.0.0", None, "of one machine"),
        ("224.0.0.1", None, "of one machine"),
        ("192.0.2.1", 5080, "trunk pstn does not have too"),
        ("192.0.2.1", None, "trunk pstn does not have too"),
        ("192.0.2.2", 5090, "trunk spare does not have too"),
    ],
)
def test_a_trunk_is_known_by_an_address_of_its_own(
    address: str, port: int | None, expected: str
) -> None:
    key, found = only(third(address=address, port=port))

    assert key == "address"
    assert expected in found


def test_two_trunks_may_share_an_address_if_their_ports_differ() -> None:
    assert told(PSTN, third(address=PSTN.address, port=5090)) == []


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_is_within_its_range(port: int) -> None:
    found = only(third(port=port))

    assert found == ("port", "a port, 1 to 65535; 0 or left out means any")


@pytest.mark.parametrize(
    ("changed", "key", "expected"),
    [
        ({"priority": 0}, "priority", "a rank, 1 to 1000"),
        ({"weight": 0}, "weight", "a share, 1 to 1000"),
        ({"prefixes": ("1",)}, "prefixes", "beginnings of numbers in E.164 form, each once"),
        ({"strip": 6}, "strip", "characters, 0 to 5"),
        ({"prepend": "*9"}, "prepend", "at most 15 digits, or '+' and digits"),
        ({"company_number": "555"}, "company_number", "a telephone number in E.164 form"),
        ({"realm": "x"}, "realm", "nothing, for there is no username"),
        ({"password_file": "x"}, "password_file", "nothing, for there is no username"),
        ({"register": True}, "register", "false, for there is no username"),
    ],
)
def test_a_wrong_key_is_told_with_what_would_be_right(
    changed: dict[str, Any], key: str, expected: str
) -> None:
    found = only(third(**changed))

    assert found[0] == key
    assert found[1].startswith(expected)


@pytest.mark.parametrize(
    ("changed", "key", "expected"),
    [
        ({"username": 'a"b'}, "username", "1 to 64 letters"),
        ({"realm": None}, "realm", "the realm that the provider's challenge names"),
        ({"realm": 'a"b'}, "realm", "the realm that the provider's challenge names"),
        ({"password_file": None}, "password_file", "a file whose first line is the password"),
    ],
)
def test_whom_the_provider_knows_us_as_is_told_whole(
    changed: dict[str, Any], key: str, expected: str
) -> None:
    ((_, found, text),) = told(replace(DIGEST, **changed))

    assert found == key
    assert text.startswith(expected)


def test_a_company_number_may_be_given() -> None:
    assert told(third(company_number="+14805550100")) == []


def test_the_codecs_of_a_trunk_are_known_ones_each_once() -> None:
    assert told(replace(PSTN, codecs=("PCMA", "opus"))) == []
    for wrong in (("PCMX",), ("PCMA", "PCMA")):
        key, expected = only(third(codecs=wrong))
        assert (key, expected[:14]) == ("codecs", "any of PCMU, P")
