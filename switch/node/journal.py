"""Has the node's ledger written by a thread of its own, many entries at a time.

Rules of this file:

* Entries are written in the order they were noted, and those of one ``note`` in one transaction.
* A transaction costs a flush of the disk, so the first entry waits a moment for others.
* A disk that is full or fails loses nothing that is noted while the node lives: it stays here,
  and is tried again until it is written. Meanwhile ``is_healthy`` is False, and whoever lets new
  calls in should not.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import structlog

from switch.node import keeping
from switch.node.entries import Entry, Outgoing, Sent, Stored
from switch.node.errors import LedgerError
from switch.node.ledger import Ledger
from switch.node.pen import Pen

_LOG = structlog.get_logger()
_LINGER_S: Final = 0.1
"""How long the first entry waits for others: one event of a call brings several, a transaction
costs as much for all as for one, as does sending what it held, and nobody waits for a record that
long."""
_MARKS_LINGER_S: Final = 0.25
"""How long it may take until it is on disk what was sent: what is lost of it is sent twice."""
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 2.0
_MOST_AT_ONCE: Final = 2000
"""Notes in one transaction."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Is what the publisher waits for: unsent rows behind one, so many at most."""

    after_seq: int
    limit: int
    rows: asyncio.Future[list[Outgoing]]


@dataclass(frozen=True, slots=True)
class _Written:
    """Is what came of a transaction."""

    last_seq: int
    rows: list[Outgoing] | LedgerError
    """What is unsent; empty: nobody wants to know."""


@dataclass(slots=True, kw_only=True)
class Counts:
    """What was written since the node started."""

    entries: int = 0
    """Entries on disk."""
    commits: int = 0
    """Transactions they took."""
    failures: int = 0
    """Transactions that failed, and were tried again."""


class Journal:
    """The node's pen. The node starts it, notes what happens, and stops it last."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        linger_s: float = _LINGER_S,
        first_pause_s: float = _FIRST_PAUSE_S,
    ) -> None:
        """Keep the ledger, which nobody else uses from now on.

        Args:
            ledger: where entries go.
            linger_s: how long the first entry waits for others, in seconds.
            first_pause_s: how long after a failure it is tried again, in seconds; doubled
                up to two seconds.
        """
        self._ledger = ledger
        self._linger_s = linger_s
        self._first_pause_s = first_pause_s
        self._noted: deque[tuple[tuple[Entry, ...], asyncio.Future[None]]] = deque()
        self._marks: dict[type[Entry], Entry] = {}
        self._news = asyncio.Event()
        self._urgent = asyncio.Event()
        self._stopping = False
        self._pen = Pen("journal")
        self._task: asyncio.Task[None] | None = None
        self._wanted: _Wanted | None = None
        self._begun = 0
        self._is_writing = False
        self._is_healthy = True
        self.last_seq = ledger.last_seq
        """The number of the last message on disk."""
        self.sent_through = ledger.sent_through
        """The number of the last message that was sent before."""
        self.stored_through = keeping.stored_through(ledger)
        """The number up to which all records were stored before."""
        self.counts = Counts()

    @property
    def is_healthy(self) -> bool:
        """Whether the last transaction went well: False means the disk is full or fails."""
        return self._is_healthy

    @property
    def waiting(self) -> int:
        """How many notes are not on disk yet."""
        return len(self._noted)

    def start(self) -> None:
        """Begin to write; entries may be noted before."""
        self._task = asyncio.create_task(self._run(), name="journal")

    def note(self, *entries: Entry) -> asyncio.Future[None]:
        """Have these written together, and return what resolves once they are on disk."""
        written = asyncio.get_running_loop().create_future()
        self._noted.append((entries, written))
        self._news.set()
        self._urgent.set()
        return written

    def note_sent(self, through: int, at_s: float) -> None:
        """Have it written that all messages up to this one are sent, when it is convenient."""
        self._marks[Sent] = Sent(through, at_s)
        self._news.set()

    def note_stored(self, through: int) -> None:
        """Have it written that all records up to this one are stored, when it is convenient."""
        self._marks[Stored] = Stored(through)
        self._news.set()

    def ask(self, question: Callable[[Ledger], _T]) -> asyncio.Future[_T]:
        """Return what resolves to the ledger's answer; it is asked in the thread that writes it.

        Awaited, it raises what the question does: LedgerError if the file cannot be used.
        """
        return self._pen.put(partial(question, self._ledger))

    async def next_unsent(self, after_seq: int, limit: int) -> list[Outgoing]:
        """Return messages that are to be published, in order; wait until there are any.

        While they are sent as fast as they come they are read in the thread that writes, right
        after it has: what is sent is what is stored, and no thread is woken for it.

        Raises:
            LedgerError: the file cannot be read.
        """
        while self._is_writing or self.last_seq > after_seq:
            begun = self._begun
            if rows := await self.ask(lambda ledger: ledger.unsent(after_seq, limit)):
                return rows
            if self._begun == begun:
                break  # whatever was being written was written before we asked
        rows_to_come: asyncio.Future[list[Outgoing]] = asyncio.get_running_loop().create_future()
        self._wanted = _Wanted(after_seq, limit, rows_to_come)
        return await rows_to_come

    async def stop(self, timeout_s: float = 3.0) -> int:
        """Write what is noted, and close the ledger.

        Returns:
            How many notes could not be written in that time: they are lost.
        """
        self._stopping = True
        self._news.set()
        self._urgent.set()
        if self._task is not None:
            _done, late = await asyncio.wait({self._task}, timeout=timeout_s)
            for task in late:
                task.cancel()
                await asyncio.wait({task})
        with contextlib.suppress(TimeoutError):  # a disk may hang for good
            await asyncio.wait_for(self.ask(Ledger.close), timeout_s)
        self._pen.stop()
        for _entries, written in self._noted:
            written.cancel()
        if self._noted:
            _LOG.error("journal.entries_lost", notes=len(self._noted))
        return len(self._noted)

    async def _run(self) -> None:
        """Write whatever is noted, until stopped and nothing is left."""
        while True:
            await self._news.wait()
            if not self._stopping:
                await self._linger()
            self._news.clear()
            self._urgent.clear()
            more = bool(self._noted or self._marks)
            while more:
                more = await self._write_some()
            if self._stopping and not self._news.is_set():
                return

    async def _linger(self) -> None:
        """Wait for others to be written together with what there is."""
        if not self._noted:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._urgent.wait(), _MARKS_LINGER_S)
        if self._noted and not self._stopping:
            await asyncio.sleep(self._linger_s)

    async def _write_some(self) -> bool:
        """Write what was noted first, however often it must be tried.

        Returns:
            Whether that was not all there was. What is noted meanwhile waits for others again.
        """
        count = min(len(self._noted), _MOST_AT_ONCE)
        more = len(self._noted) > count
        batch = [entry for i in range(count) for entry in self._noted[i][0]]
        marks = dict(self._marks)
        batch += marks.values()
        written = await self._written(batch)
        self.counts.entries += len(batch)
        self.last_seq = written.last_seq
        for kind, mark in marks.items():
            if self._marks[kind] is mark:
                del self._marks[kind]
        for _ in range(count):
            _entries, done = self._noted.popleft()
            if not done.done():
                done.set_result(None)
        return more

    async def _written(self, batch: Sequence[Entry]) -> _Written:
        """Write a batch, and give the publisher what it waits for."""
        self._is_writing = True
        pause_s = self._first_pause_s
        while True:
            wanted = self._wanted
            self._begun += 1
            try:
                written = await self.ask(partial(_write, batch, wanted))
            except LedgerError as error:
                self._failed(error, again_in_s=pause_s)
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
                continue
            self._is_writing = False
            self._succeeded()
            if wanted is not None and written.rows:
                self._wanted = None
                _give(wanted.rows, written.rows)
            return written

    def _succeeded(self) -> None:
        self.counts.commits += 1
        if not self._is_healthy:
            self._is_healthy = True
            _LOG.info("journal.writes_again", waiting=len(self._noted))

    def _failed(self, error: LedgerError, *, again_in_s: float) -> None:
        self._is_healthy = False
        self.counts.failures += 1
        if self.counts.failures.bit_count() == 1:  # 1st, 2nd, 4th...: no flood of lines
            _LOG.error(
                "journal.cannot_write",
                problem=str(error),
                waiting=len(self._noted),
                failures=self.counts.failures,
                again_in_s=again_in_s,
            )


def _write(batch: Sequence[Entry], wanted: _Wanted | None, ledger: Ledger) -> _Written:
    """Write a batch, in the thread for it, and read what the publisher waits for."""
    ledger.commit(batch)
    rows: list[Outgoing] | LedgerError = []
    if wanted is not None:
        try:
            rows = ledger.unsent(wanted.after_seq, wanted.limit)
        except LedgerError as error:  # what is written stays written
            rows = error
    return _Written(ledger.last_seq, rows)


def _give(future: asyncio.Future[list[Outgoing]], rows: list[Outgoing] | LedgerError) -> None:
    if future.done():  # the publisher has lost its connection meanwhile
        return
    if isinstance(rows, LedgerError):
        future.set_exception(rows)
    else:
        future.set_result(rows)
