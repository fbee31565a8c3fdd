"""Connections to the database, and transactions on them.

Why a blocking engine: SQLite blocks anyway, and the driver that hides it costs a
thread change for each statement. The desk calls a store in a thread of its own, once for
many records, with PostgreSQL as with SQLite; the command line calls the same code with no
loop at all. So the driver for PostgreSQL is psycopg, which brings its own libpq.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from switch.desk.errors import StoreUnavailableError, UnstorableError
from switch.desk.store.address import Address, FileAddress

_LOCK_TIMEOUT_S: Final = 10
_LOCK_PAUSE_S: Final = 0.02
_CONNECT_TIMEOUT_S: Final = 5
_TOO_LARGE: Final = "54"
"""PostgreSQL's class of errors for what is beyond its limits (a text too long for an index)."""
_WRITES: Final = {"softswitch_writes": True}
_ON_CONNECTING: Final = (
    # Whoever waits longer for another desk tries anew, and says so.
    f"SET lock_timeout = '{_LOCK_TIMEOUT_S}s'",
    # A desk that stands still in the middle must not hold up the other one for ever.
    "SET idle_in_transaction_session_timeout = '60s'",
    # Once the desk has stored a record nobody else has it any more.
    "SET synchronous_commit = on",
    # Each statement of ours finds its rows by an index. A plan that was made while the tables
    # were small, and is kept, would look through all of them when they no longer are.
    "SET enable_seqscan = off",
)


class Database:
    """One database, be it a file or on a server."""

    def __init__(self, address: Address) -> None:
        """Connect to nothing yet."""
        self.address = address
        if isinstance(address, FileAddress):
            self._engine = sa.create_engine(
                sa.URL.create("sqlite", database=str(address.path)),
                connect_args={"timeout": _LOCK_TIMEOUT_S},
            )
            sa.event.listen(self._engine, "connect", _prepare_sqlite)
            sa.event.listen(self._engine, "begin", _begin_sqlite)
        else:
            self._engine = sa.create_engine(
                address.url,
                # Each statement is to see what the other desk has done meanwhile.
                isolation_level="READ COMMITTED",
                connect_args={
                    "connect_timeout": _CONNECT_TIMEOUT_S,
                    "application_name": "softswitch",
                    "client_encoding": "utf8",
                },
            )
            sa.event.listen(self._engine, "connect", _prepare_postgresql)

    @contextmanager
    def transaction(self, *, writes: bool = False) -> Iterator[sa.Connection]:
        """Yield a connection in a transaction; let no error of the database through.

        Raises:
            StoreUnavailableError: the transaction was not carried out; another may be.
            UnstorableError: what was to be written is not taken.
        """
        try:
            with (
                self._engine.connect() as connection,
                connection.execution_options(**_WRITES if writes else {}).begin(),
            ):
                yield connection
        except (sa.exc.DataError, UnicodeEncodeError):
            raise UnstorableError from None
        except sa.exc.DBAPIError as error:
            if str(getattr(error.orig, "sqlstate", None)).startswith(_TOO_LARGE):
                raise UnstorableError from None
            raise StoreUnavailableError(str(self.address), _said(error)) from None
        except msgspec.DecodeError as error:
            problem = f"a stored record cannot be read ({error})"
            raise StoreUnavailableError(str(self.address), problem) from None

    def let_go(self) -> None:
        """See to it that what was taken out is in no journal any more.

        PostgreSQL sees to that by itself, in its own time (autovacuum, WAL recycling).
        """
        if isinstance(self.address, FileAddress):
            with self._engine.connect() as connection:
                connection.rollback()
                driver = connection.connection.driver_connection
                assert driver is not None
                # A reader in the middle of the old state keeps it: it goes with a later one.
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def is_sqlite(connection: sa.Connection) -> bool:
    """Tell which of the two it is."""
    return connection.dialect.name == "sqlite"


def _said(error: sa.exc.DBAPIError) -> str:
    """Return the database's own words, the first line of them.

    SQLAlchemy's words would quote the statement and the records in it, and so people's
    numbers; so do PostgreSQL's further lines.
    """
    lines = str(error.orig).strip().splitlines()
    return lines[0] if lines else type(error.orig).__name__


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Set up a new connection to SQLite."""
    # Transactions are begun by _begin_sqlite, not by the driver: it would begin them at
    # the first INSERT, so that what was read before might have changed.
    connection.isolation_level = None
    cursor = connection.cursor()
    _keep_journal_beside(cursor)
    # Once the desk has stored a record nobody else has it any more.
    cursor.execute("PRAGMA synchronous = FULL")
    # Who is erased shall not be found in the file's free pages.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _keep_journal_beside(cursor: Any) -> None:
    """Have the file use a write-ahead log; wait for another desk that is doing the same.

    For this one lock SQLite does not wait by itself.
    """
    tried_until_s = time.monotonic() + _LOCK_TIMEOUT_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > tried_until_s:
                raise
            time.sleep(_LOCK_PAUSE_S)
        else:
            return


def _begin_sqlite(connection: sa.Connection) -> None:
    """Begin a transaction."""
    # One that will write takes the lock at once: upgrading it later can fail at once.
    writes = connection.get_execution_options().get("softswitch_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare_postgresql(connection: Any, _record: object) -> None:
    """Set up a new connection to PostgreSQL."""
    before = connection.autocommit
    connection.autocommit = True
    for statement in _ON_CONNECTING:
        connection.execute(statement)
    connection.autocommit = before
