"""The node: edge link, router, pool, presence and bus, put together."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Final

import structlog

from switch.config import Config
from switch.edge import rpc
from switch.edge.rpc import EdgeNotAsked
from switch.node.asking import Asking
from switch.node.link import EdgeLink
from switch.node.nursery import Nursery
from switch.node.pool import Pool
from switch.node.pooled import PooledWorker
from switch.node.publisher import Publisher
from switch.node.refused import RefusedCall, record_of_lost, record_of_refused
from switch.node.router import Router
from switch.presence import Presence, apply_contacts, apply_leg
from switch.records.leg import LegRecord
from switch.wire.edge import Contacts
from switch.wire.nursery import WorkerSettings
from switch.wire.worker import Changed, Expecting, FromWorker, Noticed, ReferAnswered

_LOG = structlog.get_logger()
_LEAVE_WITHIN_S: Final = 4.0
_FLUSH_WITHIN_S: Final = 3.0
_LOOPBACK: Final = "127.0.0.1"
_OK: Final = 200


class Node:
    """Answers the edge, keeps the workers, and says on the bus what has happened."""

    def __init__(self, config: Config, *, music: str) -> None:
        """Put a node together from its configuration.

        Args:
            config: what the switch is told.
            music: the file that is music on hold.
        """
        self._config = config
        self._rpc_port = config.edge.rpc_port
        self._publisher = Publisher(
            node=config.switch.node,
            host=config.bus.host,
            port=config.bus.port,
            username=config.bus.username,
            password=config.bus.password,
        )
        self._pool = Pool(
            Nursery(worker_settings(config, music=music), exited=self._exited),
            warm=config.workers.warm,
            most=config.workers.most,
            first_port=config.workers.first_port,
            heard=self._heard,
            lost=self._lost,
        )
        self._asking = Asking()
        self._router = Router(
            dialplan=config.dialplan,
            pool=self._pool,
            domains=frozenset({config.switch.domain, config.edge.address}),
            codecs=config.call.codecs,
            ring_s=config.call.ring_timeout_s,
            response_s=config.transfer.response_timeout_s,
            refused=self._refused,
            asking=self._asking,
        )
        self._link = EdgeLink(
            host=_LOOPBACK,
            port=config.edge.evapi_port,
            plan=self._router.plan,
            contacts=self._contacts,
            replied=self._router.replied,
            connected=self._take_snapshot,
        )
        self._presence = Presence.of([rep.name for rep in config.dialplan.reps])
        self.up = asyncio.Event()
        """Set when the edge is connected and the first workers are free."""
        self._open: dict[str, LegRecord] = {}
        self._news: asyncio.Queue[LegRecord | tuple[str, str]] = asyncio.Queue()

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until told to stop; then end every call in order, and say so on the bus."""
        self._publisher.start()
        await self._pool.start()
        for rep, state in self._presence.states().items():
            self._news.put_nowait((rep, state))
        tasks = [
            asyncio.create_task(self._link.run(), name="edge link"),
            asyncio.create_task(self._publish(), name="publish"),
        ]
        _LOG.info("node.ready")
        await stop.wait()
        _LOG.info("node.stopping", **self._pool.counts)
        await self._pool.stop(_LEAVE_WITHIN_S)
        tasks[0].cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.join(), _FLUSH_WITHIN_S)
        tasks[1].cancel()
        await self._publisher.stop(_FLUSH_WITHIN_S)

    # ------------------------------------------------------------ from the workers

    def _heard(self, worker: PooledWorker, message: FromWorker) -> None:
        match message:
            case Changed(record=record):
                self._leg_changed(record)
            case Expecting(conversation_id=conversation_id):
                self._asking.answered(conversation_id, _OK)
            case ReferAnswered(refer_id=refer_id, sip_status=sip_status):
                self._asking.answered(refer_id, sip_status)
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
        self._news.put_nowait(record)
        self._presence, changed = apply_leg(self._presence, record)
        self._announce(changed)

    def _lost(self, worker: PooledWorker) -> None:
        """Close the legs of a worker that died: nobody else will."""
        lost = [
            record
            for record in self._open.values()
            if record.conversation_id == worker.conversation_id
        ]
        for record in lost:
            self._leg_changed(record_of_lost(record, at_s=time.time()))

    def _exited(self, worker: str, status: int) -> None:
        if status != 0:
            _LOG.error("worker.exited", worker=worker, status=status)

    # ------------------------------------------------------------ from the edge

    def _refused(self, call: RefusedCall) -> None:
        self._news.put_nowait(record_of_refused(call))

    def _contacts(self, contacts: Contacts) -> None:
        self._presence, changed = apply_contacts(self._presence, contacts.rep, contacts.count)
        self._announce(changed)

    async def _take_snapshot(self) -> None:
        """Learn who is registered; in between the edge tells of each change."""
        try:
            held = await rpc.contacts(self._rpc_port)
        except EdgeNotAsked as error:
            _LOG.warning("presence.no_snapshot", why=str(error))
            return
        for rep in self._presence.states():
            self._contacts(Contacts(rep=rep, count=held.get(rep, 0)))
        await self._pool.until_warm()
        self.up.set()

    # ------------------------------------------------------------ to the bus

    def _announce(self, changed: dict[str, str]) -> None:
        for rep, state in changed.items():
            _LOG.info("presence", rep=rep, state=state)
            self._news.put_nowait((rep, state))

    async def _publish(self) -> None:
        """Hand news to the publisher one after the other: the order of each leg is kept."""
        while True:
            news = await self._news.get()
            if isinstance(news, LegRecord):
                await self._publisher.publish_leg(news)
            else:
                await self._publisher.publish_presence(*news)
            self._news.task_done()


_LEVELS: Final = {"info": 20, "warning": 30, "error": 40}


def worker_settings(config: Config, *, music: str) -> WorkerSettings:
    """Return what the workers of a node are told."""
    return WorkerSettings(
        domain=config.switch.domain,
        address=_LOOPBACK,
        edge=f"{_LOOPBACK}:{config.edge.inner_port}",
        ng_host=config.media.ng_host,
        ng_port=config.media.ng_port,
        codecs=config.call.codecs,
        music=music,
        accept_status=config.transfer.accept_status,
        rest_s=config.workers.rest_s,
        recycle_after=config.workers.recycle_after,
        log_level=config.logs.level,
        log_format=config.logs.format,
    )
