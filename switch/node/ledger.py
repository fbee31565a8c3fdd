"""What the node must not forget, in one SQLite file: records to publish, and the calls that are up.

Rules of this file:

* What comes together is one transaction: a record that is to be published and its leg as it is
  then are both kept, or neither is.
* What ``commit`` has returned from survives a loss of power (WAL, ``synchronous=FULL``); a
  transaction that was cut off leaves no trace.
* Rows of the outbox are published in the order of their numbers, so one number says what is
  sent: all rows up to it. Touching each row a second time would cost as much as the first.

Everything here blocks, and one thread at a time uses a ledger. Several processes may have the
same file open.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, Self

import msgspec

from switch.node.changes import Changes
from switch.node.entries import (
    CallKept,
    CallOver,
    DialogKept,
    Entry,
    KeptCall,
    LegKept,
    Outgoing,
    Sent,
    SetAside,
    ToPublish,
    WaitingKept,
)
from switch.node.errors import LedgerError, LedgerMissing, LedgerTooNew, LedgerUnavailable
from switch.node.schema import SENT_THROUGH, TABLES, VERSION
from switch.records.leg import LegRecord
from switch.sip.dialog import SipDialog
from switch.wire.survival import Waiting

_LOCK_TIMEOUT_S: Final = 5.0
"""How long another process that writes is waited for."""
_WAL_STAYS_BYTES: Final = 16 * 1024 * 1024
"""What the write-ahead log is cut down to after it was written back."""

_UNSENT: Final = (
    f"SELECT seq, topic, payload FROM outbox WHERE seq > max(?, {SENT_THROUGH}) "  # noqa: S608
    "ORDER BY seq LIMIT ?"
)

__all__ = [
    "CallKept",
    "CallOver",
    "DialogKept",
    "Entry",
    "KeptCall",
    "Ledger",
    "LegKept",
    "Outgoing",
    "Sent",
    "SetAside",
    "ToPublish",
    "WaitingKept",
]


class Ledger:
    """Is the file. Use ``open``, or ``open_to_read`` beside a node that may be running."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, *, utc_s: Callable[[], float]
    ) -> None:
        """Keep a connection that is set up."""
        self.path = path
        self._connection = connection
        self._utc_s = utc_s

    @classmethod
    def open(cls, path: Path, *, utc_s: Callable[[], float] = time.time) -> Self:
        """Return the ledger at the path, made if it is not there; for the node.

        It holds people's numbers, so only the user of the switch may read it.

        Raises:
            LedgerTooNew: a later release wrote it.
            LedgerUnavailable: it cannot be made or is no ledger.
        """
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # SQLite gives its journals the mode of the file itself.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise LedgerUnavailable(path=path, problem=error.strerror or str(error)) from error
        return cls._connected(path, "rw", utc_s)

    @classmethod
    def open_to_read(cls, path: Path) -> Self:
        """Return the ledger at the path, if there is one; nothing can be committed to it.

        Raises:
            LedgerMissing: there is none.
            LedgerTooNew: a later release wrote it.
            LedgerUnavailable: it cannot be read.
        """
        return cls._connected(path, "ro", time.time)

    @classmethod
    def open_beside(cls, path: Path) -> Self:
        """Return it likewise, to change something beside a node that may be running."""
        return cls._connected(path, "rw", time.time)

    @classmethod
    def _connected(cls, path: Path, mode: str, utc_s: Callable[[], float]) -> Self:
        if not path.is_file():
            raise LedgerMissing(path=path)
        with _ours(path):
            connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}",
                uri=True,
                timeout=_LOCK_TIMEOUT_S,
                isolation_level=None,  # transactions begin where we say so
                check_same_thread=False,
            )
        ledger = cls(path, connection, utc_s=utc_s)
        try:
            with _ours(path):
                ledger._set_up(may_write=mode == "rw")
        except LedgerError:
            connection.close()
            raise
        return ledger

    def _set_up(self, *, may_write: bool) -> None:
        run = self._connection.execute
        if may_write:
            # Before anything is written: with the first page it is too late for this.
            run("PRAGMA auto_vacuum = INCREMENTAL")
            run("PRAGMA journal_mode = WAL")
            run("PRAGMA synchronous = FULL")
            run(f"PRAGMA journal_size_limit = {_WAL_STAYS_BYTES}")
            run("PRAGMA secure_delete = FAST")
            with self.writing():
                if run("PRAGMA user_version").fetchone()[0] == 0:
                    for statement in TABLES.split(";"):
                        run(statement)
                    run(f"PRAGMA user_version = {VERSION}")
        version = run("PRAGMA user_version").fetchone()[0]
        if version == 0:  # made a moment ago, by a node that has not come further
            raise LedgerMissing(path=self.path)
        if version > VERSION:
            raise LedgerTooNew(path=self.path, version=version, known=VERSION)

    def close(self) -> None:
        """Close the file; the ledger is not used again."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()

    @property
    def size_bytes(self) -> int:
        """What is taken of the disk."""
        files = (self.path, self.path.with_name(self.path.name + "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    @property
    def last_seq(self) -> int:
        """The number of the last message that was ever taken; 0: none was.

        Raises:
            LedgerUnavailable: the file cannot be read.
        """
        with self.reading() as connection:
            row = connection.execute("SELECT seq FROM sqlite_sequence").fetchone()
        return int(row[0]) if row else 0

    @property
    def sent_through(self) -> int:
        """The number of the last message that is sent; 0: none is.

        Raises:
            LedgerUnavailable: the file cannot be read.
        """
        with self.reading() as connection:
            row = connection.execute(f"SELECT {SENT_THROUGH}").fetchone()
        return int(row[0])

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection in a transaction that writes.

        Raises:
            LedgerUnavailable: it was rolled back.
        """
        with _ours(self.path):
            # Takes the lock at once: upgrading it later can fail at once.
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # SQLite may have done so by itself
                    self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection to read from; each statement sees what is committed by then.

        Raises:
            LedgerUnavailable: it cannot be read.
        """
        with _ours(self.path):
            yield self._connection

    def commit(self, entries: Iterable[Entry]) -> None:
        """Keep these, all of them or none; on disk when it returns.

        Raises:
            LedgerUnavailable: none was kept; the same call may be made again.
        """
        changes = Changes(self._utc_s())
        for entry in entries:
            changes.add(entry)
        with self.writing() as connection:
            changes.write(connection)

    def sent(self, through: int, at_s: float) -> None:
        """Note that all messages up to this one are confirmed.

        Raises:
            LedgerUnavailable: it was not noted.
        """
        self.commit([Sent(through, at_s)])

    def unsent(self, after_seq: int, limit: int) -> list[Outgoing]:
        """Return messages that are to be published, in order: those behind a number.

        Raises:
            LedgerUnavailable: the file cannot be read.
        """
        with self.reading() as connection:
            rows = connection.execute(_UNSENT, (after_seq, limit)).fetchall()
        return [Outgoing(*row) for row in rows]

    def calls(self) -> list[KeptCall]:
        """Return the conversations that are up, as far as is known.

        Raises:
            LedgerUnavailable: the file cannot be read.
        """
        legs: dict[str, dict[str, LegRecord]] = {}
        dialogs: dict[str, dict[str, SipDialog]] = {}
        with self.reading() as connection, _one_moment(connection):
            run = connection.execute
            for one, leg_id, record in run("SELECT * FROM leg"):
                legs.setdefault(one, {})[leg_id] = msgspec.json.decode(record, type=LegRecord)
            for one, leg_id, dialog in run("SELECT * FROM dialog"):
                dialogs.setdefault(one, {})[leg_id] = msgspec.json.decode(dialog, type=SipDialog)
            waiting = {
                one: msgspec.json.decode(who, type=Waiting)
                for one, who in run("SELECT * FROM waiting")
            }
            return [
                KeptCall(
                    conversation_id=one,
                    worker=worker,
                    port=port,
                    pid=pid,
                    memory=memory,
                    legs=legs.get(one, {}),
                    dialogs=dialogs.get(one, {}),
                    waiting=waiting.get(one),
                )
                for one, worker, port, pid, memory in run("SELECT * FROM call")
            ]


@contextlib.contextmanager
def _one_moment(connection: sqlite3.Connection) -> Iterator[None]:
    """Have all that is read meanwhile be of the same moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


@contextlib.contextmanager
def _ours(path: Path) -> Iterator[None]:
    """Let no error of the database through, nor of what is stored in it."""
    try:
        yield
    except (sqlite3.Error, msgspec.DecodeError) as error:
        raise LedgerUnavailable(path=path, problem=str(error)) from None
