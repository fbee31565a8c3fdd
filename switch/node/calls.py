"""The calls that are up: what the node has been told of their legs, and who is to hear of it."""

from __future__ import annotations

import time
from collections.abc import Callable

from switch.node.pooled import PooledWorker
from switch.records.leg import LegRecord
from switch.records.lost import ended


class Calls:
    """What the node knows of each call that a worker has."""

    def __init__(
        self,
        *,
        changed: Callable[[LegRecord], None],
        over: Callable[[str], None],
    ) -> None:
        """Begin with no call.

        Args:
            changed: is told of each change of a leg.
            over: is told the id of each conversation that is over.
        """
        self._changed = changed
        self._over = over
        self._open: dict[str, LegRecord] = {}

    def leg_changed(self, record: LegRecord) -> None:
        """Take a change of a leg."""
        if record.ended_at is None:
            self._open[record.leg_id] = record
        else:
            self._open.pop(record.leg_id, None)
        self._changed(record)

    def over(self, conversation_id: str) -> None:
        """Take that a conversation is over."""
        self._over(conversation_id)

    def lost(self, worker: PooledWorker) -> None:
        """Close the legs of a worker that died: nobody else will."""
        lost = [
            record
            for record in self._open.values()
            if record.conversation_id == worker.conversation_id
        ]
        for record in lost:
            self.leg_changed(ended(record, at_s=time.time()))
        if worker.conversation_id is not None:
            self.over(worker.conversation_id)
