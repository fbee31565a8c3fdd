"""The records of legs whose worker has died: what others publish of them in its place.

A worker numbers its records itself; whoever goes on after its death takes the next revision.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from switch.call.endings import OK, REQUEST_TERMINATED, EndReason
from switch.records.leg import LegRecord
from switch.records.of_leg import instant

_UNAVAILABLE = 503


def unattended(record: LegRecord, *, at_s: float) -> LegRecord:
    """Return the record of a leg that talks on though nobody can signal for it.

    Args:
        record: its newest.
        at_s: UTC seconds of when its worker died.
    """
    since = record.unattended_since or instant(at_s)
    return _next(record, unattended_since=since)


def ended(
    record: LegRecord,
    *,
    at_s: float,
    by: Literal["party", "switch"] = "switch",
    reason: EndReason = EndReason.WORKER_LOST,
) -> LegRecord:
    """Return the last record of a leg whose worker died.

    Args:
        record: its newest.
        at_s: UTC seconds of its end.
        by: who ended it.
        reason: why it is over.
    """
    if record.answered_at is not None:
        status = OK
    else:
        status = _UNAVAILABLE if record.side == "caller" else REQUEST_TERMINATED
    return _next(
        _silent(record, at_s),
        state="ended",
        ended_at=instant(at_s),
        end_reason=reason,
        ended_by=by,
        sip_status=status,
    )


def talks_with(record: LegRecord) -> str | None:
    """Return the leg that this one talks with just now; None: with nobody."""
    last = record.talks[-1:]
    return last[0].with_leg if last and last[0].ended_at is None else None


def _silent(record: LegRecord, at_s: float) -> LegRecord:
    """Return a record with its talks over, nothing recorded, and nobody rung for it."""
    at = instant(at_s)
    talks = tuple(
        talk if talk.ended_at is not None else msgspec.structs.replace(talk, ended_at=at)
        for talk in record.talks
    )
    attempts = tuple(
        attempt
        if attempt.to_at is not None
        else msgspec.structs.replace(attempt, to_at=at, outcome=EndReason.CANCELLED)
        for attempt in record.attempts
    )
    recorded = tuple(
        span if span.to_at is not None else msgspec.structs.replace(span, to_at=at)
        for span in record.recorded
    )
    return msgspec.structs.replace(record, talks=talks, attempts=attempts, recorded=recorded)


def _next(record: LegRecord, **changed: object) -> LegRecord:
    return msgspec.structs.replace(record, revision=record.revision + 1, **changed)
