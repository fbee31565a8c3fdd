"""The node: edge link, switchboard, pool and bus, put together."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from switch.config import Config
from switch.edge import rpc
from switch.edge.rpc import EdgeNotAsked
from switch.node.bus import Broker
from switch.node.commands import Commands
from switch.node.digits import Digits
from switch.node.journal import Journal
from switch.node.ledger import Ledger
from switch.node.link import EdgeLink
from switch.node.nursery import Nursery
from switch.node.pool import Pool
from switch.node.pooled import PooledWorker
from switch.node.publisher import Publisher
from switch.node.switchboard import Switchboard
from switch.node.worker_settings import worker_settings
from switch.wire.edge import Contacts, Plan
from switch.wire.worker import FromWorker

_LOG = structlog.get_logger()
_LEAVE_WITHIN_S: Final = 4.0
_FLUSH_WITHIN_S: Final = 3.0
_LOOPBACK: Final = "127.0.0.1"


class Node:
    """Answers the edge, keeps the workers, and says on the bus what has happened."""

    def __init__(self, config: Config) -> None:
        """Put a node together from its configuration."""
        self._rpc_port = config.edge.rpc_port
        broker = Broker(
            host=config.bus.host,
            port=config.bus.port,
            username=config.bus.username,
            password=config.bus.password,
        )
        self._journal = Journal(Ledger.open(config.ledger_path))
        self._publisher = Publisher(self._journal, node=config.switch.node, broker=broker)
        self._pool = Pool(
            Nursery(worker_settings(config), exited=self._exited),
            warm=config.workers.warm,
            most=config.workers.most,
            first_port=config.workers.first_port,
            heard=self._heard,
            lost=self._lost,
        )
        self._board = Switchboard(
            config,
            self._pool,
            journal=self._journal,
            publisher=self._publisher,
            send=self._send,
        )
        self._digits = Digits(
            host=_LOOPBACK, port=config.media.dtmf_port, pressed=self._pool.tell_of_digit
        )
        self._commands = Commands(
            broker,
            node=config.switch.node,
            handle=self._board.choices.handle,
        )
        self._link = EdgeLink(
            host=_LOOPBACK,
            port=config.edge.evapi_port,
            plan=self._board.router.plan,
            step=self._board.hunts.stepped,
            told=self._board.told,
            connected=self._take_snapshot,
        )
        self.up = asyncio.Event()
        """Set when the edge is connected and the first workers are free."""

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until told to stop; then end every call in order, and say so on the bus."""
        self._journal.start()
        self._publisher.start()
        await self._pool.start()
        await self._digits.open()
        for rep in self._board.reps.names():
            self._publisher.publish_presence(rep, "offline")
        tasks = [
            asyncio.create_task(self._link.run(), name="edge link"),
            asyncio.create_task(self._commands.run(), name="commands"),
        ]
        _LOG.info("node.ready")
        stopping = asyncio.create_task(stop.wait(), name="stop")
        waited: list[asyncio.Task[bool] | asyncio.Task[None]] = [stopping, *tasks]
        ended, _ = await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        for task in ended - {stopping}:
            # A node that lost a part of itself is of no use: the supervisor starts another.
            _LOG.error("node.broken", part_lost=task.get_name())
            task.result()
        _LOG.info("node.stopping", **self._pool.counts)
        await self._pool.stop(_LEAVE_WITHIN_S)
        self._digits.close()
        for task in tasks:
            task.cancel()
        await self._publisher.stop(_FLUSH_WITHIN_S)
        await self._journal.stop(_FLUSH_WITHIN_S)

    # The board comes after the pool, and the link after the board: these look it up.

    def _heard(self, worker: PooledWorker, message: FromWorker) -> None:
        self._board.heard(worker, message)

    def _lost(self, worker: PooledWorker) -> None:
        self._board.lost(worker)

    def _exited(self, worker: str, status: int) -> None:
        self._board.exited(worker, status)

    def _send(self, plan: Plan) -> None:
        self._link.send(plan)

    async def _take_snapshot(self) -> None:
        """Learn who is registered; in between the edge tells of each change."""
        self._board.outside.edge_connected()
        try:
            held = await rpc.contacts(self._rpc_port)
        except EdgeNotAsked as error:
            _LOG.warning("presence.no_snapshot", why=str(error))
            return
        for rep in self._board.reps.names():
            self._board.reps.contacts(Contacts(rep=rep, count=held.get(rep, 0)))
        await self._pool.until_warm()
        self.up.set()
