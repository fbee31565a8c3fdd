"""Threads in a database: the newest record of every leg, and what threads are listed by.

Rules of this file:

* Only records are kept. The row of a thread holds what it is found and sorted by;
  what a thread says is folded from its records each time, so that a release which
  tells more of a thread tells it of the old ones too.
* A record and the row of its thread change in one transaction.
* Storing a record again, or an older one, changes nothing.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

import sqlalchemy as sa

from switch.desk.errors import AmbiguousThreadError, UnknownThreadError, UnstorableError
from switch.desk.letters import DeadLetter
from switch.desk.notes import Note
from switch.desk.person import Person
from switch.desk.search import Search
from switch.desk.store import (
    auditing,
    counting,
    daily,
    finding,
    forgetting,
    notebook,
    pigeonhole,
    postings,
)
from switch.desk.store.counting import Holdings
from switch.desk.store.engine import Database
from switch.desk.store.forgetting import Traces
from switch.desk.store.postings import Posting
from switch.desk.store.tables import THREAD
from switch.desk.store.writing import Pen
from switch.records.errors import MessageError
from switch.records.leg import LegRecord
from switch.records.of_leg import instant
from switch.threads.view import ThreadView, view

_LAST_CHARACTER: Final = "\U0010ffff"
_CANDIDATES_SHOWN: Final = 5


class Store:
    """Threads in a database, written by one desk or more and read by whoever may.

    ``open_store`` and ``make_store`` return one; whoever has it closes it.
    """

    def __init__(self, database: Database) -> None:
        """Use a database that has the tables."""
        self._database = database
        self.told_after_s: float | None = None
        """How long after their end conversations are told to somebody; ``None``: to nobody."""

    def __str__(self) -> str:
        """Return where it is, without passwords."""
        return str(self._database.address)

    def close(self) -> None:
        """Close all files and connections; the store is not used again."""
        self._database.close()

    def add(self, records: Sequence[LegRecord], letters: Sequence[DeadLetter] = ()) -> int:
        """Keep the records and letters; see ``switch.desk.ports.ThreadStore``."""
        if not records and not letters:
            return 0
        with self._database.transaction(writes=True) as connection:
            pen = Pen(connection)
            news = pen.write(records)
            pigeonhole.put(connection, letters)
            if self.told_after_s is not None:
                due_at = instant(time.time() + self.told_after_s)
                postings.put(connection, pen.ended, due_at=due_at)
        return news

    def newest(
        self, *, limit: int, contact: str | None = None, before: ThreadView | None = None
    ) -> tuple[ThreadView, ...]:
        """Return threads; see ``switch.desk.ports.ThreadStore``."""
        key = sa.tuple_(THREAD.c.started_at, THREAD.c.conversation_id)
        wanted = sa.select(THREAD.c.conversation_id).limit(limit)
        wanted = wanted.order_by(THREAD.c.started_at.desc(), THREAD.c.conversation_id.desc())
        if contact is not None:
            wanted = wanted.where(THREAD.c.contact == contact)
        if before is not None:
            wanted = wanted.where(key < sa.tuple_(before.started_at, before.conversation_id))
        with self._database.transaction() as connection:
            ids = connection.scalars(wanted).all()
            threads = Pen(connection).threads(ids)
        # One that was erased between the two questions is left out.
        return tuple(view(threads[one]) for one in ids if one in threads)

    def get(self, prefix: str) -> ThreadView:
        """Return one thread; see ``switch.desk.ports.ThreadStore``."""
        # A range, not LIKE: it uses the primary key and minds the case.
        column = THREAD.c.conversation_id
        like_it = sa.select(column).where(column >= prefix, column < prefix + _LAST_CHARACTER)
        with self._database.transaction() as connection:
            ids = connection.scalars(like_it.order_by(column).limit(_CANDIDATES_SHOWN)).all()
            if not ids:
                raise UnknownThreadError(prefix)
            # Sorted, an id that is all of what was asked for comes first.
            if len(ids) > 1 and ids[0] != prefix:
                raise AmbiguousThreadError(prefix, ids)
            threads = Pen(connection).threads(ids[:1])
        if not threads:
            raise UnknownThreadError(prefix)
        return view(threads[ids[0]])

    def search(self, search: Search, *, limit: int) -> tuple[ThreadView, ...]:
        """Return the threads that are searched for, the one that started last first."""
        with self._database.transaction() as connection:
            ids = finding.find(connection, search, limit)
            threads = Pen(connection).threads(ids)
        return tuple(view(threads[one]) for one in ids if one in threads)

    def known(self, ids: Sequence[str], *, since: str, limit: int) -> list[tuple[LegRecord, ...]]:
        """Return the records of these threads, and of those that began since and go on."""
        with self._database.transaction() as connection:
            wanted = dict.fromkeys([*ids, *finding.open_ids(connection, since, limit)])
            threads = Pen(connection).threads(list(wanted))
        return [thread.records for thread in threads.values()]

    def marks(self, *, since: str, until: str) -> dict[str, int]:
        """Return how far each conversation is that began in a span; see ``daily.marks``."""
        with self._database.transaction() as connection:
            return daily.marks(connection, since=since, until=until)

    def records(self, ids: Sequence[str]) -> dict[str, list[LegRecord]]:
        """Return the records of conversations; one that is not there is left out."""
        with self._database.transaction() as connection:
            return Pen(connection).records(ids)

    def notes(self, conversation_ids: Sequence[str]) -> list[Note]:
        """Return the notes of some conversations, the oldest first."""
        with self._database.transaction() as connection:
            return notebook.notes(connection, conversation_ids)

    def write_note(self, note: Note, *, based_on: int | None = None) -> Note:
        """Write an author's note; see ``notebook.write``."""
        with self._database.transaction(writes=True) as connection:
            return notebook.write(connection, note, based_on=based_on)

    def count(self) -> int:
        """Return how many threads there are."""
        with self._database.transaction() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(THREAD)) or 0

    def holdings(self) -> Holdings:
        """Return how much there is of what its operator watches."""
        with self._database.transaction() as connection:
            return counting.holdings(connection)

    def take_postings(self, *, now: str, hold_until: str, limit: int) -> Sequence[Posting]:
        """Return some conversations that are to be told; see ``postings.take``."""
        with self._database.transaction(writes=True) as connection:
            return postings.take(connection, now=now, hold_until=hold_until, limit=limit)

    def posted(self, posting: Posting, *, again_at: str | None = None) -> None:
        """Note that one was told, or is to be tried again."""
        with self._database.transaction(writes=True) as connection:
            if again_at is None:
                postings.done(connection, posting)
            else:
                postings.again(connection, posting, due_at=again_at)

    def letters(self, *, limit: int, kind: str | None = None) -> list[DeadLetter]:
        """Return dead letters; see ``switch.desk.ports.ThreadStore``."""
        with self._database.transaction() as connection:
            return pigeonhole.newest(connection, limit=limit, kind=kind)

    def read_letters_again(
        self, read: Callable[[str, bytes], LegRecord], *, kind: str | None = None
    ) -> int:
        """Keep the records in letters that can be read now, and return how many letters.

        Args:
            read: returns the record in a message, or raises ``MessageError``.
            kind: only letters of this kind; ``None``: all.

        Raises:
            StoreUnavailableError: the store cannot be written; some may have been kept.
        """
        count = 0

        def after(number: int) -> list[DeadLetter]:
            with self._database.transaction() as connection:
                return pigeonhole.after(connection, number, kind=kind)

        for letters in pigeonhole.every(after):
            found: dict[int, LegRecord] = {}
            for letter in letters:
                try:
                    found[letter.number or 0] = read(letter.topic, letter.payload)
                except MessageError:
                    continue
            try:
                count += self._take_out(found)
            except UnstorableError:
                # Each by itself: those that the database does not take stay letters.
                for number, record in found.items():
                    with contextlib.suppress(UnstorableError):
                        count += self._take_out({number: record})
        return count

    def _take_out(self, found: Mapping[int, LegRecord]) -> int:
        """Keep the records that were in letters of these numbers, in their place."""
        if found:
            with self._database.transaction(writes=True) as connection:
                Pen(connection).write(found.values())
                pigeonhole.drop(connection, list(found))
        return len(found)

    def revisions(self, ids: Collection[str]) -> dict[tuple[str, str], int]:
        """Return at which revision legs are stored; see ``auditing.revisions``."""
        return auditing.revisions(self._database, ids)

    def gone(self, ids: Collection[str]) -> set[str]:
        """Return which conversations were here and are not any more; see ``auditing.gone``."""
        return auditing.gone(self._database, ids)

    def open_threads(self, *, limit: int) -> list[str]:
        """Return conversations that are not over; see ``auditing.open_threads``."""
        return auditing.open_threads(self._database, limit=limit)

    def find(self, person: Person) -> Traces:
        """Return what there is of a person; see ``forgetting.find``."""
        return forgetting.find(self._database, person)

    def erase(self, traces: Traces, *, at: str) -> None:
        """Take it out; see ``forgetting.erase``."""
        forgetting.erase(self._database, traces, at=at)
        self._database.let_go()

    def expire(self, *, ended_before: str, at: str) -> int:
        """Take out some old conversations; see ``forgetting.expire``."""
        return forgetting.expire(self._database, ended_before=ended_before, at=at)

    def drop_tombstones(self, *, expired_before: str) -> None:
        """Forget that they were there; see ``forgetting.drop_tombstones``."""
        forgetting.drop_tombstones(self._database, expired_before=expired_before)
