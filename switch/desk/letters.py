"""Messages as they come over the bus, and what becomes of those that are no leg records.

Those are dead letters: kept aside in the store, for somebody to look at, or for a later
release to read that knows more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from switch.records import codec, topics
from switch.records.errors import ForeignMessageError
from switch.records.leg import LegRecord

UNSTORABLE: Final = "unstorable"
"""The kind of a letter that is a record, but one the database does not take."""

UNFORESEEN: Final = "unforeseen"
"""The kind of a letter in which reading ran into a mistake of ours."""

LONGEST_BYTES: Final = 1024 * 1024
"""Of one letter no more is kept; our own broker passes on no longer ones."""

_LONGEST_PROBLEM: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """Is a message that could not be taken."""

    at: str
    """When it came, in UTC."""
    topic: str
    """Where it was published."""
    kind: str
    """What is wrong with it, as one word: the slug of the error."""
    problem: str
    """What is wrong with it, as a sentence that names nobody."""
    payload: bytes = field(repr=False)
    """What it says: may name people."""
    number: int | None = None
    """By which the store knows it; ``None`` while it is not stored."""

    @classmethod
    def of(cls, topic: str, payload: bytes, *, at: str, kind: str, problem: str) -> DeadLetter:
        """Return the letter, cut where it would take too much room."""
        return cls(
            at=at,
            topic=topic,
            kind=kind,
            problem=problem[:_LONGEST_PROBLEM],
            payload=payload[:LONGEST_BYTES],
        )


def read(topic: str, payload: bytes) -> LegRecord:
    """Return the leg record in a message.

    Raises:
        MessageError: there is none.
    """
    where = topics.parse(topic)
    record = codec.decode(payload)
    if where != topics.LegTopic(conversation_id=record.conversation_id, leg_id=record.leg_id):
        raise ForeignMessageError("the record is of another leg than the topic")
    return record
