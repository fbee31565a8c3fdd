"""What a thread says: who talked, in which order, and what was transferred.

The view is what ``--json`` prints and the store keeps for listing. Compatibility:
fields may be added to it, and none removed or given another meaning.

Who is a row: the caller, and everybody who answered. Somebody who was called and
did not answer is an attempt, shown under the leg that had him called. So a
transfer that failed, or a hunt that rang five phones, leaves no ghost rows.
"""

from collections.abc import Sequence

import msgspec

from switch.call.endings import EndReason
from switch.records.leg import Attempt, Direction, LegRecord, Quality, Recorded, Role, Talk, Why
from switch.threads.heading import heading
from switch.threads.instants import seconds_between
from switch.threads.thread import Thread
from switch.threads.transfers import (
    RecallView,
    TransferView,
    fallbacks_of,
    outcome_of,
    recalls_of,
    transfers_of,
)
from switch.threads.waits import WaitView, waited_s, waits_of


class AttemptView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was called and did not answer (so far)."""

    rep: str | None
    """The rep's name; ``None`` for a territory or an outside number."""

    territory: str | None
    """The territory's name, if it was called as a whole and none of its reps was rung."""

    number: str | None
    """The number called, or what was dialled for it; ``None`` if only a rep's name is known."""

    from_at: str
    """When the call began."""

    to_at: str | None
    """When it was given up; ``None`` while it rings."""

    outcome: str
    """An end reason, or ``pending``."""


class LegView(msgspec.Struct, frozen=True, kw_only=True):
    """A party of the conversation: the caller, or somebody who answered."""

    leg_id: str
    role: Role
    rep: str | None
    """The rep's name; ``None`` if it is nobody of ours."""

    number: str | None
    name: str | None
    """The display name as given."""

    territory: str | None
    """On whose behalf the party was called."""

    why: Why
    offered_at: str
    answered_at: str | None
    ended_at: str | None
    """When it was over; ``None`` while it is open."""

    talk_s: float
    """Seconds talked, to the millisecond; a talk still going on is not counted yet."""

    talks: tuple[Talk, ...]
    """The stretches of talk that ``talk_s`` adds up."""

    end_reason: EndReason | None
    """``None`` while it is open."""

    attempts: tuple[AttemptView, ...]
    """Who was called because of this leg and did not answer, in order of time."""

    recording: str | None = None
    """Where the recording that it is in is kept; ``None`` if it is in none."""

    recorded: tuple[Recorded, ...] = ()
    """When what the party said was recorded, in order of time; a pause is a gap."""

    unattended_since: str | None = None
    """When its worker died while it talked; ``None`` if that has not happened."""

    codec: str | None = None
    """What it has spoken; ``None`` if that is not known."""

    quality: Quality | None = None
    """How well the party heard; ``None`` while it is open, and if that is not known."""


class ThreadView(msgspec.Struct, frozen=True, kw_only=True):
    """One conversation."""

    conversation_id: str
    contact: str | None
    """The customer's number; ``None`` for a call between reps or a withheld number."""

    direction: Direction
    started_at: str
    """When the first leg was offered."""

    ended_at: str | None
    """When the last leg was over; ``None`` while any is open."""

    legs: tuple[LegView, ...]
    """In the order of talking; the caller first."""

    transfers: tuple[TransferView, ...]
    """Those that were asked for, in order of time."""

    recalls: tuple[RecallView, ...]
    """The calls back to transferors who had hung up, in order of time."""

    fallbacks: tuple[TransferView, ...]
    """Where the customer was brought when he could not be given back, in order of time."""

    waits: tuple[WaitView, ...]
    """When the customer waited on music for the next who talked with him, in order of time."""

    recordings: tuple[str, ...]
    """Where what was said is kept, if it was recorded: names in the folder of recordings."""

    waiting_s: float
    """Seconds of those waits, to the millisecond; one that goes on is not counted yet."""


def view(thread: Thread) -> ThreadView:
    """Return what the thread says."""
    records = sorted(thread.records, key=lambda record: (record.offered_at, record.leg_id))
    rows = [record for record in records if _is_row(record)]
    attempts = _attempts_by_row(records, rows)
    waits = waits_of(records)
    head = heading(thread)
    return ThreadView(
        conversation_id=thread.conversation_id,
        contact=head.contact,
        direction=head.direction,
        started_at=head.started_at,
        ended_at=head.ended_at,
        legs=tuple(
            _leg_view(record, attempts[record.leg_id])
            for record in sorted(rows, key=_order_of_talking)
        ),
        transfers=transfers_of(records),
        recalls=recalls_of(records),
        fallbacks=fallbacks_of(records),
        waits=waits,
        recordings=tuple(sorted({one.recording for one in records if one.recording})),
        waiting_s=waited_s(waits),
    )


def _is_row(record: LegRecord) -> bool:
    """Is this somebody who talked, or the caller, who is a row in any case?"""
    return record.side == "caller" or record.answered_at is not None


def _order_of_talking(record: LegRecord) -> tuple[bool, str, str, str]:
    """Return what rows are sorted by: the caller, then by first talk, then by offer."""
    # Whoever answered but has not talked (yet) stands where he answered.
    started = [talk.started_at for talk in record.talks]
    first = min(started, default=record.answered_at or record.offered_at)
    return (record.side != "caller", first, record.offered_at, record.leg_id)


def _leg_view(record: LegRecord, attempts: Sequence[AttemptView]) -> LegView:
    """Return a row."""
    talked_ms = sum(
        round(1000 * seconds_between(talk.started_at, talk.ended_at))
        for talk in record.talks
        if talk.ended_at is not None
    )
    return LegView(
        leg_id=record.leg_id,
        role=record.role,
        rep=record.rep,
        number=record.number,
        name=record.name,
        territory=record.territory,
        why=record.why,
        offered_at=record.offered_at,
        answered_at=record.answered_at,
        ended_at=record.ended_at,
        talk_s=talked_ms / 1000,
        talks=record.talks,
        end_reason=record.end_reason,
        attempts=tuple(sorted(attempts, key=lambda a: (a.from_at, a.rep or "", a.number or ""))),
        recording=record.recording,
        recorded=record.recorded,
        unattended_since=record.unattended_since,
        codec=record.codec,
        quality=record.quality,
    )


def _attempts_by_row(
    records: Sequence[LegRecord], rows: Sequence[LegRecord]
) -> dict[str, list[AttemptView]]:
    """Return for each row who was called because of it and did not answer.

    The record of the leg that caused an attempt may not have come yet, or be
    itself of somebody who never answered. Then the attempt stands under the
    first row, so that it is never lost from sight.
    """
    found: dict[str, list[AttemptView]] = {row.leg_id: [] for row in rows}
    for record in records:
        members = [_member_attempt(attempt) for attempt in record.attempts]
        if _is_row(record):
            found[record.leg_id] += members
        elif rows:
            owner = record.from_leg if record.from_leg in found else rows[0].leg_id
            # A territory is no phone: what was tried are its members.
            found[owner] += members or [_leg_attempt(record)]
    return found


def _member_attempt(attempt: Attempt) -> AttemptView:
    """Return the attempt at one member of a hunt group."""
    return AttemptView(
        rep=attempt.rep,
        territory=None,
        number=None,
        from_at=attempt.from_at,
        to_at=attempt.to_at,
        outcome=attempt.outcome,
    )


def _leg_attempt(record: LegRecord) -> AttemptView:
    """Return the attempt that a leg nobody answered was."""
    return AttemptView(
        rep=record.rep,
        territory=record.territory,
        number=record.number or record.dialled,
        from_at=record.offered_at,
        to_at=record.ended_at,
        outcome=outcome_of(record),
    )
