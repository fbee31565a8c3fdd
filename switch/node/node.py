"""The node: edge link, switchboard, pool and bus, put together."""

from __future__ import annotations

import asyncio
import contextlib
import time
from functools import partial
from typing import Any, Final

import structlog

from switch import roll
from switch.config import Config
from switch.edge import rpc
from switch.edge.rpc import EdgeNotAsked
from switch.media.ng import NgClient
from switch.node.bus import broker_of
from switch.node.commands import Commands
from switch.node.digits import Digits
from switch.node.door import Door
from switch.node.entries import KeptCall
from switch.node.gate import Gate
from switch.node.journal import Journal
from switch.node.last_words import LastWords, last_words
from switch.node.ledger import Ledger
from switch.node.link import EdgeLink
from switch.node.media_watch import MediaWatch
from switch.node.nursery import Nursery
from switch.node.outbox import Outbox
from switch.node.pool import Pool
from switch.node.pooled import PooledWorker
from switch.node.publisher import Publisher
from switch.node.stranded import Stranded
from switch.node.switchboard import Switchboard
from switch.node.worker_settings import worker_settings
from switch.wire.edge import Contacts, Plan
from switch.wire.nursery import NODE_SOCKET, FromNursery
from switch.wire.survival import Hello, MediaLost
from switch.wire.worker import FromWorker

_LOG = structlog.get_logger()
_LEAVE_WITHIN_S: Final = 4.0
_FLUSH_WITHIN_S: Final = 3.0
_IDLE_WITHIN_S: Final = 0.5
"""So long a node that steps aside waits for answers that others wait for."""
_EDGE_WITHIN_S: Final = 1.0
_LOOPBACK: Final = "127.0.0.1"


class Node:
    """Answers the edge, keeps the workers, and says on the bus what has happened."""

    def __init__(self, config: Config) -> None:
        """Put a node together from its configuration."""
        self._rpc_port = config.edge.rpc_port
        broker = broker_of(config.bus)
        self._journal = Journal(Ledger.open(config.ledger_path))
        self._outbox = Outbox(
            self._journal,
            keep_s=config.outbox.keep_h * 3600,
            most_bytes=config.outbox.most_mb * 1024 * 1024,
        )
        self._publisher = Publisher(self._journal, node=config.switch.node, broker=broker)
        nursery = Nursery(worker_settings(config), heard=self._nursery_says)
        self._pool = Pool(
            nursery,
            warm=config.workers.warm,
            most=config.workers.most,
            first_port=config.workers.first_port,
            heard=self._heard,
            lost=self._lost,
            remember=self._remember,
        )
        self._run_dir = config.switch.run_dir
        self._door = Door(self._run_dir / NODE_SOCKET, nursery=nursery, pool=self._pool)
        self._ng_at = config.media.ng_host, config.media.ng_port
        self._ng = NgClient()
        self._board = Switchboard(
            config,
            self._pool,
            media=self._ng,
            journal=self._journal,
            publisher=self._publisher,
            send=self._send,
        )
        self._digits = Digits(
            host=_LOOPBACK, port=config.media.dtmf_port, pressed=self._pool.tell_of_digit
        )
        self._watch = MediaWatch(
            host=config.media.ng_host, port=config.media.ng_port, lost=self._media_lost
        )
        self._commands = Commands(
            broker,
            node=config.switch.node,
            handle=self._board.orders.handle,
        )
        self._link = EdgeLink(
            host=_LOOPBACK,
            port=config.edge.evapi_port,
            plan=Gate(self._board.plan, is_open=lambda: self._outbox.takes_calls).plan,
            step=self._board.hunts.stepped,
            told=self._board.told,
            connected=self._take_snapshot,
            stranded=Stranded((_LOOPBACK, config.edge.inner_port)).refuse,
        )
        self._edge_is_here = asyncio.Event()
        self.up = asyncio.Event()
        """Set when the edge is connected and the first workers are free."""
        self.steps_aside = False
        """Whether it is only to make room for another node, which takes over its calls."""

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until told to stop; then end every call in order, or leave them to the next node.

        Raises:
            LedgerUnavailable: what the node before has kept cannot be read.
        """
        self._publisher.start()
        living = roll.living(self._run_dir)
        self._pool.expect(living)
        orphans = self._board.restore(await self._journal.ask(Ledger.calls))
        known = {one.pid for one in living} | {one.pid for one in orphans}
        strays = self._board.bequests.besides(known)
        words = await self._journal.ask(partial(last_words, now_s=time.time()))
        self._journal.start()
        await self._digits.open()
        await self._ng.open(*self._ng_at)
        tasks = [
            asyncio.create_task(self._link.run(), name="edge link"),
            asyncio.create_task(self._outbox.run(), name="outbox"),
            asyncio.create_task(self._commands.run(), name="commands"),
            asyncio.create_task(self._watch.run(), name="media watch"),
            asyncio.create_task(self._board.caretaker.run(), name="caretaker"),
        ]
        opening = asyncio.create_task(self._open_the_door(orphans, strays, words), name="door")
        stopping = asyncio.create_task(stop.wait(), name="stop")
        waited: set[asyncio.Task[Any]] = {stopping, *tasks}
        ended, _ = await asyncio.wait({opening, *waited}, return_when=asyncio.FIRST_COMPLETED)
        if ended == {opening}:
            opening.result()
            ended, _ = await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        for task in ended - {stopping, opening}:
            # A node that lost a part of itself is of no use: the supervisor starts another.
            _LOG.error("node.broken", part_lost=task.get_name())
            task.result()
        opening.cancel()
        if self.steps_aside:
            _LOG.info("node.steps_aside", **self._pool.counts)
            await self._link.until_idle(_IDLE_WITHIN_S)
            self._pool.let_go()
        else:
            _LOG.info("node.stopping", **self._pool.counts)
            self._board.caretaker.shut()
            await self._pool.stop(_LEAVE_WITHIN_S)
        for task in tasks:
            task.cancel()
        await self._door.close()
        self._digits.close()
        self._ng.close()
        await self._publisher.stop(_IDLE_WITHIN_S if self.steps_aside else _FLUSH_WITHIN_S)
        await self._journal.stop(_FLUSH_WITHIN_S)

    async def _open_the_door(
        self, orphans: list[KeptCall], strays: list[int], words: list[LastWords]
    ) -> None:
        """Let nursery and workers in, and say that we are up once calls can be taken."""
        # A worker places legs as soon as it is let in: the edge must have us to ask by then.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._edge_is_here.wait(), _EDGE_WITHIN_S)
        # First: the ports of the dead are no ports for new workers.
        for call in orphans:
            self._board.orphaned(call)
        for pid in strays:
            await self._board.bequests.take(pid)
        vacant = [one for one in words if self._pool.at(one.dialog.port) is None]
        self._board.caretaker.heirs.say_again(vacant)
        await self._door.open()
        await self._pool.start()
        _LOG.info("node.ready", orphans=len(orphans))
        await self._edge_is_here.wait()
        await self._pool.until_warm()
        self.up.set()

    # The board comes after the pool, and the link after the board: these look it up.

    def _heard(self, worker: PooledWorker, message: FromWorker) -> None:
        if isinstance(message, Hello) and self._watch.newest is not None:
            # Its rtpengine may have died while it had no node to be told by.
            worker.tell(self._watch.newest)
        self._board.heard(worker, message)

    def _lost(self, worker: PooledWorker) -> None:
        self._board.lost(worker)

    def _media_lost(self, lost: MediaLost) -> None:
        for worker in self._pool.having(""):
            worker.tell(lost)

    def _remember(self, worker: PooledWorker) -> None:
        self._board.calls.remember(worker)

    def _nursery_says(self, message: FromNursery) -> None:
        self._pool.nursery_says(message)

    def _send(self, plan: Plan) -> None:
        self._link.send(plan)

    async def _take_snapshot(self) -> None:
        """Learn who is registered; in between the edge tells of each change."""
        self._board.outside.edge_connected()
        try:
            held = await rpc.contacts(self._rpc_port)
        except EdgeNotAsked as error:
            _LOG.warning("presence.no_snapshot", why=str(error))
        else:
            for rep in self._board.reps.names():
                self._board.reps.contacts(Contacts(rep=rep, count=held.get(rep, 0)))
        if not self._edge_is_here.is_set():
            # Only now: that everybody is offline, as it seemed until here, was never true.
            for rep, state in self._board.reps.states().items():
                self._publisher.publish_presence(self._board.reps.seen(rep, state))
        self._edge_is_here.set()
