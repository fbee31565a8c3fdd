"""What is to happen, drawn from a seed: who rings whom and for how long, and who is killed when."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_FIRST_NUMBER: Final = 1_602_200_0000
LANES: Final = 4
"""How many houses there are, each with an alice, a saul and a bob."""

_TARGETS: Final = {"saul": 11, "bob": 4, "seattle": 5}
"""Whom alice transfers to, and how often of 20 times: saul answers, bob declines, and in
seattle both are rung."""

PROGRAMS: Final = {
    "worker": 8,
    "node": 3,
    "desk": 2,
    "broker": 2,
    "edge": 2,
    "nursery": 1,
    "media": 1,
}
"""Who is killed, and how often of 19 times."""

_CLOSE: Final = 0.3
"""How often the next one is killed at once, while the last one is starting again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPlan:
    """Is what one customer's call is to be."""

    number: str
    """His own, E.164; no other call has it."""
    lane: int
    target: str
    """Whom alice transfers him to."""
    talk_ms: int
    """How long he talks, with whomever, before he hangs up."""
    ring_ms: int
    rep_talk_ms: int
    """After how long alice transfers him."""
    leaves: bool
    """Whether alice hangs up as soon as her REFER is accepted."""

    def line(self, did: str) -> str:
        """Return the line of ``calls.csv``; the XMLs name its fields by their places."""
        fields = (
            self.number,
            did,
            self.talk_ms,
            self.ring_ms,
            self.target,
            self.rep_talk_ms,
            int(self.leaves),
        )
        return ";".join(map(str, fields))


def calls(seed: int, number: int) -> list[CallPlan]:
    """Return so many calls."""
    chance = random.Random(f"calls {seed}")
    return [_call(chance, place) for place in range(number)]


def _call(chance: random.Random, place: int) -> CallPlan:
    lane = place % LANES
    (target,) = chance.choices(list(_TARGETS), list(_TARGETS.values()))
    return CallPlan(
        number=f"+{_FIRST_NUMBER + place}",
        lane=lane,
        target=in_lane(target, lane),
        talk_ms=chance.randrange(500, 7000),
        ring_ms=chance.randrange(20, 400),
        rep_talk_ms=chance.randrange(100, 1500),
        leaves=chance.random() < 0.5,
    )


def in_lane(name: str, lane: int) -> str:
    """Return what a rep or a territory is called in a lane; in lane 0 as in the house."""
    return f"{name}-{lane}" if lane else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """Is one kill to come."""

    pause_s: float
    """How long after the one before."""
    program: str
    place: float
    """Which of several processes, from 0 to 1."""


def blows(seed: int, *, mean_pause_s: float) -> Iterator[Blow]:
    """Yield kills without end; first everybody is killed once, in any order."""
    chance = random.Random(f"blows {seed}")
    first = chance.sample(list(PROGRAMS), len(PROGRAMS))
    while True:
        close = chance.random() < _CLOSE
        longest_s = 0.2 if close else 2 * mean_pause_s
        (drawn,) = chance.choices(list(PROGRAMS), list(PROGRAMS.values()))
        yield Blow(
            pause_s=chance.uniform(0.0, longest_s),
            program=first.pop() if first else drawn,
            place=chance.random(),
        )
