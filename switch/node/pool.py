"""The worker pool: warm spares, growth on demand, rest, recycling, and replacement of the dead.

A worker is *forked* (not heard of yet), *free*, *taken* (a conversation is on its way or
up) or *resting* after one. Only a free one is given a conversation.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable
from typing import Final, Protocol

import structlog

from switch.node.pooled import PooledWorker, WorkerState
from switch.wire.errors import WireError
from switch.wire.worker import (
    LINE_LIMIT_BYTES,
    Digit,
    FromWorker,
    Leave,
    Ready,
    Resting,
    decode_from_worker,
)

_LOG = structlog.get_logger()
_FREE_WITHIN_S: Final = 1.5
"""How long a call waits for a worker that is being made or is resting."""
_SPARE_FOR_S: Final = 30.0
"""How long a worker above the warm ones may stay idle."""
_LOOK_EVERY_S: Final = 0.2
"""A nursery that died is missed so soon: without it no worker can be made."""
_STILLBORN_PAUSE_S: Final = 1.0
"""Between workers that die before they are ready: something is wrong with all of them."""


class Forks(Protocol):
    """What the pool needs of the nursery."""

    async def start(self) -> None:
        """Start it."""

    @property
    def is_up(self) -> bool:
        """Whether it can be asked."""

    def fork(self, worker: str, port: int) -> socket.socket:
        """Make a worker."""

    async def stop(self) -> None:
        """End it."""


class Pool:
    """Keeps enough workers, and not too many."""

    def __init__(
        self,
        nursery: Forks,
        *,
        warm: int,
        most: int,
        first_port: int,
        heard: Callable[[PooledWorker, FromWorker], None],
        lost: Callable[[PooledWorker], None],
    ) -> None:
        """Prepare a pool; :meth:`start` makes the first workers.

        Args:
            nursery: forks workers.
            warm: how many free ones to keep ready.
            most: how many there may be.
            first_port: the SIP port of the first; the others follow.
            heard: takes what a worker says, after the pool has read it.
            lost: is told of a worker that died with a conversation.
        """
        self._nursery = nursery
        self._warm = warm
        self._most = most
        self._first_port = first_port
        self._heard = heard
        self._lost = lost
        self._workers: dict[int, PooledWorker] = {}
        self._freed = asyncio.Condition()
        self._made = 0
        self._stopping = False
        self._look: asyncio.Task[None] | None = None
        self.refused = 0
        """How many conversations found every worker busy."""
        self.replaced = 0
        """How many workers died and were replaced."""

    # ------------------------------------------------------------ life

    async def start(self) -> None:
        """Make the warm workers."""
        await self._nursery.start()
        self._top_up()
        self._look = asyncio.create_task(self._look_after(), name="pool")

    async def until_warm(self) -> None:
        """Return as soon as one worker is free, or none is kept warm."""
        async with self._freed:
            if self._warm:
                await self._freed.wait_for(lambda: self._free() is not None)

    async def stop(self, within_s: float) -> None:
        """Tell every worker to leave, and wait so long for them."""
        self._stopping = True
        if self._look is not None:
            self._look.cancel()
        readings = [worker.reading for worker in self._workers.values() if worker.reading]
        for worker in self._workers.values():
            worker.state = WorkerState.LEAVING
            worker.tell(Leave())
        if readings:
            await asyncio.wait(readings, timeout=within_s)
        await self._nursery.stop()

    @property
    def counts(self) -> dict[str, int]:
        """How many workers are in each state."""
        counted = dict.fromkeys((state.value for state in WorkerState), 0)
        for worker in self._workers.values():
            counted[worker.state.value] += 1
        return counted

    # ------------------------------------------------------------ giving and finding

    async def take(self, conversation_id: str) -> PooledWorker | None:
        """Return a worker for a conversation, or None when all are busy."""
        async with self._freed:
            if self._free() is None and self._can_grow():
                self._make()
            if self._free() is None and any(
                worker.state in {WorkerState.FORKED, WorkerState.RESTING}
                for worker in self._workers.values()
            ):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(
                        self._freed.wait_for(lambda: self._free() is not None),
                        _FREE_WITHIN_S,
                    )
            worker = self._free()
            if worker is None or self._stopping:
                self.refused += 1
                return None
            worker.state = WorkerState.TAKEN
            worker.conversation_id = conversation_id
        self._top_up()
        return worker

    def dismiss(self, worker: PooledWorker) -> None:
        """Let a worker go that does not answer: it is to leave if it ever hears of it."""
        worker.state = WorkerState.LEAVING
        worker.conversation_id = None
        worker.tell(Leave())
        self._top_up()

    def at(self, port: int) -> PooledWorker | None:
        """Return the worker with that SIP port."""
        return self._workers.get(port)

    def having(self, beginning: str) -> list[PooledWorker]:
        """Return the workers whose conversation's id is that, or else begins with it."""
        having = [
            worker
            for worker in self._workers.values()
            if (worker.conversation_id or "").startswith(beginning)
        ]
        return [one for one in having if one.conversation_id == beginning] or having

    def tell_of_digit(self, digit: Digit) -> None:
        """Tell the worker in whose conversation a key was pressed, if it is still up."""
        for worker in self.having(digit.conversation_id):
            if worker.conversation_id == digit.conversation_id:
                worker.tell(digit)

    # ------------------------------------------------------------ keeping enough

    def _free(self) -> PooledWorker | None:
        """Return the free worker that has rested longest."""
        free = [worker for worker in self._workers.values() if worker.state is WorkerState.FREE]
        return min(free, key=lambda worker: worker.idle_since_s, default=None)

    def _can_grow(self) -> bool:
        return len(self._workers) < self._most and not self._stopping and self._nursery.is_up

    def _top_up(self) -> None:
        """Make workers until the warm ones are there again."""
        idle = {WorkerState.FREE, WorkerState.FORKED, WorkerState.RESTING}
        spare = sum(worker.state in idle for worker in self._workers.values())
        while spare < self._warm and self._can_grow():
            if not self._make():
                return
            spare += 1

    def _make(self) -> bool:
        ports = range(self._first_port, self._first_port + self._most)
        port = next((one for one in ports if one not in self._workers and _is_free(one)), None)
        if port is None:
            return False
        self._made += 1
        worker = PooledWorker(name=f"w{self._made}", port=port)
        try:
            line = self._nursery.fork(worker.name, port)
        except OSError as error:
            _LOG.error("worker.not_made", why=str(error))
            return False
        self._workers[port] = worker
        worker.reading = asyncio.create_task(self._read(worker, line), name=worker.name)
        return True

    async def _look_after(self) -> None:
        """Bring back a dead nursery, and let go of what has been idle for long."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S if self._nursery.is_up else 0.1)
            if not self._nursery.is_up:
                try:
                    await self._nursery.start()
                except OSError as error:
                    _LOG.error("nursery.not_started", why=str(error))
                    continue
            self._top_up()
            now_s = time.monotonic()
            free = [one for one in self._workers.values() if one.state is WorkerState.FREE]
            for worker in free[self._warm :]:
                if now_s - worker.idle_since_s > _SPARE_FOR_S:
                    worker.state = WorkerState.LEAVING
                    worker.tell(Leave())

    # ------------------------------------------------------------ hearing

    async def _read(self, worker: PooledWorker, line: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=line, limit=LINE_LIMIT_BYTES)
        worker.writer = writer
        if worker.state is WorkerState.LEAVING:  # The pool was stopped in between.
            worker.tell(Leave())
        while True:
            try:
                text = await reader.readuntil(b"\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                break
            except asyncio.LimitOverrunError as error:
                await reader.readexactly(error.consumed)
                _LOG.warning("worker.line_too_long", worker=worker.name)
                continue
            try:
                message = decode_from_worker(text)
            except WireError as error:
                _LOG.warning("worker.unreadable", worker=worker.name, why=str(error))
                continue
            await self._note(worker, message)
        writer.close()
        await self._gone(worker)

    async def _note(self, worker: PooledWorker, message: FromWorker) -> None:
        match message:
            case Ready():
                async with self._freed:
                    if worker.state is not WorkerState.LEAVING:
                        worker.state = WorkerState.FREE
                        worker.idle_since_s = time.monotonic()
                    self._freed.notify_all()
            case Resting():
                worker.state = WorkerState.RESTING
                worker.conversation_id = None
                worker.routes.clear()
        self._heard(worker, message)

    async def _gone(self, worker: PooledWorker) -> None:
        """Take a worker out whose line is closed, and make another if it is missed."""
        self._workers.pop(worker.port, None)
        if worker.state is WorkerState.TAKEN and not self._stopping:
            self.replaced += 1
            _LOG.error("worker.lost", worker=worker.name, conversation=worker.conversation_id)
            self._lost(worker)
        if worker.state is WorkerState.FORKED and not self._stopping:
            _LOG.error("worker.stillborn", worker=worker.name)
            await asyncio.sleep(_STILLBORN_PAUSE_S)
        self._top_up()
        async with self._freed:
            self._freed.notify_all()


def _is_free(port: int) -> bool:
    """Whether nobody has the port: a worker of a node before us may be in its last call."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
