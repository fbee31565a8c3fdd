"""The calls that are up: what must be known of each if its worker dies, or the node does.

Rules of this file:

* Whatever is noted here goes into the journal too, and comes back from it to the next node.
* A worker hears :class:`~switch.wire.survival.Kept` once a record of its is on disk, in order.
  What it says again because it has not heard so is not published again.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterable
from typing import Final, Protocol

import structlog

from switch.node.entries import (
    CallKept,
    CallOver,
    DialogKept,
    Entry,
    KeptCall,
    LegKept,
    ToPublish,
    WaitingKept,
)
from switch.node.pooled import PooledWorker
from switch.records.leg import LegRecord
from switch.sip.dialog import SipDialog
from switch.wire.survival import Kept, Salvaged, Standing, Waiting
from switch.wire.worker import Changed, Resting

_LOG = structlog.get_logger()
_CONFIRMS_AFTER_S: Final = 0.1
"""How long a worker may wait to hear what is on disk: one word for all that is by then."""


class Notes(Protocol):
    """What calls need of the journal."""

    def note(self, *entries: Entry) -> asyncio.Future[None]:
        """Have these written together, and return what resolves once they are on disk."""


@dataclasses.dataclass(slots=True, kw_only=True)
class Call:
    """Is a call that is up, as far as the node has been told of it."""

    conversation_id: str
    worker: str
    port: int
    pid: int
    memory: bytes
    legs: dict[str, LegRecord] = dataclasses.field(default_factory=dict)
    """The newest record of each leg, over or not."""
    dialogs: dict[str, SipDialog] = dataclasses.field(default_factory=dict)
    waiting: Waiting | None = None

    def kept(self) -> KeptCall:
        """Return it as the ledger has it."""
        legs = {one: record for one, record in self.legs.items() if record.ended_at is None}
        return KeptCall(
            conversation_id=self.conversation_id,
            worker=self.worker,
            port=self.port,
            pid=self.pid,
            memory=self.memory,
            legs=legs,
            dialogs={one: dialog for one, dialog in self.dialogs.items() if one in legs},
            waiting=self.waiting,
        )


class Calls:
    """What the node knows of each call that is up."""

    def __init__(
        self,
        journal: Notes,
        *,
        publish: Callable[[LegRecord], ToPublish],
        changed: Callable[[LegRecord], None],
        over: Callable[[str], None],
        orphaned: Callable[[KeptCall, bool], None],
        confirms_after_s: float = _CONFIRMS_AFTER_S,
    ) -> None:
        """Begin with no call.

        Args:
            journal: has it all written.
            publish: makes the message of a record.
            changed: is told of each change of a leg.
            over: is told the id of each conversation that is over.
            orphaned: is told of each call whose worker has died, and whether it had begun; it is
                to see to it that its legs end.
            confirms_after_s: how long a worker may wait to hear what is on disk, in seconds.
        """
        self._journal = journal
        self._publish = publish
        self._changed = changed
        self._over = over
        self._orphaned = orphaned
        self._confirms_after_s = confirms_after_s
        self._kept: dict[PooledWorker, int] = {}
        """Who is to hear up to which number his records are on disk."""
        self._calls: dict[str, Call] = {}

    # ------------------------------------------------------------ from the workers

    @property
    def known(self) -> frozenset[str]:
        """The ids of the calls that are up."""
        return frozenset(self._calls)

    def remember(self, worker: PooledWorker) -> asyncio.Future[None]:
        """Note who has a call, and what is known of it besides its legs.

        Returns:
            What resolves once that is on disk.
        """
        if worker.conversation_id is None or worker.memory is None or worker.pid is None:
            return self._journal.note()
        kept = CallKept(
            conversation_id=worker.conversation_id,
            worker=worker.name,
            port=worker.port,
            pid=worker.pid,
            memory=worker.memory.encoded(),
        )
        call = self._calls.setdefault(
            worker.conversation_id,
            Call(
                conversation_id=worker.conversation_id,
                worker=worker.name,
                port=worker.port,
                pid=worker.pid,
                memory=kept.memory,
            ),
        )
        call.worker, call.port, call.pid = worker.name, worker.port, worker.pid
        call.memory = kept.memory
        return self._journal.note(kept)

    def heard(self, worker: PooledWorker, message: Changed | Standing | Salvaged) -> None:
        """Take what a worker says of its call."""
        call = self._calls.get(worker.conversation_id or "")
        match message:
            case Changed():
                self._leg_heard(worker, message)
            case Standing() | Salvaged():
                if call is not None:
                    self._stands(call, message)

    def _stands(self, call: Call, message: Standing | Salvaged) -> None:
        match message:
            case Standing(leg_id=leg_id, dialog=dialog) if call.dialogs.get(leg_id) != dialog:
                call.dialogs[leg_id] = dialog
                self._journal.note(DialogKept(call.conversation_id, leg_id, dialog))
            case Salvaged(waiting=waiting) if call.waiting != waiting:
                call.waiting = waiting
                self._journal.note(WaitingKept(call.conversation_id, waiting))
            case _:
                pass  # known

    def _leg_heard(self, worker: PooledWorker, message: Changed) -> None:
        if self._is_news(message.record):
            written = self.leg_changed(message.record)
        else:
            written = self._journal.note()  # It is on disk, or will be before this.

        def confirm(done: asyncio.Future[None]) -> None:
            if not done.cancelled():
                if not self._kept:
                    loop = asyncio.get_running_loop()
                    loop.call_later(self._confirms_after_s, self._confirm)
                self._kept[worker] = max(message.number, self._kept.get(worker, 0))

        written.add_done_callback(confirm)

    def _confirm(self) -> None:
        kept, self._kept = self._kept, {}
        for worker, number in kept.items():
            worker.tell(Kept(number=number))

    def _is_news(self, record: LegRecord) -> bool:
        call = self._calls.get(record.conversation_id)
        known = call.legs.get(record.leg_id) if call is not None else None
        return known is None or known.revision < record.revision

    def inherit(
        self, conversation_id: str, left: Iterable[Changed | Standing | Salvaged | Resting]
    ) -> KeptCall | None:
        """Take what a dead worker had said of its call, and nobody heard.

        Returns:
            The call as it was when the worker died; None if it was over.
        """
        call = self._calls.get(conversation_id)
        if call is None:
            return None
        for message in left:
            match message:
                case Changed(record=record) if record.conversation_id == conversation_id:
                    if self._is_news(record):
                        self.leg_changed(record)
                case Standing() | Salvaged() if message.conversation_id == conversation_id:
                    self._stands(call, message)
                case Resting() if message.conversation_id == conversation_id:
                    self.over(conversation_id)
                    return None
                case _:
                    pass  # of the conversation before
        return call.kept()

    # ------------------------------------------------------------ from anybody

    def leg_changed(self, record: LegRecord) -> asyncio.Future[None]:
        """Take a change of a leg; returns what resolves once it is on disk."""
        call = self._calls.get(record.conversation_id)
        if call is not None:
            call.legs[record.leg_id] = record
        written = self._journal.note(self._publish(record), LegKept(record))
        self._changed(record)
        return written

    def over(self, conversation_id: str) -> None:
        """Take that a conversation is over."""
        self._calls.pop(conversation_id, None)
        self._journal.note(CallOver(conversation_id))
        self._over(conversation_id)

    def lost(self, worker: PooledWorker) -> None:
        """Take that a worker has died with a call."""
        call = self._calls.get(worker.conversation_id or "")
        if call is None:
            return
        self._orphaned(call.kept(), bool(call.legs or call.dialogs))

    # ------------------------------------------------------------ from the node before

    def restore(self, kept: Iterable[KeptCall], *, told: Callable[[LegRecord], None]) -> None:
        """Take over the calls of the node before.

        Args:
            kept: what it has kept.
            told: is told of each leg that is open, as it is.
        """
        for one in kept:
            self._calls[one.conversation_id] = Call(
                conversation_id=one.conversation_id,
                worker=one.worker,
                port=one.port,
                pid=one.pid,
                memory=one.memory,
                legs=dict(one.legs),
                dialogs=dict(one.dialogs),
                waiting=one.waiting,
            )
            for record in one.legs.values():
                told(record)
            _LOG.info("call.restored", conversation=one.conversation_id, worker=one.worker)
