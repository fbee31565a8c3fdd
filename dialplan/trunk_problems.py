"""What is wrong with trunks."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from typing import Final

from dialplan.judge import (
    judge_codecs,
    judge_name,
    judge_number,
    judge_prefixes,
    judge_taken,
    judge_within,
)
from dialplan.problem import Problem
from dialplan.trunks import Trunk

_HIGHEST_PORT: Final = 65535
_LOWEST_PRIORITY: Final = 1000
_MOST_WEIGHT: Final = 1000
_MOST_STRIPPED: Final = 5
_PREPENDED: Final = re.compile(r"\+?[0-9]{0,15}")
_USERNAME: Final = re.compile(r"[A-Za-z0-9+._-]{1,64}")
_REALM: Final = re.compile(r"[^\"\\\x00-\x1f\x7f]{1,128}")


def find_trunk_problems(trunks: Sequence[Trunk], country: str) -> Iterator[Problem]:
    """Yield what is wrong with each trunk, and what two of them have and only one may."""
    names: dict[str, str] = {}
    for index, trunk in enumerate(trunks):
        found = (
            ("name", trunk.name, judge_name(trunk.name) or judge_taken(trunk.name, names)),
            ("address", trunk.address, _judge_address(trunk, trunks[:index])),
            ("port", trunk.port, _judge_port(trunk.port)),
            *_judge_ways(trunk),
            ("company_number", trunk.company_number, _judge_company(trunk, country)),
            *_judge_digest(trunk),
            ("codecs", list(trunk.codecs), judge_codecs(trunk.codecs)),
        )
        names.setdefault(trunk.name, f"trunk {index + 1}")
        for key, value, expected in found:
            if expected:
                yield Problem(kind="trunk", index=index, key=key, value=value, expected=expected)


def _judge_ways(trunk: Trunk) -> tuple[tuple[str, object, str | None], ...]:
    """Judge which calls it takes, and how they are dialled."""
    prepends = _PREPENDED.fullmatch(trunk.prepend) is not None
    return (
        ("priority", trunk.priority, judge_within(trunk.priority, 1, _LOWEST_PRIORITY, "a rank")),
        ("weight", trunk.weight, judge_within(trunk.weight, 1, _MOST_WEIGHT, "a share")),
        ("prefixes", list(trunk.prefixes), judge_prefixes(trunk.prefixes)),
        ("strip", trunk.strip, judge_within(trunk.strip, 0, _MOST_STRIPPED, "characters")),
        ("prepend", trunk.prepend, None if prepends else "at most 15 digits, or '+' and digits"),
    )


def _judge_digest(trunk: Trunk) -> tuple[tuple[str, object, str | None], ...]:
    """Judge whom the provider knows us as."""
    username, realm, file = trunk.username, trunk.realm, trunk.password_file
    if username is None:
        lone = "nothing, for there is no username"
        asked = "false, for there is no username"
        return (
            ("realm", realm, lone if realm is not None else None),
            ("password_file", file, lone if file is not None else None),
            ("register", trunk.register, asked if trunk.register else None),
        )
    is_name = _USERNAME.fullmatch(username) is not None
    is_realm = _REALM.fullmatch(realm or "") is not None
    return (
        ("username", username, None if is_name else "1 to 64 letters, digits, '+', '.', '_', '-'"),
        ("realm", realm, None if is_realm else "the realm that the provider's challenge names"),
        ("password_file", file, None if file else "a file whose first line is the password"),
    )


def _judge_company(trunk: Trunk, country: str) -> str | None:
    number = trunk.company_number
    return None if number is None else judge_number(number, country)


def _judge_port(port: int | None) -> str | None:
    if port is None or 1 <= port <= _HIGHEST_PORT:
        return None
    return f"a port, 1 to {_HIGHEST_PORT}; 0 or left out means any"


def _judge_address(trunk: Trunk, earlier: Sequence[Trunk]) -> str | None:
    try:
        address = ipaddress.IPv4Address(trunk.address)
    except ValueError:
        return "an IPv4 address (a trunk is known by it, so a host name will not do)"
    if address.is_unspecified or address.is_multicast:
        return "the IPv4 address of one machine"
    for other in earlier:
        same_port = other.port == trunk.port or None in {other.port, trunk.port}
        if other.address == trunk.address and same_port:
            return f"an address and port that trunk {other.name} does not have too"
    return None
