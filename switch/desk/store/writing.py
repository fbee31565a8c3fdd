"""How records get into the tables: in one transaction, and by two desks at once.

Rules of this file:

* Whoever writes a conversation holds the row of its thread, locked in the order of the ids:
  two desks wait for each other, and never in a circle. So the row comes first, the records
  after it. (With SQLite the whole file is held by one writer.)
* Only what is not known yet is read again: most of the cost of a record is to read and write
  the others of its conversation.
* What has a tombstone stays away.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from switch.desk.person import nameless
from switch.desk.store.engine import is_sqlite
from switch.desk.store.parts import Part, parts_of
from switch.desk.store.tables import LEG_RECORD, NOTE, PART, POSTING, THREAD, TOMBSTONE
from switch.records.leg import LegRecord
from switch.threads.heading import heading
from switch.threads.thread import Thread, apply, fold

ALL_LEGS: Final = ""
"""Stands for the leg in the tombstone of a whole conversation."""

_LONGEST_CONTACT: Final = 256

_ENCODER = msgspec.json.Encoder()
_RECORDS = msgspec.json.Decoder(LegRecord)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """Is what is said in another way to each of the two databases.

    All that depends on how many rows there are is one parameter, so that the statements are
    always the same: each is prepared once.
    """

    known: str
    """Those of the conversations that there are; locked, where there are locks for rows."""
    begin: str
    """Makes the rows of threads that are not there."""
    records: str
    """The records of conversations."""
    tombstones: str
    """Those of conversations."""
    put_records: str
    """Takes records in the place of those of the same leg."""
    put_threads: str
    """Takes rows of threads in the place of the old ones."""
    put_parts: str
    """Takes who took part, in the place of what was known of it."""


_SQLITE: Final = _Words(
    known="SELECT conversation_id FROM thread"
    " WHERE conversation_id IN (SELECT value FROM json_each(?))",
    begin="INSERT INTO thread (conversation_id, contact, direction, started_at, ended_at)"
    " VALUES (?, ?, ?, ?, ?)",
    records="SELECT record FROM leg_record"
    " WHERE conversation_id IN (SELECT value FROM json_each(?))",
    tombstones="SELECT conversation_id, leg_id FROM tombstone"
    " WHERE conversation_id IN (SELECT value FROM json_each(?))",
    put_records="INSERT INTO leg_record (conversation_id, leg_id, revision, record)"
    " VALUES (?, ?, ?, ?) ON CONFLICT (conversation_id, leg_id)"
    " DO UPDATE SET revision = excluded.revision, record = excluded.record",
    put_threads="UPDATE thread SET contact = ?2, direction = ?3, started_at = ?4, ended_at = ?5"
    " WHERE conversation_id = ?1",
    put_parts="INSERT INTO part (conversation_id, kind, who, started_at) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (conversation_id, kind, who) DO UPDATE SET started_at = excluded.started_at",
)
_POSTGRESQL: Final = _Words(
    known="SELECT conversation_id FROM thread WHERE conversation_id = ANY(%s)"
    " ORDER BY conversation_id FOR UPDATE",
    begin="INSERT INTO thread (conversation_id, contact, direction, started_at, ended_at)"
    " SELECT row->>0, row->>1, row->>2, row->>3, row->>4"
    " FROM json_array_elements(%s::json) AS row"
    " ON CONFLICT DO NOTHING RETURNING conversation_id",
    records="SELECT record FROM leg_record WHERE conversation_id = ANY(%s)",
    tombstones="SELECT conversation_id, leg_id FROM tombstone WHERE conversation_id = ANY(%s)",
    put_records="INSERT INTO leg_record (conversation_id, leg_id, revision, record)"
    " SELECT row->>0, row->>1, (row->>2)::int, row->>3"
    " FROM json_array_elements(%s::json) AS row"
    " ON CONFLICT (conversation_id, leg_id)"
    " DO UPDATE SET revision = excluded.revision, record = excluded.record",
    put_threads="UPDATE thread SET contact = row->>1, direction = row->>2,"
    " started_at = row->>3, ended_at = row->>4"
    " FROM json_array_elements(%s::json) AS row"
    " WHERE conversation_id = row->>0",
    put_parts="INSERT INTO part (conversation_id, kind, who, started_at)"
    " SELECT row->>0, row->>1, row->>2, row->>3 FROM json_array_elements(%s::json) AS row"
    " ON CONFLICT (conversation_id, kind, who) DO UPDATE SET started_at = excluded.started_at",
)


class Pen:
    """Writes to one store, in a transaction of its owner's."""

    def __init__(self, connection: sa.Connection) -> None:
        """Write on this connection."""
        self.ended: list[str] = []
        """Conversations that were written and are over."""
        self._connection = connection
        self._is_sqlite = is_sqlite(connection)
        self._words = _SQLITE if self._is_sqlite else _POSTGRESQL

    def write(self, records: Iterable[LegRecord]) -> int:
        """Write the records that are news, and return how many are."""
        arrived: dict[str, list[LegRecord]] = defaultdict(list)
        for record in records:
            arrived[record.conversation_id].append(record)
        if not arrived:
            return 0
        # Sorted as the columns are: by code points.
        ids = sorted(arrived)
        begun = self._begin([_row(fold(arrived[one])) for one in ids])
        self._bury(arrived, begun)
        known = self.threads([one for one in arrived if one not in begun])
        news = 0
        legs: list[tuple[Any, ...]] = []
        rows: list[tuple[Any, ...]] = []
        parts: list[Part] = []
        for conversation_id, fresh in arrived.items():
            before = thread = known.get(conversation_id)
            for record in fresh:
                grown = apply(thread, record)
                news += grown is not thread
                thread = grown
            assert thread is not None
            legs += _legs(before, thread)
            if thread is not before and heading(thread).ended_at is not None:
                self.ended.append(conversation_id)
            parts += parts_of(thread) - (parts_of(before) if before is not None else set())
            # The row of a thread that was begun here is of all that came.
            if before is not None and (row := _row(thread)) != _row(before):
                rows.append(row)
        self._many(self._words.put_records, legs)
        self._many(self._words.put_threads, rows)
        self._many(self._words.put_parts, parts)
        return news

    def threads(self, ids: Collection[str]) -> dict[str, Thread]:
        """Return those of the threads that are known."""
        legs = self.records(ids)
        return {conversation_id: fold(records) for conversation_id, records in legs.items()}

    def records(self, ids: Collection[str]) -> dict[str, list[LegRecord]]:
        """Return the records of those of the conversations that are known, in no order."""
        legs: dict[str, list[LegRecord]] = defaultdict(list)
        if ids:
            for (text,) in self._one(self._words.records, ids):
                record = _RECORDS.decode(text)
                legs[record.conversation_id].append(record)
        return legs

    def lock(self, ids: Collection[str]) -> list[str]:
        """Hold those of the conversations that are known, and return which they are."""
        return [one for (one,) in self._one(self._words.known, sorted(ids))]

    def _begin(self, rows: Sequence[tuple[Any, ...]]) -> set[str]:
        """Make the rows of threads that are not there; hold all; return those that were made."""
        ids = [row[0] for row in rows]
        if self._is_sqlite:
            known = set(self.lock(ids))
            self._many(self._words.begin, [row for row in rows if row[0] not in known])
            return set(ids) - known
        begun: set[str] = set()
        held: set[str] = set()
        # Between the two statements somebody may have erased one: then it begins anew.
        while missing := [row for row in rows if row[0] not in begun | held]:
            begun |= {one for (one,) in self._many(self._words.begin, missing)}
            held |= set(self.lock([row[0] for row in missing if row[0] not in begun]))
        return begun

    def _bury(self, arrived: dict[str, list[LegRecord]], begun: set[str]) -> None:
        """Take out, or make nameless, what has a tombstone."""
        for conversation_id, leg_id in self._one(self._words.tombstones, list(arrived)):
            if leg_id == ALL_LEGS:
                arrived.pop(conversation_id, None)
                if conversation_id in begun:
                    begun.discard(conversation_id)
                    self._connection.execute(
                        sa.delete(THREAD).where(THREAD.c.conversation_id == conversation_id)
                    )
            elif conversation_id in arrived:
                arrived[conversation_id] = [
                    nameless(record) if record.leg_id == leg_id else record
                    for record in arrived[conversation_id]
                ]

    def _one(self, statement: str, ids: Collection[str]) -> Sequence[Any]:
        """Carry out a statement about these ids, and return its rows."""
        ids = list(ids)
        parameters = (json.dumps(ids),) if self._is_sqlite else (ids,)
        return self._connection.exec_driver_sql(statement, parameters).fetchall()

    def _many(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> Sequence[Any]:
        """Carry out a statement for all these rows, and return what it returns."""
        if not rows:
            return ()
        if self._is_sqlite:
            self._connection.exec_driver_sql(statement, list(rows))
            return ()
        # As JSON: the driver takes ten times as long to write an array of texts.
        told = _ENCODER.encode(rows).decode()
        done = self._connection.exec_driver_sql(statement, (told,))
        return done.fetchall() if done.returns_rows else ()


def put_tombstones(
    connection: sa.Connection, graves: Iterable[tuple[str, str]], *, why: str, at: str
) -> None:
    """Keep these (conversation, leg) from coming back."""
    known: Mapping[str, str] = {"why": why, "at": at}
    rows = [{"conversation_id": one, "leg_id": leg, **known} for one, leg in graves]
    if not rows:
        return
    old = sa.and_(
        TOMBSTONE.c.conversation_id == sa.bindparam("old_conversation"),
        TOMBSTONE.c.leg_id == sa.bindparam("old_leg"),
    )
    connection.execute(
        sa.delete(TOMBSTONE).where(old),
        [
            {"old_conversation": row["conversation_id"], "old_leg": row["leg_id"]}
            for row in rows
        ],
    )  # fmt: skip
    connection.execute(sa.insert(TOMBSTONE), rows)


def remove(connection: sa.Connection, ids: Sequence[str]) -> None:
    """Remove conversations, whose rows are held."""
    for table in (NOTE, PART, POSTING, LEG_RECORD, THREAD):
        connection.execute(sa.delete(table).where(table.c.conversation_id.in_(ids)))


def _row(thread: Thread) -> tuple[Any, ...]:
    """Return the row of a thread, in the order of the columns."""
    head = heading(thread)
    contact = head.contact
    if contact is not None:
        # PostgreSQL's text has no NUL, and its indexes no long ones: such a number is nobody's,
        # but it may come.
        contact = contact.replace("\0", "")[:_LONGEST_CONTACT]
    return thread.conversation_id, contact, head.direction, head.started_at, head.ended_at


def _legs(before: Thread | None, after: Thread) -> Iterable[tuple[Any, ...]]:
    """Yield the rows of the legs that are news."""
    old = set() if before is None else {id(record) for record in before.records}
    for record in after.records:
        if id(record) not in old:
            text = _ENCODER.encode(record).decode()
            yield record.conversation_id, record.leg_id, record.revision, text
