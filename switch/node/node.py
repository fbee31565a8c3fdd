"""The node: edge link, router, pool, presence and bus, put together."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Final, TypeAlias

import structlog

from dialplan import Denied
from switch.config import Config
from switch.edge import rpc
from switch.edge.rpc import EdgeNotAsked
from switch.node.asking import Asking
from switch.node.bus import broker_of
from switch.node.choices import Choices
from switch.node.commands import Commands
from switch.node.digits import Digits
from switch.node.gate import Gate
from switch.node.hunts import Hunts
from switch.node.journal import Journal
from switch.node.ledger import Ledger
from switch.node.link import EdgeLink
from switch.node.nursery import Nursery
from switch.node.outbox import Outbox
from switch.node.outside import Outside
from switch.node.pool import Pool
from switch.node.pooled import PooledWorker
from switch.node.publisher import Publisher
from switch.node.referrals import Referrals
from switch.node.refused import RefusedCall, record_of_lost, record_of_refused
from switch.node.reps import RepsNow
from switch.node.router import Router, RouterSettings
from switch.node.targets import Targets
from switch.node.ways import Ways
from switch.node.worker_settings import worker_settings
from switch.records.leg import LegRecord
from switch.records.security import SecurityEvent
from switch.wire.edge import Branch, Contacts, HopEnded, News, Plan, Replied, TrunkState
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
_LEAVE_WITHIN_S: Final = 4.0
_FLUSH_WITHIN_S: Final = 3.0
_LOOPBACK: Final = "127.0.0.1"


_Said: TypeAlias = LegRecord | SecurityEvent | Choosing | tuple[str, str]
"""What is to be said on the bus; a pair: which rep, and what he is doing."""


class Node:
    """Answers the edge, keeps the workers, and says on the bus what has happened."""

    def __init__(self, config: Config) -> None:
        """Put a node together from its configuration."""
        self._config = config
        self._rpc_port = config.edge.rpc_port
        self._news: asyncio.Queue[_Said] = asyncio.Queue()
        broker = broker_of(config.bus)
        self._journal = Journal(Ledger.open(config.ledger_path))
        self._outbox = Outbox(
            self._journal,
            keep_s=config.outbox.keep_h * 3600,
            most_bytes=config.outbox.most_mb * 1024 * 1024,
        )
        self._publisher = Publisher(self._journal, node=config.switch.node, broker=broker)
        self._pool = Pool(
            Nursery(worker_settings(config), exited=self._exited),
            warm=config.workers.warm,
            most=config.workers.most,
            first_port=config.workers.first_port,
            heard=self._heard,
            lost=self._lost,
        )
        self._digits = Digits(
            host=_LOOPBACK, port=config.media.dtmf_port, pressed=self._pool.tell_of_digit
        )
        dialplan, domain = config.dialplan, config.switch.domain
        domains = frozenset({domain, config.edge.address})
        response = config.transfer.response_timeout_s
        self._asking = Asking()
        self._reps = RepsNow(
            [rep.name for rep in dialplan.reps],
            wrap_up_s=config.presence.wrap_up_s,
            changed=self._rep_changed,
        )
        self._outside = Outside(dialplan, domain=domain, security=self._denied)
        self._hunts = Hunts(
            dialplan,
            self._reps,
            self._asking,
            send=self._send,
            outside=self._outside.plan,
            response_s=response.rep,
        )
        targets = Targets(
            dialplan, self._outside, response=response, fallback=config.recall.fallback
        )
        self._choices = Choices(
            pool=self._pool,
            asking=self._asking,
            targets=targets,
            reps=self._reps,
            publish=lambda one, choice: self._news.put_nowait(
                Choosing(conversation_id=one, choice=choice)
            ),
        )
        self._commands = Commands(
            broker,
            node=config.switch.node,
            handle=self._choices.handle,
        )
        self._referrals = Referrals(
            pool=self._pool, asking=self._asking, targets=targets, domains=domains
        )
        self._router = Router(
            RouterSettings(
                domains=domains,
                codecs=config.call.codecs,
                ring_s=config.call.ring_timeout_s,
                response=response,
            ),
            dialplan=dialplan,
            pool=self._pool,
            asking=self._asking,
            ways=Ways(pool=self._pool, hunts=self._hunts, outside=self._outside, domains=domains),
            referrals=self._referrals,
            outside=self._outside,
            refused=self._refused,
        )
        self._link = EdgeLink(
            host=_LOOPBACK,
            port=config.edge.evapi_port,
            plan=Gate(self._router.plan, is_open=lambda: self._outbox.takes_calls).plan,
            step=self._hunts.stepped,
            told=self._told,
            connected=self._take_snapshot,
        )
        self.up = asyncio.Event()
        """Set when the edge is connected and the first workers are free."""
        self._open: dict[str, LegRecord] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until told to stop; then end every call in order, and say so on the bus."""
        self._journal.start()
        self._publisher.start()
        await self._pool.start()
        await self._digits.open()
        for rep in self._reps.names():
            self._news.put_nowait((rep, "offline"))
        tasks = [
            asyncio.create_task(self._link.run(), name="edge link"),
            asyncio.create_task(self._publish(), name="publish"),
            asyncio.create_task(self._outbox.run(), name="outbox"),
            asyncio.create_task(self._commands.run(), name="commands"),
        ]
        _LOG.info("node.ready")
        stopping = asyncio.create_task(stop.wait(), name="stop")
        ended, _ = await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in ended - {stopping}:
            # A node that lost a part of itself is of no use: the supervisor starts another.
            _LOG.error("node.broken", part_lost=task.get_name())
            task.result()
        _LOG.info("node.stopping", **self._pool.counts)
        await self._pool.stop(_LEAVE_WITHIN_S)
        self._digits.close()
        for task in (tasks[0], *tasks[2:]):
            task.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.join(), _FLUSH_WITHIN_S)
        tasks[1].cancel()
        await self._publisher.stop(_FLUSH_WITHIN_S)
        await self._journal.stop(_FLUSH_WITHIN_S)

    # ------------------------------------------------------------ from the workers

    def _heard(self, worker: PooledWorker, message: FromWorker) -> None:
        match message:
            case Changed(record=record):
                self._leg_changed(record)
            case Expecting() | ReferAnswered() | Noted() | Answered():
                self._asking.heard(message)
            case AskingBack() | AskingTransfer() | Choosing():
                self._choices.heard(worker, message)
            case Resting(conversation_id=conversation_id):
                self._conversation_over(conversation_id)
            case Noticed():
                _LOG.log(
                    _LEVELS[message.level],
                    message.event,
                    worker=worker.name,
                    conversation=message.conversation_id,
                    detail=message.detail,
                )

    def _leg_changed(self, record: LegRecord) -> None:
        if record.ended_at is None:
            self._open[record.leg_id] = record
        else:
            self._open.pop(record.leg_id, None)
            self._outside.call_over(record.conversation_id, record.number)
        self._news.put_nowait(record)
        self._reps.leg(record)
        self._hunts.caller_left(record)

    def _conversation_over(self, conversation_id: str) -> None:
        self._hunts.conversation_over(conversation_id)
        self._reps.conversation_over(conversation_id)
        self._choices.conversation_over(conversation_id)

    def _lost(self, worker: PooledWorker) -> None:
        """Close the legs of a worker that died: nobody else will."""
        lost = [
            record
            for record in self._open.values()
            if record.conversation_id == worker.conversation_id
        ]
        for record in lost:
            self._leg_changed(record_of_lost(record, at_s=time.time()))
        if worker.conversation_id is not None:
            self._conversation_over(worker.conversation_id)

    def _exited(self, worker: str, status: int) -> None:
        if status != 0:
            _LOG.error("worker.exited", worker=worker, status=status)

    def _rep_changed(self, rep: str, state: str) -> None:
        self._news.put_nowait((rep, state))
        self._choices.reps_changed()

    # ------------------------------------------------------------ from the edge

    def _refused(self, call: RefusedCall) -> None:
        self._news.put_nowait(record_of_refused(call))

    def _told(self, news: News) -> None:
        match news:
            case Contacts():
                self._reps.contacts(news)
            case Replied():
                self._referrals.replied(news)
            case Branch():
                self._hunts.branch(news)
            case HopEnded():
                self._outside.hop_ended(news)
            case TrunkState():
                self._outside.trunk_state(news)

    def _send(self, plan: Plan) -> None:
        self._link.send(plan)

    def _denied(self, rep: str, denied: Denied) -> None:
        self._news.put_nowait(SecurityEvent(rep=rep, limit=denied.limit, number=denied.number))

    async def _take_snapshot(self) -> None:
        """Learn who is registered; in between the edge tells of each change."""
        self._outside.edge_connected()
        try:
            held = await rpc.contacts(self._rpc_port)
        except EdgeNotAsked as error:
            _LOG.warning("presence.no_snapshot", why=str(error))
            return
        for rep in self._reps.names():
            self._reps.contacts(Contacts(rep=rep, count=held.get(rep, 0)))
        await self._pool.until_warm()
        self.up.set()

    # ------------------------------------------------------------ to the bus

    async def _publish(self) -> None:
        """Hand news to the publisher one after the other: the order of each leg is kept."""
        while True:
            news = await self._news.get()
            if isinstance(news, LegRecord):
                self._journal.note(self._publisher.leg(news))
            elif isinstance(news, SecurityEvent):
                self._journal.note(self._publisher.security(news))
            elif isinstance(news, Choosing):
                self._publisher.publish_choice(news.conversation_id, news.choice)
            else:
                self._publisher.publish_presence(*news)
            self._news.task_done()


_LEVELS: Final = {"info": 20, "warning": 30, "error": 40}
