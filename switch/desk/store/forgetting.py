"""How conversations leave a store: when they are old, and when somebody is to be forgotten.

Rules of this file:

* A conversation that went leaves its id behind, and nothing else, so that no repeated and no
  late record brings it back. Where only a leg was made nameless, the leg's id stays too.
* A little at a time: the desk, and another one, store records in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec
import sqlalchemy as sa

from switch.desk.letters import DeadLetter
from switch.desk.person import Person, nameless
from switch.desk.store import pigeonhole
from switch.desk.store.engine import Database
from switch.desk.store.tables import LEG_RECORD, THREAD, TOMBSTONE
from switch.desk.store.writing import ALL_LEGS, Pen, put_tombstones, remove
from switch.records.leg import LegRecord

_AT_ONCE: Final = 100
_READ_AT_ONCE: Final = 1000
_ERASED: Final = "erased"
_EXPIRED: Final = "expired"
_One = TypeVar("_One")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """Is what a store has of a person."""

    conversations: tuple[str, ...]
    """Those whose customer he is."""
    legs: tuple[tuple[str, str], ...]
    """Conversation and leg, in the conversations of others."""
    letters: tuple[int, ...]
    """Dead letters that have his number."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of him."""
        return not (self.conversations or self.legs or self.letters)


def find(database: Database, person: Person) -> Traces:
    """Return what there is of a person; every record is looked at.

    Raises:
        StoreUnavailableError: the store cannot be read.
    """
    conversations: dict[str, None] = {}
    legs: list[tuple[str, str]] = []
    for record in _every_record(database):
        if person.is_contact(record):
            conversations[record.conversation_id] = None
        elif person.is_party(record):
            legs.append((record.conversation_id, record.leg_id))

    def letters(number: int) -> list[DeadLetter]:
        with database.transaction() as connection:
            return pigeonhole.after(connection, number)

    return Traces(
        conversations=tuple(conversations),
        legs=tuple(leg for leg in legs if leg[0] not in conversations),
        letters=tuple(
            letter.number
            for some in pigeonhole.every(letters)
            for letter in some
            if letter.number is not None and person.is_in(letter.topic, letter.payload)
        ),
    )


def erase(database: Database, traces: Traces, *, at: str) -> None:
    """Take out what there is of a person.

    Raises:
        StoreUnavailableError: the store cannot be written; some of it may be gone already.
    """
    for some in _parts(traces.conversations):
        with database.transaction(writes=True) as connection:
            Pen(connection).lock(some)
            put_tombstones(connection, [(one, ALL_LEGS) for one in some], why=_ERASED, at=at)
            remove(connection, some)
    for legs in _parts(traces.legs):
        with database.transaction(writes=True) as connection:
            put_tombstones(connection, legs, why=_ERASED, at=at)
            _make_nameless(connection, legs)
    for numbers in _parts(traces.letters):
        with database.transaction(writes=True) as connection:
            pigeonhole.drop(connection, numbers)


def expire(database: Database, *, ended_before: str, at: str) -> int:
    """Take out some conversations that ended before an instant, and return how many.

    Whoever calls goes on until it returns 0.

    Raises:
        StoreUnavailableError: the store cannot be written now.
    """
    # By the start there is an index; what ended before it began (a clock was set) can wait.
    old = sa.and_(THREAD.c.started_at < ended_before, THREAD.c.ended_at < ended_before)
    wanted = sa.select(THREAD.c.conversation_id).where(old)
    with database.transaction(writes=True) as connection:
        some = connection.scalars(wanted.order_by(THREAD.c.started_at).limit(_AT_ONCE)).all()
        held = Pen(connection).lock(some)
        # Held now, so what is said of them stays true: one may have got a further leg.
        still = wanted.where(THREAD.c.conversation_id.in_(held))
        gone = connection.scalars(still).all()
        put_tombstones(connection, [(one, ALL_LEGS) for one in gone], why=_EXPIRED, at=at)
        remove(connection, gone)
    return len(gone)


def drop_tombstones(database: Database, *, expired_before: str) -> None:
    """Forget of expired conversations that they were there; of erased ones it is kept for ever.

    Raises:
        StoreUnavailableError: the store cannot be written now.
    """
    old = sa.and_(TOMBSTONE.c.why == _EXPIRED, TOMBSTONE.c.at < expired_before)
    with database.transaction(writes=True) as connection:
        connection.execute(sa.delete(TOMBSTONE).where(old))


def _every_record(database: Database) -> Iterator[LegRecord]:
    key = sa.tuple_(LEG_RECORD.c.conversation_id, LEG_RECORD.c.leg_id)
    columns = sa.select(LEG_RECORD.c.conversation_id, LEG_RECORD.c.leg_id, LEG_RECORD.c.record)
    page = columns.order_by(*key.clauses).limit(_READ_AT_ONCE)
    last: tuple[str, str] | None = None
    while True:
        wanted = page if last is None else page.where(key > sa.tuple_(*last))
        with database.transaction() as connection:
            rows = connection.execute(wanted).all()
            records = [msgspec.json.decode(row.record, type=LegRecord) for row in rows]
        if not rows:
            return
        yield from records
        last = rows[-1][:2]


def _make_nameless(connection: sa.Connection, legs: Sequence[tuple[str, str]]) -> None:
    ids = sorted({conversation for conversation, _leg in legs})
    pen = Pen(connection)
    pen.lock(ids)
    for thread in pen.threads(ids).values():
        for record in thread.records:
            if (record.conversation_id, record.leg_id) in legs:
                text = msgspec.json.encode(nameless(record)).decode()
                connection.execute(
                    sa.update(LEG_RECORD)
                    .where(
                        LEG_RECORD.c.conversation_id == record.conversation_id,
                        LEG_RECORD.c.leg_id == record.leg_id,
                    )
                    .values(record=text)
                )


def _parts(whole: Sequence[_One]) -> Iterator[Sequence[_One]]:
    for start in range(0, len(whole), _AT_ONCE):
        yield whole[start : start + _AT_ONCE]
