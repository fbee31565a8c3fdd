"""The messages of as many calls as are wanted, as a busy switch publishes them: made on the way."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

from switch.records import codec, topics
from tests.records.samples import at, given_back, story

AT_ONCE = 200
"""Calls that go on at a time; their records come mixed."""

_CALLS_A_DAY = 20_000
_FIRST_DAY = dt.date(2026, 1, 1)
_DAY = at(0)[:10].encode()
_NAME = b"conversation-1"
_LEG = b"leg-"
_CUSTOMER = b"+14805550123"


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Is a call to be made others of: what differs is replaced in its text."""

    messages: tuple[tuple[bytes, bytes], ...]

    def made(self, number: int) -> Iterator[tuple[str, bytes]]:
        name = b"20261122-%012d" % number
        # Three calls in four are of somebody who has called before.
        caller = b"+1480%07d" % (number if number % 4 == 0 else number % 9973)
        day = (_FIRST_DAY + dt.timedelta(days=number // _CALLS_A_DAY)).isoformat().encode()
        for topic, payload in self.messages:
            told = payload.replace(_NAME, name).replace(_LEG, name + b".")
            told = told.replace(_CUSTOMER, caller).replace(_DAY, day)
            yield topic.replace(_NAME, name).replace(_LEG, name + b".").decode(), told


def patterns() -> list[_Pattern]:
    """Return the calls that there are: most are simple, some are transferred, often or in vain."""
    kinds = [
        *[story(["alice"], [95.5])] * 6,
        *[story(["alice", "saul"], [60, 120])] * 3,
        *[story(["alice", "saul", "alice"], [60, 120, 24.2])] * 2,
        story(["alice", "bob", "carol", "saul", "bob"], [10, 20, 31.5, 4, 600]),
        given_back(),
    ]
    return [
        _Pattern(
            tuple(
                (
                    topics.leg(record.conversation_id, record.leg_id).encode(),
                    codec.encode(record, node="node1", at=at(0)),
                )
                for record in records
            )
        )
        for records in kinds
    ]


def messages(most: int, seed: int = 1) -> Iterator[tuple[str, bytes]]:
    """Yield so many messages, of calls that go on at the same time."""
    dice = random.Random(seed)
    kinds = patterns()
    begun = 0
    going: list[Iterator[tuple[str, bytes]]] = []
    for _ in range(most):
        while True:
            if len(going) < AT_ONCE:
                going.append(dice.choice(kinds).made(begun))
                begun += 1
            place = dice.randrange(len(going))
            message = next(going[place], None)
            if message is not None:
                yield message
                break
            going[place] = going[-1]
            going.pop()
