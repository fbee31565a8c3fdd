"""What the figures of a day are made of: the little that counts of each conversation.

Rules of this file:

* Facts are worked out of the newest record of each leg, like all that a thread says, so they come
  out the same in whatever order records arrive.
* Nobody outside is named in them: no number, no customer's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from switch.call.endings import EndReason
from switch.records.leg import Direction, LegRecord
from switch.threads.instants import seconds_between
from switch.threads.transfers import outcome_of

CallOutcome = Literal["answered", "abandoned", "unanswered", "refused", "waiting"]
"""What became of a call: somebody talked with the caller; he hung up before anybody did; nobody
took it, or the switch could not put it through; it was for nobody whom he may call; or it still
rings."""

_LET_RING: Final = frozenset({EndReason.NO_ANSWER, EndReason.DECLINED})
_FOR_NOBODY: Final = frozenset({EndReason.FORBIDDEN, EndReason.NOT_FOUND, EndReason.UNACCEPTABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFacts:
    """Is a transfer that somebody asked for."""

    transferor: str | None
    """The rep who asked; ``None`` if he is unknown, or no rep."""
    territory: str | None
    """The territory that it was for; ``None``: for one rep, or for a number outside."""
    taken_by: str | None
    """The rep who answered; ``None``: nobody did, or nobody of ours."""
    outcome: str
    """``answered``, ``pending`` or an end reason."""


@dataclass(slots=True, kw_only=True)
class RepFacts:
    """Is what one rep did in a conversation."""

    talked_s: float = 0.0
    """Seconds he talked; a talk that goes on is not counted yet."""
    has_talked: bool = False
    answered: bool = False
    """Whether he was the first whom a caller from outside talked with."""
    has_called: bool = False
    """Whether he made the call."""
    let_ring: bool = False
    """Whether his phone rang, and he declined or did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Is what counts of a conversation."""

    direction: Direction
    started_at: str
    """When the first leg was offered: the hour and the day that it counts for."""
    outcome: CallOutcome
    waited_s: float | None
    """Seconds from the call until the caller talked with somebody; ``None`` if he did not."""
    territory: str | None
    """The territory that was called first; ``None``: a rep was, or a number outside."""
    left_on_music: bool
    """Whether the customer hung up while he waited for the next to talk with."""
    transfers: tuple[TransferFacts, ...] = ()
    reps: dict[str, RepFacts] = field(default_factory=dict)
    """By name; only those who did anything."""


def facts_of(records: Sequence[LegRecord]) -> Facts:
    """Return what counts of a conversation.

    Args:
        records: the newest of each leg; at least one.
    """
    ordered = sorted(records, key=lambda record: (record.offered_at, record.leg_id))
    first = ordered[0]
    caller = next((record for record in ordered if record.side == "caller"), None)
    # A call of ours is answered when the customer talks, one to us when its caller does: both do.
    talks = () if caller is None else caller.talks
    waited_s = None
    if caller is not None and talks:
        waited_s = seconds_between(caller.offered_at, talks[0].started_at)
    called = next((one for one in ordered if one.side == "callee" and one.why == "call"), None)
    return Facts(
        direction=(caller or first).direction,
        started_at=first.offered_at,
        outcome=_outcome(caller),
        waited_s=waited_s,
        territory=None if called is None else called.territory,
        left_on_music=any(
            one.role == "customer" and one.talks and one.end_reason is EndReason.ABANDONED
            for one in ordered
        ),
        transfers=_transfers(ordered),
        reps=_reps(ordered, caller),
    )


def _outcome(caller: LegRecord | None) -> CallOutcome:
    """Return what became of the call; while its caller's record is missing it still rings."""
    if caller is None:
        return "waiting"
    if caller.talks:
        return "answered"
    if caller.end_reason is None:
        return "waiting"
    # A rep who gives up calling cancels; of a customer the record says that he gave up.
    if caller.end_reason in {EndReason.ABANDONED, EndReason.CANCELLED}:
        return "abandoned"
    return "refused" if caller.end_reason in _FOR_NOBODY else "unanswered"


def _transfers(records: Sequence[LegRecord]) -> tuple[TransferFacts, ...]:
    reps = {record.leg_id: record.rep for record in records}
    return tuple(
        TransferFacts(
            transferor=reps.get(record.from_leg or ""),
            territory=record.territory,
            taken_by=record.rep if record.answered_at is not None else None,
            outcome=outcome_of(record),
        )
        for record in records
        if record.why == "transfer"
    )


def _reps(records: Sequence[LegRecord], caller: LegRecord | None) -> dict[str, RepFacts]:
    reps: dict[str, RepFacts] = {}
    answered = None
    if caller is not None and caller.role == "customer" and caller.talks:
        answered = caller.talks[0].with_leg
    for record in records:
        for attempt in record.attempts:
            if attempt.outcome in _LET_RING:
                reps.setdefault(attempt.rep, RepFacts()).let_ring = True
        if record.rep is None:
            continue
        one = reps.setdefault(record.rep, RepFacts())
        one.talked_s += _talked_s(record)
        one.has_talked |= bool(record.talks)
        one.answered |= record.leg_id == answered
        one.has_called |= record.side == "caller"
        one.let_ring |= record.answered_at is None and record.end_reason in _LET_RING
    return reps


def _talked_s(record: LegRecord) -> float:
    return sum(
        seconds_between(talk.started_at, talk.ended_at)
        for talk in record.talks
        if talk.ended_at is not None
    )
