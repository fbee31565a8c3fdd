"""What the caretaker of dead workers asks of the node, and what it hears."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from switch.node.asking import Asking
from switch.node.calls import Calls, Notes
from switch.node.entries import WordsKept, WordsOver
from switch.node.inheritance import Estate
from switch.node.orphan import Rescuer
from switch.node.pool import Pool
from switch.node.targets import Targets
from switch.records.leg import LegRecord
from switch.sip.custody import KeptDialog
from switch.wire.survival import Rescue, Waiting

_LOG = structlog.get_logger()


class Handover:
    """Passes on what becomes of orphans, and finds them another worker."""

    def __init__(
        self,
        *,
        pool: Pool,
        asking: Asking,
        targets: Targets,
        calls: Calls,
        journal: Notes,
        interrupted: Callable[[str], None],
        ring_s: float,
        response_s: float,
    ) -> None:
        """Join what it passes on to.

        Args:
            pool: gives a worker.
            asking: asks it.
            targets: lets it call whom the one before might call.
            calls: what is known of calls.
            journal: has written what the next node must know.
            interrupted: is told of a conversation for which nobody is rung any more.
            ring_s: how long a callee may ring.
            response_s: how long a transfer target may ring, at most.
        """
        self._pool = pool
        self._asking = asking
        self._targets = targets
        self._calls = calls
        self._journal = journal
        self.interrupted = interrupted
        self._ring_s = ring_s
        self._response_s = response_s

    def leg_changed(self, record: LegRecord) -> None:
        """Take a change of a leg."""
        self._calls.leg_changed(record)

    def over(self, conversation_id: str) -> None:
        """Take that a conversation is over."""
        self._calls.over(conversation_id)

    def ending(self, leg_id: str, kept: KeptDialog) -> None:
        """Take how far the end of a dialog has come: the next node goes on with that."""
        self._journal.note(WordsKept(leg_id, kept.dialog, is_said=kept.is_over))

    def silent(self, port: int) -> None:
        """Take that nobody answers at a port any more."""
        self._journal.note(WordsOver(port))

    def written(self) -> asyncio.Future[None]:
        """Return what resolves once all is on disk that was taken by then."""
        return self._journal.note()

    async def rescue(
        self, estate: Estate, waiting: Waiting, begun: Callable[[Rescuer], None]
    ) -> bool:
        """Let a worker go on with a conversation; False: none is free, or it does not answer."""
        conversation_id = estate.conversation_id
        worker = await self._pool.take(conversation_id)
        if worker is None:
            _LOG.error("orphan.no_worker", conversation=conversation_id, **self._pool.counts)
            return False
        worker.memory = estate.memory
        if estate.memory is not None:
            self._targets.restore(worker, estate.memory.users)
        begun(worker)
        # On disk first: else the next node would have the call taken over by two.
        await self._calls.remember(worker)
        rescue = Rescue(
            conversation_id=conversation_id,
            waiting=waiting,
            ring_s=self._ring_s,
            response_s=self._response_s,
        )
        if await self._asking.ask(worker, conversation_id, rescue) is None:
            self._pool.dismiss(worker)
            return False
        return True
