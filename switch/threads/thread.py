"""A thread is the newest record of every leg of one conversation.

Rules of this file:

* ``apply`` may be given the records in any order and any number of times. What
  counts of a leg is its highest revision, so the thread comes out the same.
* A thread of some of the records is a valid thread: the rest may be on its way.
* What a thread *says* (who talked, what was transferred) is worked out of the
  records when it is looked at (``view.py``), never kept beside them.
"""

import bisect
from collections.abc import Iterable
from dataclasses import dataclass, replace

import msgspec

from switch.records.leg import LegRecord

_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """All that is known of one conversation."""

    conversation_id: str
    """Which conversation."""

    records: tuple[LegRecord, ...]
    """The newest record of each leg, sorted by leg id; at least one."""


def apply(thread: Thread | None, record: LegRecord) -> Thread:
    """Return the thread as it is once the record is known.

    Args:
        thread: The thread so far; ``None`` if this is its first record.
        record: A record of any leg of the conversation, new or old.

    Raises:
        ValueError: the record is of another conversation; the caller sorts them.
    """
    if thread is None:
        return Thread(conversation_id=record.conversation_id, records=(record,))
    if record.conversation_id != thread.conversation_id:
        raise ValueError("a record of another conversation")
    records = thread.records
    place = bisect.bisect_left(records, record.leg_id, key=_leg_id)
    if place == len(records) or records[place].leg_id != record.leg_id:
        return replace(thread, records=(*records[:place], record, *records[place:]))
    if not supersedes(record, records[place]):
        return thread
    return replace(thread, records=(*records[:place], record, *records[place + 1 :]))


def fold(records: Iterable[LegRecord]) -> Thread:
    """Return the thread of these records.

    Raises:
        ValueError: there are none, or they are of several conversations.
    """
    thread: Thread | None = None
    for record in records:
        thread = apply(thread, record)
    if thread is None:
        raise ValueError("no records make no thread")
    return thread


def supersedes(record: LegRecord, known: LegRecord) -> bool:
    """Is this record of a leg to be believed rather than the known one?

    No two different records should have the same revision. Should it happen all
    the same, one of them is chosen by its text, so that the order in which they
    arrive still does not matter.
    """
    if record.revision != known.revision:
        return record.revision > known.revision
    return _ENCODER.encode(record) > _ENCODER.encode(known)


def _leg_id(record: LegRecord) -> str:
    """Return what a thread's records are sorted by."""
    return record.leg_id
