"""The calls that are up: what the node has been told of their legs, and who is to hear of it."""

from __future__ import annotations

from collections.abc import Callable

from switch.node.inheritance import Estate
from switch.node.pooled import PooledWorker
from switch.records.leg import LegRecord
from switch.sip.dialog import SipDialog
from switch.wire.survival import Salvaged, Standing, Waiting


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
        self._dialogs: dict[str, dict[str, SipDialog]] = {}
        self._waiting: dict[str, Waiting] = {}

    def leg_changed(self, record: LegRecord) -> None:
        """Take a change of a leg."""
        if record.ended_at is None:
            self._open[record.leg_id] = record
        else:
            self._open.pop(record.leg_id, None)
        self._changed(record)

    def stands(self, standing: Standing) -> None:
        """Keep what a leg's dialog is, for the case that its worker dies."""
        dialogs = self._dialogs.setdefault(standing.conversation_id, {})
        dialogs[standing.leg_id] = standing.dialog

    def salvaged(self, salvaged: Salvaged) -> None:
        """Keep who is to be won back then."""
        if salvaged.waiting is None:
            self._waiting.pop(salvaged.conversation_id, None)
        else:
            self._waiting[salvaged.conversation_id] = salvaged.waiting

    def over(self, conversation_id: str) -> None:
        """Take that a conversation is over."""
        self._dialogs.pop(conversation_id, None)
        self._waiting.pop(conversation_id, None)
        self._over(conversation_id)

    def estate_of(self, worker: PooledWorker) -> Estate | None:
        """Return what a dead worker has left; None: it had no conversation."""
        conversation_id = worker.conversation_id
        if conversation_id is None:
            return None
        return Estate(
            conversation_id=conversation_id,
            port=worker.port,
            memory=worker.memory,
            routes=dict(worker.routes),
            records={
                record.leg_id: record
                for record in self._open.values()
                if record.conversation_id == conversation_id
            },
            dialogs=dict(self._dialogs.get(conversation_id, {})),
            waiting=self._waiting.get(conversation_id),
        )
