"""Where threads are kept: the newest record of every leg, and what threads are listed by.

Rules of this file:

* Only records are kept. The row of a thread holds what it is found and sorted by;
  what a thread says is folded from its records each time, so that a release which
  tells more of a thread tells it of the old ones too.
* A record and the row of its thread change in one transaction.
* Storing a record again, or an older one, changes nothing.

Why a blocking engine: SQLite blocks anyway, and the driver that hides it costs a
thread change for each statement. The desk calls ``add`` once for many records in
a thread of its own; the command line calls the same code with no loop at all.
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from switch.desk.errors import (
    AmbiguousThreadError,
    StoreMissingError,
    StoreUnavailableError,
    UnknownThreadError,
    UnsupportedStoreError,
)
from switch.records.leg import LegRecord
from switch.threads.thread import Thread, apply, fold
from switch.threads.view import ThreadView, view

_TABLES = sa.MetaData()

_LEG_RECORD = sa.Table(
    "leg_record",
    _TABLES,
    sa.Column("conversation_id", sa.Text, primary_key=True),
    sa.Column("leg_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("record", sa.Text, nullable=False, comment="the record as JSON"),
)

_THREAD = sa.Table(
    "thread",
    _TABLES,
    sa.Column("conversation_id", sa.Text, primary_key=True),
    sa.Column("contact", sa.Text, comment="the customer's number, NULL if there is none"),
    sa.Column("direction", sa.Text, nullable=False),
    sa.Column("started_at", sa.Text, nullable=False, comment="ISO 8601, UTC: sorts as text"),
    sa.Column("ended_at", sa.Text, comment="NULL while a leg is open"),
    sa.Index("thread_by_start", "started_at", "conversation_id"),
    sa.Index("thread_by_contact", "contact", "started_at", "conversation_id"),
)


def _upsert(table: sa.Table) -> Any:
    """Return the statement that puts a row in the place of the one with its key."""
    statement = insert(table)
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={c.name: statement.excluded[c.name] for c in table.columns if not c.primary_key},
    )


# Made once: it costs as much to make them as to carry them out.
_PUT_RECORDS = _upsert(_LEG_RECORD)
_PUT_THREADS = _upsert(_THREAD)
_RECORDS_OF = sa.select(_LEG_RECORD.c.record).where(
    _LEG_RECORD.c.conversation_id.in_(sa.bindparam("ids", expanding=True))
)

_LAST_CHARACTER = "\U0010ffff"
_CANDIDATES_SHOWN = 5
_LOCK_TIMEOUT_S = 10
_WRITES = {"softswitch_writes": True}
_MOST_IDS = 500
"""How many ids one statement names; SQLite takes at least 999 parameters."""


def sqlite_path(url: str) -> Path:
    """Return the file that a store's SQLAlchemy URL names.

    Raises:
        UnsupportedStoreError: it names no file of SQLite's.
    """
    try:
        address = sa.engine.make_url(url)
    except sa.exc.ArgumentError:
        raise UnsupportedStoreError("what is no URL") from None
    if address.get_backend_name() != "sqlite":
        raise UnsupportedStoreError(address.get_backend_name())
    if not address.database or address.database == ":memory:":
        raise UnsupportedStoreError("SQLite without a file")
    return Path(address.database)


class SqliteStore:
    """Threads in one SQLite file, written by one desk and read by whoever may."""

    def __init__(self, path: Path, engine: sa.Engine) -> None:
        """Use ``create`` or ``open``; both see to it that the file is there."""
        self._path = path
        self._engine = engine

    @classmethod
    def create(cls, path: Path) -> Self:
        """Return the store at the path, made if it is not there.

        The file holds people's numbers, so only the user of the switch may read it.

        Raises:
            StoreUnavailableError: it cannot be made or is no store.
        """
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # SQLite gives its journals the mode of the file itself.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise StoreUnavailableError(path, error.strerror or "cannot be opened") from error
        store = cls.open(path)
        store.make_tables()
        return store

    @classmethod
    def open(cls, path: Path) -> Self:
        """Return the store at the path.

        Raises:
            StoreMissingError: there is none.
        """
        if not path.is_file():
            raise StoreMissingError(path)
        engine = sa.create_engine(
            sa.URL.create("sqlite", database=str(path)),
            connect_args={"timeout": _LOCK_TIMEOUT_S},
        )
        sa.event.listen(engine, "connect", _prepare)
        sa.event.listen(engine, "begin", _begin)
        return cls(path, engine)

    def make_tables(self) -> None:
        """Make those of the tables that are not there.

        Raises:
            StoreUnavailableError: the file cannot be written or is no store.
        """
        with self._transaction(writes=True) as connection:
            _TABLES.create_all(connection)

    def close(self) -> None:
        """Close the file; the store is not used again."""
        self._engine.dispose()

    def add(self, records: Sequence[LegRecord]) -> int:
        """Keep the records; see ``switch.desk.ports.ThreadStore``."""
        by_conversation: dict[str, list[LegRecord]] = defaultdict(list)
        for record in records:
            by_conversation[record.conversation_id].append(record)
        if not by_conversation:
            return 0
        with self._transaction(writes=True) as connection:
            known = _threads(connection, list(by_conversation))
            news = 0
            changed: dict[str, Thread] = {}
            for conversation_id, arrived in by_conversation.items():
                thread = known.get(conversation_id)
                for record in arrived:
                    grown = apply(thread, record)
                    if grown is not thread:
                        news += 1
                        thread = changed[conversation_id] = grown
            _write(connection, known, changed)
        return news

    def newest(
        self, *, limit: int, contact: str | None = None, before: ThreadView | None = None
    ) -> tuple[ThreadView, ...]:
        """Return threads; see ``switch.desk.ports.ThreadStore``."""
        key = sa.tuple_(_THREAD.c.started_at, _THREAD.c.conversation_id)
        wanted = sa.select(_THREAD.c.conversation_id).limit(limit)
        wanted = wanted.order_by(_THREAD.c.started_at.desc(), _THREAD.c.conversation_id.desc())
        if contact is not None:
            wanted = wanted.where(_THREAD.c.contact == contact)
        if before is not None:
            wanted = wanted.where(key < sa.tuple_(before.started_at, before.conversation_id))
        with self._transaction() as connection:
            ids = connection.scalars(wanted).all()
            threads = _threads(connection, ids)
        return tuple(view(threads[conversation_id]) for conversation_id in ids)

    def get(self, prefix: str) -> ThreadView:
        """Return one thread; see ``switch.desk.ports.ThreadStore``."""
        # A range, not LIKE: it uses the primary key and minds the case.
        column = _THREAD.c.conversation_id
        like_it = sa.select(column).where(column >= prefix, column < prefix + _LAST_CHARACTER)
        with self._transaction() as connection:
            ids = connection.scalars(like_it.order_by(column).limit(_CANDIDATES_SHOWN)).all()
            if not ids:
                raise UnknownThreadError(prefix)
            # Sorted, an id that is all of what was asked for comes first.
            if len(ids) > 1 and ids[0] != prefix:
                raise AmbiguousThreadError(prefix, ids)
            return view(_threads(connection, ids[:1])[ids[0]])

    @contextmanager
    def _transaction(self, *, writes: bool = False) -> Iterator[sa.Connection]:
        """Yield a connection in a transaction; let no error of the database through."""
        try:
            with (
                self._engine.connect() as connection,
                connection.execution_options(**_WRITES if writes else {}).begin(),
            ):
                yield connection
        except sa.exc.DBAPIError as error:
            # The database's own words; SQLAlchemy's would quote the statement and
            # the records in it, and so people's numbers.
            raise StoreUnavailableError(self._path, str(error.orig)) from None
        except msgspec.DecodeError as error:
            problem = f"a stored record cannot be read ({error})"
            raise StoreUnavailableError(self._path, problem) from None


def _prepare(connection: Any, _record: object) -> None:
    """Set up a new connection to SQLite."""
    # Transactions are begun by _begin, not by the driver: it would begin them at
    # the first INSERT, so that what was read before might have changed.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    # Once the desk has stored a record nobody else has it any more.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    """Begin a transaction."""
    # One that will write takes the lock at once: upgrading it later can fail at once.
    writes = connection.get_execution_options().get("softswitch_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _threads(connection: sa.Connection, ids: Sequence[str]) -> dict[str, Thread]:
    """Return those of the threads that are known."""
    records: dict[str, list[LegRecord]] = defaultdict(list)
    for start in range(0, len(ids), _MOST_IDS):
        some = {"ids": ids[start : start + _MOST_IDS]}
        for text in connection.scalars(_RECORDS_OF, some):
            record = msgspec.json.decode(text, type=LegRecord)
            records[record.conversation_id].append(record)
    return {conversation_id: fold(legs) for conversation_id, legs in records.items()}


def _write(connection: sa.Connection, known: dict[str, Thread], changed: dict[str, Thread]) -> None:
    """Write the records that are news, and the rows of their threads."""
    if not changed:
        return
    legs = []
    for conversation_id, thread in changed.items():
        stored = set(known[conversation_id].records) if conversation_id in known else set()
        legs += [
            {
                "conversation_id": conversation_id,
                "leg_id": record.leg_id,
                "revision": record.revision,
                "record": msgspec.json.encode(record).decode(),
            }
            for record in thread.records
            if record not in stored
        ]
    seen = [view(thread) for thread in changed.values()]
    rows = [
        {column.name: getattr(thread_view, column.name) for column in _THREAD.columns}
        for thread_view in seen
    ]
    connection.execute(_PUT_RECORDS, legs)
    connection.execute(_PUT_THREADS, rows)
