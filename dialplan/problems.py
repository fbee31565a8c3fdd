"""What is wrong with a dialplan, before anybody dials it.

The dialplan is data, written by people. :func:`find_problems` checks all of it and reports all
that is wrong at once; the reader of the files adds in which file it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from dialplan.judge import (
    judge_codecs,
    judge_extension,
    judge_name,
    judge_number,
    judge_taken,
    judge_within,
    listed,
)
from dialplan.numbers import is_country
from dialplan.overflows import find_overflow_problems
from dialplan.people import TRANSFEROR, Did, Rep, Territory
from dialplan.policy import Toll
from dialplan.problem import DialplanError, Kind, Problem
from dialplan.protection import Srtp
from dialplan.toll_problems import find_toll_problems
from dialplan.trunk_problems import find_trunk_problems
from dialplan.trunks import Trunk

__all__ = ["DialplanError", "Problem", "find_problems"]

_LONGEST_RING_S: Final = 600
_LONGEST_WRAP_UP_S: Final = 3600


def find_problems(
    *,
    reps: Sequence[Rep],
    territories: Sequence[Territory],
    dids: Sequence[Did],
    trunks: Sequence[Trunk],
    country: str,
    toll: Toll,
) -> tuple[Problem, ...]:
    """Return everything that is wrong, in the order of the entries."""
    if not is_country(country):
        expected = "a country as two capital letters (ISO 3166-1), such as 'US'"
        return (Problem(kind="country", index=0, key="country", value=country, expected=expected),)
    return (
        *_check_addresses(reps, territories, country),
        *_check_codecs(reps),
        *_check_wrap_ups(reps),
        *_check_territories(reps, territories),
        *find_overflow_problems(
            reps=reps,
            territories=territories,
            dids=dids,
            trunks=trunks,
            country=country,
            toll=toll,
        ),
        *_check_dids(reps, territories, dids, country),
        *find_trunk_problems(trunks, country),
        *find_toll_problems(reps, territories, toll),
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
        expected = judge_name(name) or judge_taken(name, names)
        names.setdefault(name, f"{kind} {index + 1}")
        if expected:
            yield Problem(kind=kind, index=index, key="name", value=name, expected=expected)
        expected = judge_extension(extension, country) or judge_taken(extension, extensions)
        extensions.setdefault(extension, f"{kind} {name}")
        if expected:
            yield Problem(
                kind=kind, index=index, key="extension", value=extension, expected=expected
            )


def _check_codecs(reps: Sequence[Rep]) -> Iterator[Problem]:
    """Check what the phones of each rep take."""
    for index, rep in enumerate(reps):
        expected = judge_codecs(rep.codecs)
        if expected:
            value = list(rep.codecs)
            yield Problem(kind="rep", index=index, key="codecs", value=value, expected=expected)


def _check_wrap_ups(reps: Sequence[Rep]) -> Iterator[Problem]:
    """Check how long each rep is left alone after a call."""
    for index, rep in enumerate(reps):
        value = rep.wrap_up_s
        expected = _judge_wrap_up(value)
        if expected:
            yield Problem(kind="rep", index=index, key="wrap_up_s", value=value, expected=expected)


def _judge_wrap_up(value: float | None) -> str | None:
    return None if value is None else judge_within(value, 0, _LONGEST_WRAP_UP_S, "seconds")


_Kind = tuple[bool, bool]
_TRUNK: Final[_Kind] = (False, False)
"""An outside number's: no browser, and whether it is encrypted is the trunk's business."""


def _check_territories(reps: Sequence[Rep], territories: Sequence[Territory]) -> Iterator[Problem]:
    """Check members and times."""
    known = sorted({rep.name for rep in reps})
    kinds = {rep.name: (rep.webrtc, rep.srtp is Srtp.REQUIRED) for rep in reps}
    groups = {territory.name: territory for territory in territories}
    for index, territory in enumerate(territories):
        found: list[tuple[str, object, str | None]] = [
            ("members", list(territory.members), _judge_members(territory.members, known)),
            ("members", list(territory.members), _judge_members_kinds(territory.members, kinds)),
            (
                "on_no_answer",
                territory.on_no_answer,
                _judge_overflow(territory, groups, kinds),
            ),
        ]
        for key in ("ring_s", "step_s", "grow_s"):
            value = getattr(territory, key)
            found.append((key, value, judge_within(value, 1, _LONGEST_RING_S, "seconds")))
        found.append(("wrap_up_s", territory.wrap_up_s, _judge_wrap_up(territory.wrap_up_s)))
        for key, value, expected in found:
            if expected:
                yield Problem(
                    kind="territory", index=index, key=key, value=value, expected=expected
                )


def _judge_members(members: Sequence[str], known: Sequence[str]) -> str | None:
    strangers = [name for name in members if name not in known]
    if not members:
        return "at least one rep"
    if strangers:
        return f"names of reps; {listed(strangers)} is none of {listed(known)}"
    return None if len(set(members)) == len(members) else "each rep once"


def _judge_members_kinds(members: Sequence[str], kinds: Mapping[str, _Kind]) -> str | None:
    """Judge a list of reps who get one offer: what fits a browser fits no telephone."""
    if len({kinds[name] for name in members if name in kinds}) <= 1:
        return None
    return "reps alike in webrtc, and in srtp as far as it is 'required': one offer goes to all"


def _judge_overflow(
    territory: Territory, groups: Mapping[str, Territory], kinds: Mapping[str, _Kind]
) -> str | None:
    """Judge where a territory overflows to: the same offer goes on to there."""
    target = territory.on_no_answer
    if target == TRANSFEROR:
        return None
    there = groups[target].members if target in groups else (target,)
    mine = {kinds.get(name, _TRUNK) for name in territory.members}
    if {kinds.get(name, _TRUNK) for name in there} <= mine:
        return None
    return "somebody like its members in webrtc, and in srtp as far as it is 'required'"


def _check_dids(
    reps: Sequence[Rep], territories: Sequence[Territory], dids: Sequence[Did], country: str
) -> Iterator[Problem]:
    people = sorted({rep.name for rep in reps})
    groups = sorted({territory.name for territory in territories})
    taken: dict[str, str] = {}
    for index, did in enumerate(dids):
        expected = judge_number(did.number, country) or judge_taken(did.number, taken)
        taken.setdefault(did.number, f"did {index + 1}")
        if expected:
            yield Problem(
                kind="did", index=index, key="number", value=did.number, expected=expected
            )
        found: tuple[str, object, str | None] = ("rep", did.rep, None)
        if (did.rep is None) == (did.territory is None):
            found = ("rep", did.rep, "either a rep or a territory, one of the two")
        elif did.rep is not None and did.rep not in people:
            found = ("rep", did.rep, f"the name of a rep: {listed(people)}")
        elif did.territory is not None and did.territory not in groups:
            found = ("territory", did.territory, f"the name of a territory: {listed(groups)}")
        key, value, wrong = found
        if wrong:
            yield Problem(kind="did", index=index, key=key, value=value, expected=wrong)
