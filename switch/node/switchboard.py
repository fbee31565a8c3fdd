"""All that decides about calls, put together: what edge, workers and bus ask is answered here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import structlog

from dialplan import Denied
from switch.config import Config
from switch.node.asking import Asking
from switch.node.bequests import Bequests
from switch.node.calls import Calls
from switch.node.caretaker import Caretaker
from switch.node.choices import Choices
from switch.node.control import Control
from switch.node.entries import KeptCall
from switch.node.handover import Handover
from switch.node.hunts import Hunts
from switch.node.inheritance import estate_of, memory_about, memory_of
from switch.node.journal import Journal
from switch.node.orders import Orders
from switch.node.orphan_media import MediaServer, OrphanMedia
from switch.node.outside import Outside
from switch.node.pool import Pool
from switch.node.pooled import PooledWorker, WorkerState
from switch.node.publisher import Publisher
from switch.node.recordings import Recordings
from switch.node.referrals import Referrals
from switch.node.refused import RefusedCall, record_of_refused
from switch.node.reps import RepsNow
from switch.node.router import Router, RouterSettings
from switch.node.targets import Targets
from switch.node.ways import Ways
from switch.records.leg import LegRecord
from switch.records.security import SecurityEvent
from switch.wire import edge
from switch.wire.edge import Asked, Branch, Contacts, HopEnded, Plan, Replied, TrunkState
from switch.wire.survival import About, EndAdopted, Hello, Salvaged, Standing
from switch.wire.worker import (
    Answered,
    AskingBack,
    AskingTransfer,
    Changed,
    Choosing,
    Expecting,
    FromWorker,
    Noted,
    Noticed,
    ReferAnswered,
    Resting,
)

_LOG = structlog.get_logger()
_LOOPBACK: Final = "127.0.0.1"
_LEVELS: Final = {"info": 20, "warning": 30, "error": 40}


class Switchboard:
    """Knows reps, hunts, trunks and choices, and what each of them must hear of the others."""

    def __init__(
        self,
        config: Config,
        pool: Pool,
        *,
        media: MediaServer,
        journal: Journal,
        publisher: Publisher,
        send: Callable[[Plan], None],
    ) -> None:
        """Put it together from the configuration.

        Args:
            config: what the operator has set.
            pool: the workers.
            media: rtpengine.
            journal: has written what must not be lost.
            publisher: says on the bus what has happened.
            send: tells the edge something that it has not asked for.
        """
        self._journal = journal
        self._publisher = publisher
        self._pool = pool
        dialplan, domain = config.dialplan, config.switch.domain
        domains = frozenset({domain, config.edge.address})
        response = config.transfer.response_timeout_s
        self._asking = Asking()
        self.reps = RepsNow(
            [rep.name for rep in dialplan.reps],
            wrap_up_s=config.presence.wrap_up_s,
            changed=self._rep_changed,
        )
        self.outside = Outside(dialplan, domain=domain, security=self._denied)
        self.hunts = Hunts(
            dialplan,
            self.reps,
            self._asking,
            send=send,
            outside=self.outside.plan,
            response_s=response.rep,
        )
        self._targets = targets = Targets(
            dialplan, self.outside, response=response, fallback=config.recall.fallback
        )
        self.calls = Calls(
            journal,
            publish=publisher.leg,
            changed=self._leg_changed,
            over=self._conversation_over,
            orphaned=self.orphaned,
        )
        self.caretaker = Caretaker(
            Handover(
                pool=pool,
                asking=self._asking,
                targets=targets,
                calls=self.calls,
                journal=journal,
                interrupted=self._interrupted,
                ring_s=config.call.ring_timeout_s,
                response_s=response.longest_s,
            ),
            edge=(_LOOPBACK, config.edge.inner_port),
            media=OrphanMedia(media, config.spool_dir),
        )
        self._recordings = Recordings(
            pool=pool, asking=self._asking, talking_in=self.reps.talking_in
        )
        pool.lent_by(self.caretaker.heirs.give_back)
        self.bequests = Bequests(
            config.switch.run_dir,
            journal,
            calls=self.calls,
            orphaned=lambda call: self.caretaker.take_over(estate_of(call)),
        )
        self.choices = Choices(
            pool=pool,
            asking=self._asking,
            targets=targets,
            reps=self.reps,
            recordings=self._recordings,
            control=Control(asking=self._asking, reps=self.reps),
            publish=publisher.publish_choice,
            unattended=self.caretaker.unattended,
        )
        self.orders = Orders(
            config,
            calls=self.choices,
            pool=pool,
            asking=self._asking,
            outside=self.outside,
            reps=self.reps,
            publisher=publisher,
        )
        self._referrals = Referrals(
            pool=pool,
            asking=self._asking,
            targets=targets,
            domains=domains,
            orphaned=self.caretaker.heirs.has,
        )
        self.router = Router(
            RouterSettings(
                domains=domains,
                codecs=config.call.codecs,
                transcode=config.call.transcode,
                ring_s=config.call.ring_timeout_s,
                response=response,
            ),
            dialplan=dialplan,
            pool=pool,
            asking=self._asking,
            ways=Ways(pool=pool, hunts=self.hunts, outside=self.outside, domains=domains),
            referrals=self._referrals,
            outside=self.outside,
            refused=self._refused,
        )

    def restore(self, kept: Sequence[KeptCall]) -> list[KeptCall]:
        """Take over the calls of the node before; returns those whose worker has died."""
        self.calls.restore(kept, told=self.reps.leg)
        orphans = []
        for call in kept:
            memory = memory_of(call)
            if memory is not None:
                self.outside.restore(call.conversation_id, memory.charged)
            worker = self._pool.at(call.port)
            if worker is None or worker.pid != call.pid:
                orphans.append(call)
                continue
            worker.become(WorkerState.TAKEN)
            worker.conversation_id, worker.memory = call.conversation_id, memory
            if memory is not None:
                self._targets.restore(worker, memory.users)
                self.hunts.restore(worker, memory.hunts.values())
            self.caretaker.go_on(estate_of(call), worker)
        return orphans

    def orphaned(self, call: KeptCall, begun: bool = True) -> None:  # noqa: FBT001, FBT002
        """Take that the worker of a call is dead, and whether it had begun the call."""
        is_asked = self._asking.forsake(call.conversation_id)
        as_it_was = self.calls.inherit(call.conversation_id, self.bequests.of(call.pid))
        self.bequests.take_later(call.pid, but=call.conversation_id)
        if as_it_was is None:
            return
        call, begun = as_it_was, begun or bool(as_it_was.legs or as_it_was.dialogs)
        if begun:
            self.caretaker.take_over(estate_of(call))
        elif is_asked:  # The router refuses the call, and records that.
            self.calls.over(call.conversation_id)
        else:
            self.caretaker.never_began(estate_of(call))

    # ------------------------------------------------------------ from the workers

    def heard(self, worker: PooledWorker, message: FromWorker) -> None:
        """Take what a worker says."""
        match message:
            case Hello(about=About() as about) if worker.memory is None:
                self._hear_about(worker, about)
            case Changed() | Standing() | Salvaged():
                self.calls.heard(worker, message)
            case EndAdopted():
                self.caretaker.end_adopted(message)
            case Expecting() | ReferAnswered() | Noted() | Answered():
                self._asking.heard(message)
            case AskingBack() | AskingTransfer() | Choosing():
                self.choices.heard(worker, message)
            case Resting(conversation_id=conversation_id):
                self.calls.over(conversation_id)
            case Noticed():
                of = {"worker": worker.name, "conversation": message.conversation_id}
                _LOG.log(_LEVELS[message.level], message.event, detail=message.detail, **of)

    def lost(self, worker: PooledWorker) -> None:
        """Take that a worker died, with a conversation or without."""
        if worker.conversation_id is not None:
            self.calls.lost(worker)
        elif worker.pid is not None:
            # It may not have come to tell us of the last one.
            self.bequests.take_later(worker.pid)

    def _hear_about(self, worker: PooledWorker, about: About) -> None:
        """Take a call that the node before has not written down any more."""
        worker.memory = memory_about(about)
        self._targets.restore(worker, worker.memory.users)
        self.calls.remember(worker)

    def _leg_changed(self, record: LegRecord) -> None:
        if record.ended_at is not None:
            self.outside.call_over(record.conversation_id, record.number)
        self.reps.leg(record)
        self.orders.leg(record)
        self.hunts.caller_left(record)

    def _conversation_over(self, conversation_id: str) -> None:
        self._interrupted(conversation_id)
        self.caretaker.conversation_over(conversation_id)

    def _interrupted(self, conversation_id: str) -> None:
        self.hunts.conversation_over(conversation_id)
        self.reps.conversation_over(conversation_id)
        self.choices.conversation_over(conversation_id)
        self.orders.conversation_over(conversation_id)

    def _rep_changed(self, rep: str, state: str) -> None:
        self._publisher.publish_presence(self.reps.seen(rep, state))
        self.choices.reps_changed()

    # ------------------------------------------------------------ from the edge

    async def plan(self, asked: Asked) -> Plan:
        """Return what shall become of a request."""
        return await (self._recordings if asked.event == "info" else self.router).plan(asked)

    def told(self, news: edge.News) -> None:
        """Take what the edge tells and asks nothing for."""
        match news:
            case Contacts():
                self.reps.contacts(news)
            case Replied():
                self._referrals.replied(news)
            case Branch():
                self.hunts.branch(news)
            case HopEnded():
                self.outside.hop_ended(news)
            case TrunkState():
                self.outside.trunk_state(news)

    def _refused(self, call: RefusedCall) -> None:
        self._journal.note(self._publisher.leg(record_of_refused(call)))

    def _denied(self, rep: str, denied: Denied) -> None:
        event = SecurityEvent(rep=rep, limit=denied.limit, number=denied.number)
        self._journal.note(self._publisher.security(event))
