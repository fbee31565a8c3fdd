"""What became of the transfers of a thread: whom they were for, and whom the call came back to.

A transfer is one that somebody asked for, so as many as were asked for are in the list.
What the switch did by itself, because a target failed and the transferor had hung up,
stands in two lists of its own: whom it called back, and where it brought the customer
when that was in vain.
"""

from collections.abc import Mapping, Sequence

import msgspec

from switch.call.endings import EndReason
from switch.records.leg import LegRecord
from switch.threads.instants import seconds_between

PENDING = "pending"
"""The outcome of an attempt or a transfer that is still under way."""

ANSWERED = "answered"
"""The outcome of a transfer whose target answered."""

RESUMED = "resumed"
"""The outcome of a recall after which transferor and customer talked again."""


class TransferView(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer, and what came of it."""

    from_: str | None = msgspec.field(name="from")
    """The transferor: the rep's name, else the number; ``None`` while his record is missing."""

    to: str | None
    """The rep's name, the territory, or the number; ``None`` if the target is unknown."""

    kind: str
    """``rep``, ``territory`` or ``outside``."""

    at: str
    """When the target's leg was placed."""

    outcome: str
    """``answered``, ``pending`` or an end reason (``abandoned``: the customer gave up)."""

    took_s: float | None
    """Seconds until the target answered or failed; ``None`` while it is pending."""

    leg_id: str
    """The target's leg; it is a row if it answered."""

    from_leg: str | None
    """The transferor's leg."""


class RecallView(msgspec.Struct, frozen=True, kw_only=True):
    """A call back to a transferor who had hung up, because his target failed."""

    to: str | None
    """The transferor's name; ``None`` if it is unknown."""

    at: str
    """When he began to be called."""

    outcome: str
    """``resumed``, ``answered`` (he chose somebody else, or has not chosen yet), ``pending``
    or an end reason."""

    took_s: float | None
    """Seconds until he answered or did not; ``None`` while he is called."""

    leg_id: str
    """The leg back to him; it is a row if he answered."""

    from_leg: str | None
    """The leg by which he had transferred."""


def transfers_of(records: Sequence[LegRecord]) -> tuple[TransferView, ...]:
    """Return the transfers that were asked for: one for each leg that was placed for one."""
    by_id = {record.leg_id: record for record in records}
    return tuple(_transfer(record, by_id) for record in records if record.why == "transfer")


def fallbacks_of(records: Sequence[LegRecord]) -> tuple[TransferView, ...]:
    """Return where the customer was brought when he could not be given back.

    ``from`` is the transferor to whom he could not.
    """
    by_id = {record.leg_id: record for record in records}
    return tuple(_transfer(record, by_id) for record in records if record.why == "fallback")


def recalls_of(records: Sequence[LegRecord]) -> tuple[RecallView, ...]:
    """Return the calls back to transferors."""
    return tuple(
        RecallView(
            to=_party(record),
            at=record.offered_at,
            outcome=RESUMED if record.talks else outcome_of(record),
            took_s=_took_s(record),
            leg_id=record.leg_id,
            from_leg=record.from_leg,
        )
        for record in records
        if record.why == "recall"
    )


def outcome_of(record: LegRecord) -> str:
    """Return what came of calling somebody."""
    if record.answered_at is not None:
        return ANSWERED
    if record.ended_at is None:
        return PENDING
    # An end without a reason is our mistake, and said to be.
    return record.end_reason or EndReason.SWITCH_ERROR


def _transfer(record: LegRecord, by_id: Mapping[str, LegRecord]) -> TransferView:
    """Return what became of the leg that was placed for a transfer."""
    return TransferView(
        from_=_party(by_id.get(record.from_leg or "")),
        to=record.territory or record.rep or record.number or record.dialled,
        kind="territory" if record.territory else "rep" if record.rep else "outside",
        at=record.offered_at,
        outcome=outcome_of(record),
        took_s=_took_s(record),
        leg_id=record.leg_id,
        from_leg=record.from_leg,
    )


def _party(record: LegRecord | None) -> str | None:
    """Return who is at the other end, as a transfer names him."""
    return None if record is None else record.rep or record.number


def _took_s(record: LegRecord) -> float | None:
    """Return how long it took until somebody answered or did not."""
    end = record.answered_at or record.ended_at
    return None if end is None else seconds_between(record.offered_at, end)
