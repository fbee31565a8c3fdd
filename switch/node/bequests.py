"""What dead workers have left in their files, of whichever call.

Most of it is of a call that the node knows, and is taken with that. But when the disk was slow, or
the node killed again and again, a call may have begun, and even ended, without a line of it in the
ledger: then the file is all there is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path
from typing import TypeAlias

import structlog

from switch import bequest
from switch.node.calls import Calls
from switch.node.entries import CallKept, KeptCall
from switch.node.journal import Journal
from switch.node.ledger import Ledger
from switch.records import codec, topics
from switch.records.errors import MessageError
from switch.records.leg import LegRecord
from switch.wire.errors import WireError
from switch.wire.survival import Salvaged, Standing
from switch.wire.worker import Changed, Resting, decode_from_worker

_LOG = structlog.get_logger()

Left: TypeAlias = Changed | Standing | Salvaged | Resting


class Bequests:
    """Reads the files, and burns them once what they say is on disk."""

    def __init__(
        self,
        run_dir: Path,
        journal: Journal,
        *,
        calls: Calls,
        orphaned: Callable[[KeptCall], None],
    ) -> None:
        """Read nothing yet.

        Args:
            run_dir: where they are.
            journal: has written what they say.
            calls: those that are up.
            orphaned: is told of each call of which nobody knew, and that is not over.
        """
        self._run_dir = run_dir
        self._journal = journal
        self._calls = calls
        self._orphaned = orphaned
        self._taking: set[asyncio.Task[None]] = set()

    def of(self, pid: int) -> Iterator[Left]:
        """Yield what a dead worker has left, in its order."""
        for line in bequest.read(self._run_dir, pid):
            try:
                message = decode_from_worker(line)
            except WireError as error:  # Another version of it wrote that.
                _LOG.warning("worker.bequest_unreadable", pid=pid, why=str(error))
                continue
            if isinstance(message, Left):
                yield message

    def besides(self, known: Collection[int]) -> list[int]:
        """Return whose files there are of whom nothing else is known."""
        return [pid for pid in bequest.pids(self._run_dir) if pid not in known]

    async def take(self, pid: int, *, but: str = "") -> None:
        """Take what a dead worker has left of calls that nobody here knows; then burn it.

        Args:
            pid: the worker's.
            but: a call of which all is taken already.
        """
        for call in await self._found(pid, known=self._calls.known | {but}):
            _LOG.warning("call.found", conversation=call.conversation_id, pid=pid)
            # It may go on for a while, and the next node must know of it.
            self._journal.note(
                CallKept(call.conversation_id, call.worker, call.port, pid, call.memory)
            )
            self._calls.restore([call], told=lambda _record: None)
            as_it_was = self._calls.inherit(call.conversation_id, self.of(pid))
            if as_it_was is not None:
                self._orphaned(as_it_was)
        self._burn_once_written(pid)

    def take_later(self, pid: int, *, but: str = "") -> None:
        """Do so as soon as what the worker has said is on disk, where it is looked for."""

        async def take() -> None:
            await asyncio.wait({self._journal.note()})
            await self.take(pid, but=but)

        taking = asyncio.create_task(take(), name=f"bequest of {pid}")
        self._taking.add(taking)
        taking.add_done_callback(self._taking.discard)

    def _burn_once_written(self, pid: int) -> None:
        """Burn a worker's file as soon as all is on disk that is noted by now."""

        def burn(written: asyncio.Future[None]) -> None:
            # Not before: killed meanwhile, we leave it to the next node.
            if not written.cancelled():
                bequest.burn(self._run_dir, pid)

        self._journal.note().add_done_callback(burn)

    async def _found(self, pid: int, *, known: Collection[str]) -> list[KeptCall]:
        """Return the calls that a dead worker's file tells something new of.

        Args:
            pid: the worker's.
            known: calls that are looked after otherwise.
        """
        left: dict[str, list[Left]] = {}
        for message in self.of(pid):
            left.setdefault(_conversation_of(message), []).append(message)
        calls = []
        for conversation_id, messages in left.items():
            if conversation_id in known:
                continue
            published = await self._journal.ask(partial(newest, conversation_id=conversation_id))
            if any(_is_news(message, published) for message in messages):
                dialogs = [one.dialog for one in messages if isinstance(one, Standing)]
                calls.append(
                    KeptCall(
                        conversation_id=conversation_id,
                        worker="",
                        port=next((one.port for one in dialogs if one.port), 0),
                        pid=pid,
                        memory=b"",
                        legs=published,
                        dialogs={},
                        waiting=None,
                    )
                )
        return calls


def newest(ledger: Ledger, conversation_id: str) -> dict[str, LegRecord]:
    """Return the newest record of each leg of a conversation that was ever published.

    Raises:
        LedgerUnavailable: it cannot be read.
    """
    leg = f"{topics.leg(conversation_id, 'leg').rpartition('/')[0]}/"
    found: dict[str, LegRecord] = {}
    with ledger.reading() as connection:
        rows = connection.execute(
            "SELECT payload FROM outbox WHERE substr(topic, 1, ?1) = ?2 ORDER BY seq",
            (len(leg), leg),
        ).fetchall()
    for (payload,) in rows:
        try:
            record = codec.decode(payload)
        except MessageError:  # Another version of it wrote that.
            continue
        if record.leg_id not in found or found[record.leg_id].revision < record.revision:
            found[record.leg_id] = record
    return found


def _is_news(message: Left, published: dict[str, LegRecord]) -> bool:
    if not isinstance(message, Changed):
        return False
    record = published.get(message.record.leg_id)
    return record is None or record.revision < message.record.revision


def _conversation_of(message: Left) -> str:
    if isinstance(message, Changed):
        return message.record.conversation_id
    return message.conversation_id
