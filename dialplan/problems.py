"""What is wrong with a dialplan, before anybody dials it.

The dialplan is data, written by people. :func:`find_problems` checks all of it and reports all
that is wrong at once; the reader of the files adds in which file it stands.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from dialplan.numbers import is_country, is_emergency, to_e164
from dialplan.people import Did, Rep, Territory
from dialplan.trunks import Trunk

Kind: TypeAlias = Literal["rep", "territory", "did", "trunk", "country"]

_NAME: Final = re.compile(r"(?=[0-9._-]*[a-z])[a-z0-9][a-z0-9._-]*")
_NAME_EXPECTED: Final = (
    "lower-case letters, digits, '.', '_' and '-', at least one letter, no mark in front"
)
_MOST_LETTERS: Final = 64
_EXTENSION: Final = re.compile(r"[0-9]{2,6}")
_HIGHEST_PORT: Final = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Is one thing in a dialplan that cannot be followed."""

    kind: Kind
    """What kind of entry it is in."""
    index: int
    """Which entry of its kind, from 0."""
    key: str
    """Which key of the entry."""
    value: object
    """What stands there."""
    expected: str
    """What would be right."""

    def __str__(self) -> str:
        return f"{self.kind} {self.index + 1}: {self.key} = {self.value!r}: {self.expected}"


class DialplanError(Exception):
    """Says that a dialplan contradicts itself, with all its problems."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(tuple(problems))
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def find_problems(
    *,
    reps: Sequence[Rep],
    territories: Sequence[Territory],
    dids: Sequence[Did],
    trunks: Sequence[Trunk],
    country: str,
) -> tuple[Problem, ...]:
    """Return everything that is wrong, in the order of the entries."""
    if not is_country(country):
        expected = "a country as two capital letters (ISO 3166-1), such as 'US'"
        return (Problem(kind="country", index=0, key="country", value=country, expected=expected),)
    return (
        *_check_addresses(reps, territories, country),
        *_check_members(reps, territories),
        *_check_dids(reps, territories, dids, country),
        *_check_trunks(trunks),
    )


def _check_addresses(
    reps: Sequence[Rep], territories: Sequence[Territory], country: str
) -> Iterator[Problem]:
    """Check names and extensions, of which reps and territories share one stock."""
    names: dict[str, str] = {}
    extensions: dict[str, str] = {}
    entries: list[tuple[Kind, int, Rep | Territory]] = [
        *(("rep", index, rep) for index, rep in enumerate(reps)),
        *(("territory", index, territory) for index, territory in enumerate(territories)),
    ]
    for kind, index, entry in entries:
        name, extension = entry.name, entry.extension
        expected = _judge_name(name) or _judge_taken(name, names)
        names.setdefault(name, f"{kind} {index + 1}")
        if expected:
            yield Problem(kind=kind, index=index, key="name", value=name, expected=expected)
        expected = _judge_extension(extension, country) or _judge_taken(extension, extensions)
        extensions.setdefault(extension, f"{kind} {name}")
        if expected:
            yield Problem(
                kind=kind, index=index, key="extension", value=extension, expected=expected
            )


def _check_members(reps: Sequence[Rep], territories: Sequence[Territory]) -> Iterator[Problem]:
    known = {rep.name for rep in reps}
    for index, territory in enumerate(territories):
        members = territory.members
        strangers = [name for name in members if name not in known]
        expected = None
        if not members:
            expected = "at least one rep"
        elif strangers:
            expected = f"names of reps; {_listed(strangers)} is none of {_listed(sorted(known))}"
        elif len(set(members)) != len(members):
            expected = "each rep once"
        if expected:
            yield Problem(
                kind="territory",
                index=index,
                key="members",
                value=list(members),
                expected=expected,
            )


def _check_dids(
    reps: Sequence[Rep], territories: Sequence[Territory], dids: Sequence[Did], country: str
) -> Iterator[Problem]:
    known = {rep.name for rep in reps}
    groups = {territory.name for territory in territories}
    taken: dict[str, str] = {}
    for index, did in enumerate(dids):
        expected = _judge_number(did.number, country) or _judge_taken(did.number, taken)
        taken.setdefault(did.number, f"did {index + 1}")
        if expected:
            yield Problem(
                kind="did", index=index, key="number", value=did.number, expected=expected
            )
        if did.rep in known:
            continue
        expected = f"the name of a rep: {_listed(sorted(known))}"
        if did.rep in groups:
            expected += "; a number cannot reach a territory yet"
        yield Problem(kind="did", index=index, key="rep", value=did.rep, expected=expected)


def _check_trunks(trunks: Sequence[Trunk]) -> Iterator[Problem]:
    names: dict[str, str] = {}
    earlier: list[Trunk] = []
    for index, trunk in enumerate(trunks):
        expected = _judge_name(trunk.name) or _judge_taken(trunk.name, names)
        names.setdefault(trunk.name, f"trunk {index + 1}")
        if expected:
            yield Problem(
                kind="trunk", index=index, key="name", value=trunk.name, expected=expected
            )
        expected = _judge_address(trunk, earlier)
        earlier.append(trunk)
        if expected:
            yield Problem(
                kind="trunk", index=index, key="address", value=trunk.address, expected=expected
            )
        if trunk.port is not None and not 1 <= trunk.port <= _HIGHEST_PORT:
            expected = f"a port, 1 to {_HIGHEST_PORT}; 0 or left out means any"
            yield Problem(
                kind="trunk", index=index, key="port", value=trunk.port, expected=expected
            )


def _judge_name(name: str) -> str | None:
    if len(name) > _MOST_LETTERS:
        return f"at most {_MOST_LETTERS} letters"
    return None if _NAME.fullmatch(name) else _NAME_EXPECTED


def _judge_extension(extension: str, country: str) -> str | None:
    if not _EXTENSION.fullmatch(extension):
        return "2 to 6 digits, in quotes"
    if is_emergency(extension, country):
        return f"something else: {extension} calls for help in {country}"
    if to_e164(extension, country):
        return f"something else: {extension} is an outside number in {country}"
    return None


def _judge_number(number: str, country: str) -> str | None:
    e164 = to_e164(number, country)
    if e164 is None:
        return "a telephone number in E.164 form, such as '+14805550100'"
    return None if e164 == number else f"the E.164 form: {e164!r}"


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


def _judge_taken(value: str, taken: dict[str, str]) -> str | None:
    return f"something else: {taken[value]} has it already" if value in taken else None


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
