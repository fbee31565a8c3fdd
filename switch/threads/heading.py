"""What threads are found and sorted by: with whom, which way, from when to when.

It is worked out at each record that comes, and all the rest (``view.py``) only when somebody
looks: so it is told from the records directly.
"""

from dataclasses import dataclass

from switch.records.leg import Direction
from switch.threads.thread import Thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """One conversation in a list."""

    contact: str | None
    """The customer's number; ``None`` for a call between reps or a withheld number."""

    direction: Direction
    """As the caller's leg says; as the first leg says while that is unknown."""

    started_at: str
    """When the first leg was offered."""

    ended_at: str | None
    """When the last leg was over; ``None`` while any is open."""


def heading(thread: Thread) -> Heading:
    """Return what the thread is found and sorted by."""
    records = sorted(thread.records, key=lambda record: (record.offered_at, record.leg_id))
    callers = [record for record in records if record.side == "caller"]
    customers = [record for record in records if record.role == "customer" and record.number]
    ends = [record.ended_at for record in records if record.ended_at is not None]
    return Heading(
        contact=customers[0].number if customers else None,
        direction=(callers or records)[0].direction,
        started_at=records[0].offered_at,
        ended_at=max(ends) if len(ends) == len(records) else None,
    )
