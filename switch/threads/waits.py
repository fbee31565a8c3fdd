"""How long the customer waited on music, from one who talked with him to the next.

It is worked out of the talks alone: he waits from the end of a talk until the next begins,
or until he has had enough. A hold is part of a talk, and ringing at the beginning of a call
is not a wait on music.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from switch.call.endings import EndReason
from switch.records.leg import LegRecord
from switch.threads.instants import seconds_between

_LEFT_WAITING = frozenset({EndReason.ABANDONED, EndReason.TRANSFER_FAILED})
"""Why a leg ended that had talked before and talked no more."""


class WaitView(msgspec.Struct, frozen=True, kw_only=True):
    """A time on music."""

    from_at: str
    """When the talk before it ended."""

    to_at: str | None
    """When the next talk began, or the call ended; ``None`` while he waits."""


def waits_of(records: Sequence[LegRecord]) -> tuple[WaitView, ...]:
    """Return the waits of the customer; of whoever was transferred, in a call between reps."""
    customers = [record for record in records if record.role == "customer"]
    waits = [wait for record in customers or records for wait in _waits(record, records)]
    return tuple(sorted(waits, key=lambda wait: (wait.from_at, wait.to_at or "")))


def waited_s(waits: Sequence[WaitView]) -> float:
    """Return the seconds waited, to the millisecond; a wait that goes on is not counted yet."""
    waited_ms = sum(
        round(1000 * seconds_between(wait.from_at, wait.to_at))
        for wait in waits
        if wait.to_at is not None
    )
    return waited_ms / 1000


def _waits(record: LegRecord, records: Sequence[LegRecord]) -> Iterator[WaitView]:
    """Yield the waits of one party."""
    for before, after in pairwise(record.talks):
        if before.ended_at is not None:
            wait = WaitView(from_at=before.ended_at, to_at=after.started_at)
            if not _has_called(record.leg_id, wait, records):
                yield wait
    for last in record.talks[-1:]:
        if last.ended_at is not None:
            wait = WaitView(from_at=last.ended_at, to_at=record.ended_at)
            left_waiting = record.end_reason in _LEFT_WAITING
            if not _has_called(record.leg_id, wait, records) and (
                left_waiting or _has_called(last.with_leg, wait, records)
            ):
                yield wait


def _has_called(leg_id: str, wait: WaitView, records: Sequence[LegRecord]) -> bool:
    """Had this party somebody called then: is he who transferred, and not who waited?"""
    return any(
        record.from_leg == leg_id
        and wait.from_at <= record.offered_at <= (wait.to_at or record.offered_at)
        for record in records
    )
