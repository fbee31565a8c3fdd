"""Looks after the calls of workers that have died, until each of them is over.

Two who talk go on: rtpengine carries them, not the worker. When either hangs up, the other gets
his BYE. A transferee who hears music is won back by another worker; his dialog stays here, for
it cannot be moved into PJSIP. All others are ended at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, Final, Literal

import structlog

from switch.call.endings import EndReason
from switch.node.heirs import Heirs
from switch.node.inheritance import Estate, record_of_unbegun, talkers, transferee
from switch.node.orphan import Orphan, Rescuer, Surroundings, last_record
from switch.node.orphan_media import OrphanMedia
from switch.records.lost import ended, unattended
from switch.sip import custody
from switch.sip.custody import Keeping, KeptDialog, Step
from switch.wire.survival import AdoptedEnded, EndAdopted, Waiting

_LOG = structlog.get_logger()
_LOOK_EVERY_S: Final = 5.0
_RESCUED_WITHIN_S: Final = 20.0
"""A transferee for whom no worker is free in this time hears music for nobody."""
_TRIES_EVERY_S: Final = 0.5


class Caretaker:
    """Answers for dead workers."""

    def __init__(
        self,
        around: Surroundings,
        *,
        edge: tuple[str, int],
        media: OrphanMedia,
    ) -> None:
        """Look after nobody yet.

        Args:
            around: the node.
            edge: the edge's inner socket.
            media: of those who talk on.
        """
        self._around = around
        self._media = media
        self._orphans: dict[str, Orphan] = {}
        self.heirs = Heirs(
            edge=edge,
            changed=self._dialog_changed,
            written=around.written,
            silent=around.silent,
        )
        self._tasks: set[asyncio.Task[None]] = set()

    # ------------------------------------------------------------ what it is asked

    def unattended(self, beginning: str) -> str | None:
        """Return the conversation of that id, or whose id begins so, that goes on unattended."""
        talking = (one.conversation_id for one in self._orphans.values() if one.records)
        return next((one for one in talking if one.startswith(beginning)), None)

    async def run(self) -> None:
        """Look now and then whether those who talk are still there, until cancelled."""
        try:
            while True:
                await asyncio.sleep(_LOOK_EVERY_S)
                for orphan in [one for one in self._orphans.values() if one.records]:
                    await self._look_at(orphan)
        finally:
            self.heirs.close()
            for task in self._tasks:
                task.cancel()

    def shut(self) -> None:
        """End whatever goes on, because the switch stops."""
        for orphan in list(self._orphans.values()):
            self._end_all(orphan, EndReason.SHUTDOWN)
            if orphan.rescuer is None:
                self._let_go(orphan, EndReason.SHUTDOWN)

    # ------------------------------------------------------------ taking over

    def take_over(self, estate: Estate) -> None:
        """Look after a conversation whose worker has died just now."""
        now_s = time.time()
        conversation_id = estate.conversation_id
        orphan = self._orphans.setdefault(
            conversation_id,
            Orphan(conversation_id=conversation_id, since_s=now_s, records={}, heirs={}),
        )
        orphan.since_s, orphan.rescuer = now_s, None
        if orphan.rescue is not None:  # The worker that was to go on is dead, too.
            orphan.rescue.cancel()
        self.heirs.open(estate.port)
        standing = {leg_id for leg_id in estate.dialogs if self._stands(orphan, estate, leg_id)}
        pair, saved = talkers(estate, standing), transferee(estate, standing)
        kept = pair or ((saved,) if saved is not None else ())
        for leg_id in estate.dialogs:
            self._inherit(orphan, estate, leg_id, is_kept=leg_id in kept)
        for leg_id, record in estate.records.items():
            if leg_id not in kept:
                self._around.leg_changed(last_record(orphan, record, now_s))
        self._around.interrupted(conversation_id)
        if pair is not None:
            for leg_id in pair:
                record = orphan.records[leg_id] = estate.records[leg_id]
                if record.unattended_since is None:  # Else the node before has said so.
                    orphan.records[leg_id] = unattended(record, at_s=now_s)
                    self._around.leg_changed(orphan.records[leg_id])
            orphan.adopted = None
            _LOG.warning("orphan.talks_on", conversation=conversation_id)
            unheard = [one for one, it in orphan.records.items() if it.held or it.muted]
            self._begin(self._media.let_pass(conversation_id, pair, unheard=unheard))
        elif saved is not None and estate.waiting is not None:
            orphan.adopted, orphan.waits = saved, estate.records[saved]
            orphan.rescue = self._begin(self._rescue(orphan, estate, estate.waiting))
        else:
            self._finish(orphan)

    def go_on(self, estate: Estate, worker: Rescuer) -> None:
        """Answer on for a transferee whom a worker has won back, as the node before did."""
        for leg_id, dialog in estate.dialogs.items():
            if dialog.port not in {0, estate.port} and leg_id in estate.records:
                heir = self.heirs.open(dialog.port)
                self._orphans[estate.conversation_id] = Orphan(
                    conversation_id=estate.conversation_id,
                    since_s=time.time(),
                    records={},
                    heirs={leg_id: heir},
                    adopted=leg_id,
                    rescuer=worker,
                )
                heir.keep(leg_id, Step(kept=custody.let_be(dialog)))

    def never_began(self, estate: Estate) -> None:
        """Record a call whose worker died before it had a leg of it, and answer for it."""
        self.heirs.open(estate.port)
        record = record_of_unbegun(estate, at_s=time.time())
        if record is not None:
            self._around.leg_changed(record)
        self._around.interrupted(estate.conversation_id)
        self._around.over(estate.conversation_id)

    def _stands(self, orphan: Orphan, estate: Estate, leg_id: str) -> bool:
        """Whether a leg's dialog is confirmed, and nobody has ended it."""
        heir = orphan.heirs.get(leg_id)
        kept = None if heir is None else heir.kept(leg_id)
        if kept is not None:
            return kept.state is Keeping.STANDING
        return leg_id in estate.records and estate.dialogs[leg_id].is_confirmed

    def _inherit(self, orphan: Orphan, estate: Estate, leg_id: str, *, is_kept: bool) -> None:
        """Answer for a dialog; what was answered for already is kept or released."""
        dialog = estate.dialogs[leg_id]
        is_open = leg_id in estate.records
        if leg_id in orphan.heirs:
            if not is_kept:
                orphan.heirs[leg_id].release(leg_id)
        elif is_open or dialog.port == estate.port:
            heir = orphan.heirs[leg_id] = self.heirs.open(dialog.port)
            if is_kept or not is_open:
                kept = custody.let_be(dialog)
                heir.keep(leg_id, Step(kept=kept if is_kept else custody.give_up(kept)))
            else:
                heir.keep(leg_id, custody.end(dialog))

    # ------------------------------------------------------------ winning back

    async def _rescue(self, orphan: Orphan, estate: Estate, waiting: Waiting) -> None:
        def begun(rescuer: Rescuer) -> None:
            orphan.rescuer = rescuer

        deadline_s = time.monotonic() + _RESCUED_WITHIN_S
        while orphan.adopted is not None and time.monotonic() < deadline_s:
            if await self._around.rescue(estate, waiting, begun):
                orphan.waits = None
                _LOG.warning("orphan.rescued", conversation=orphan.conversation_id)
                return
            orphan.rescuer = None
            await asyncio.sleep(_TRIES_EVERY_S)
        _LOG.error("orphan.not_rescued", conversation=orphan.conversation_id)
        self._let_go(orphan, EndReason.WORKER_LOST)

    def _let_go(self, orphan: Orphan, reason: EndReason) -> None:
        """Hang up on a transferee with whom no worker has gone on, or who has hung up."""
        record, orphan.waits, orphan.adopted = orphan.waits, None, None
        if record is None:
            return
        if orphan.rescue is not None and orphan.rescue is not asyncio.current_task():
            orphan.rescue.cancel()
        orphan.heirs[record.leg_id].release(record.leg_id)
        self._around.leg_changed(last_record(orphan, record, time.time(), reason))
        self._finish(orphan)

    def end_adopted(self, asked: EndAdopted) -> None:
        """Hang up on a transferee, because the worker that won him back wants it."""
        orphan = self._orphans.get(asked.conversation_id)
        heir = None if orphan is None else orphan.heirs.get(asked.leg_id)
        kept = None if heir is None else heir.kept(asked.leg_id)
        if orphan is None or heir is None or kept is None:
            return
        heir.release(asked.leg_id)
        if kept.is_over and orphan.rescuer is not None:
            self._tell_ended(orphan, orphan.rescuer, asked.leg_id, by_party=kept.left)

    # ------------------------------------------------------------ what becomes of dialogs

    def _dialog_changed(self, leg_id: str, kept: KeptDialog) -> None:
        if kept.state is not Keeping.STANDING:
            self._around.ending(leg_id, kept)
        orphan = next((one for one in self._orphans.values() if leg_id in one.heirs), None)
        if orphan is None or not kept.is_over:
            return
        if leg_id in orphan.records:
            self._party_left(orphan, leg_id, by_party=kept.left)
        elif leg_id == orphan.adopted:
            self._adopted_over(orphan, leg_id, by_party=kept.left)

    def _party_left(self, orphan: Orphan, leg_id: str, *, by_party: bool) -> None:
        """Hang up on the other, too: in the same moment."""
        now_s = time.time()
        records, orphan.records = orphan.records, {}
        for other in records:
            orphan.heirs[other].release(other)
        for one, record in records.items():
            by: Literal["party", "switch"] = "party" if one == leg_id and by_party else "switch"
            self._around.leg_changed(ended(record, at_s=now_s, by=by))
        self._finish(orphan)

    def _adopted_over(self, orphan: Orphan, leg_id: str, *, by_party: bool) -> None:
        if orphan.rescuer is None:
            self._let_go(orphan, EndReason.ABANDONED)
        else:
            orphan.adopted = None
            self._tell_ended(orphan, orphan.rescuer, leg_id, by_party=by_party)

    def _tell_ended(self, orphan: Orphan, rescuer: Rescuer, leg_id: str, *, by_party: bool) -> None:
        conversation_id = orphan.conversation_id
        rescuer.tell(
            AdoptedEnded(conversation_id=conversation_id, leg_id=leg_id, by_party=by_party)
        )

    # ------------------------------------------------------------ the end

    def conversation_over(self, conversation_id: str) -> None:
        """Forget a conversation that another worker has brought to its end."""
        orphan = self._orphans.get(conversation_id)
        if orphan is not None and not orphan.records:
            del self._orphans[conversation_id]
            if orphan.adopted is not None:
                orphan.heirs[orphan.adopted].release(orphan.adopted)

    def _end_all(self, orphan: Orphan, reason: EndReason) -> None:
        now_s = time.time()
        records, orphan.records = orphan.records, {}
        for leg_id, record in records.items():
            orphan.heirs[leg_id].release(leg_id)
            self._around.leg_changed(ended(record, at_s=now_s, reason=reason))
        if records:
            self._finish(orphan)

    def _finish(self, orphan: Orphan) -> None:
        """Let go of a conversation in which nobody is left; the ports see to their last words."""
        self._orphans.pop(orphan.conversation_id, None)
        self._around.over(orphan.conversation_id)
        self._begin(self._media.forget(orphan.conversation_id))

    async def _look_at(self, orphan: Orphan) -> None:
        """End two who talk no more, though none of them has said goodbye."""
        why = await self._media.why_silent(
            orphan.conversation_id, orphan.records, since_s=orphan.since_s
        )
        if why is not None and orphan.records:
            _LOG.warning("orphan.silent", conversation=orphan.conversation_id, why=why)
            self._end_all(orphan, why)

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
