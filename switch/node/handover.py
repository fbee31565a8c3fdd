"""What the caretaker of dead workers asks of the node, and what it hears."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from switch.node.asking import Asking
from switch.node.inheritance import Estate
from switch.node.orphan import Rescuer
from switch.node.pool import Pool
from switch.records.leg import LegRecord
from switch.wire.survival import Rescue, Waiting

_LOG = structlog.get_logger()


class Handover:
    """Passes on what becomes of orphans, and finds them another worker."""

    def __init__(
        self,
        *,
        pool: Pool,
        asking: Asking,
        ring_s: float,
        response_s: float,
        leg_changed: Callable[[LegRecord], None],
        interrupted: Callable[[str], None],
        over: Callable[[str], None],
    ) -> None:
        """Join what it passes on to.

        Args:
            pool: gives a worker.
            asking: asks it.
            ring_s: how long a callee may ring.
            response_s: how long a transfer target may ring, at most.
            leg_changed: is told of each change of a leg.
            interrupted: is told of a conversation for which nobody is rung any more.
            over: is told of a conversation that is over.
        """
        self._pool = pool
        self._asking = asking
        self._ring_s = ring_s
        self._response_s = response_s
        self.leg_changed = leg_changed
        self.interrupted = interrupted
        self.over = over

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
        worker.routes.update(estate.routes)
        begun(worker)
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
