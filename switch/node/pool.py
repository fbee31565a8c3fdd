"""The worker pool: warm spares, growth on demand, rest, recycling, and replacement of the dead.

A worker is *forked* (not heard of yet), *free*, *taken* (a conversation is on its way or
up) or *resting* after one. Workers connect by themselves. One that is here already when a node
starts is on the roll; one whose line is lost comes back. Dead is whose process has ended.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

import structlog

from switch import roll
from switch.node.line import Line
from switch.node.nursery import Forks
from switch.node.pooled import SOON_FREE, PooledWorker, WorkerState
from switch.node.vigil import Vigil
from switch.node.workers import Workers
from switch.wire.nursery import Exited, Forked, FromNursery, NurseryHello
from switch.wire.survival import Hello
from switch.wire.worker import FromWorker, Leave, Ready, Resting

_LOG = structlog.get_logger()
_FREE_WITHIN_S: Final = 1.5
"""How long a call waits for a worker that is being made or is resting."""
_LOOK_EVERY_S: Final = 0.2
_STILLBORN_PAUSE_S: Final = 1.0
"""Between workers that die before they are ready: something is wrong with all of them."""


class Pool(Workers):
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
        remember: Callable[[PooledWorker], None] = lambda _worker: None,
    ) -> None:
        """Prepare a pool; :meth:`start` makes the first workers.

        Args:
            nursery: forks workers.
            warm: how many free ones to keep ready.
            most: how many there may be.
            first_port: the SIP port of the first; the others follow.
            heard: takes what a worker says, after the pool has read it.
            lost: is told of a worker that died, with a conversation or without.
            remember: is told whenever what is known of a worker's conversation has changed.
        """
        super().__init__(range(first_port, first_port + most))
        self._nursery = nursery
        self._warm = warm
        self._most = most
        self._heard = heard
        self._lost = lost
        self._remember = remember
        self._made = 0
        self._stopping = False
        self._look: asyncio.Task[None] | None = None
        self._paused_until_s = 0.0
        self.refused = 0
        """How many conversations found every worker busy."""
        self.replaced = 0
        """How many workers died and were replaced."""

    # ------------------------------------------------------------ life

    def expect(self, living: Iterable[roll.Enrolled]) -> None:
        """Await the workers that were here before us: each will say what it is doing."""
        for one in living:
            worker = self._add(one.worker, one.port)
            self._watch(worker, one.pid)

    async def start(self) -> None:
        """Make the warm workers, and look after all of them."""
        for worker in self._workers.values():
            worker.become(worker.state)
        self._top_up()
        self._look = asyncio.create_task(self._look_after(), name="pool")

    async def until_warm(self) -> None:
        """Return as soon as one worker is free, or none is kept warm."""
        await self.until(lambda: not self._warm or self._free() is not None)

    async def stop(self, within_s: float) -> None:
        """Tell every worker to leave, and wait so long for them."""
        self._stopping = True
        for worker in self._workers.values():
            worker.become(WorkerState.LEAVING)
            worker.tell(Leave())
        await self.until(lambda: not self._workers, within_s)
        self.let_go()

    def let_go(self) -> None:
        """Look after nobody any more; who is here stays."""
        self._stopping = True
        if self._look is not None:
            self._look.cancel()
        for worker in self._workers.values():
            if worker.vigil is not None:
                worker.vigil.close()

    # ------------------------------------------------------------ giving

    async def take(self, conversation_id: str) -> PooledWorker | None:
        """Return a worker for a conversation, or None when all are busy."""
        if self._free() is None and not self._stopping:
            if self._can_grow():
                self._make()
            if any(worker.state in SOON_FREE for worker in self._workers.values()):
                await self.until(lambda: self._free() is not None, _FREE_WITHIN_S)
        worker = self._free()
        if worker is None or self._stopping:
            self.refused += 1
            return None
        worker.become(WorkerState.TAKEN)
        worker.conversation_id = conversation_id
        self._top_up()
        return worker

    def dismiss(self, worker: PooledWorker) -> None:
        """Let a worker go that does not answer: it is to leave if it ever hears of it."""
        worker.become(WorkerState.LEAVING)
        worker.forget()
        worker.tell(Leave())
        self._top_up()

    # ------------------------------------------------------------ keeping enough

    def _can_grow(self) -> bool:
        return len(self._workers) < self._most and not self._stopping and self._nursery.is_up

    def _top_up(self) -> None:
        """Make workers until the warm ones are there again."""
        if time.monotonic() < self._paused_until_s:
            return
        spare = sum(worker.state in SOON_FREE for worker in self._workers.values())
        while spare < self._warm and self._can_grow():
            if not self._make():
                return
            spare += 1

    def _make(self) -> bool:
        port = self._vacant()
        if port is None:
            return False
        name = f"w{self._made + 1}"
        try:
            self._nursery.fork(name, port)
        except OSError as error:
            _LOG.error("worker.not_made", why=str(error))
            return False
        self._add(name, port)
        return True

    def _add(self, name: str, port: int) -> PooledWorker:
        number = name.removeprefix("w")
        # No two workers bear a name, whichever node had them made.
        self._made = max(self._made, int(number)) if number.isdecimal() else self._made
        worker = self._workers[port] = PooledWorker(name=name, port=port, remember=self._remember)
        return worker

    async def _look_after(self) -> None:
        """Let go of what has been idle for long, and end what hangs."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            self._top_up()
            for worker in self._spares(self._warm):
                worker.become(WorkerState.LEAVING)
                worker.tell(Leave())
            for worker in self._hanging():
                self._end(worker)

    def _end(self, worker: PooledWorker) -> None:
        """Kill a worker that hangs; one that was never made is forgotten."""
        _LOG.error("worker.silent", worker=worker.name, pid=worker.pid)
        if worker.pid is None:
            self._gone(worker)
        else:
            worker.become(worker.state)
            roll.kill(worker.pid, within_ms=0)

    # ------------------------------------------------------------ hearing

    def nursery_says(self, message: FromNursery) -> None:
        """Take what the nursery says."""
        match message:
            case NurseryHello():
                self._top_up()
            case Forked(port=port, worker=name, pid=pid):
                worker = self._workers.get(port)
                if worker is not None and worker.name == name and worker.vigil is None:
                    self._watch(worker, pid)
            case Exited(worker=name, status=status) if status != 0:
                _LOG.error("worker.exited", worker=name, status=status)

    def _watch(self, worker: PooledWorker, pid: int) -> None:
        worker.vigil = Vigil(pid, lambda: self._ended(worker))

    async def serve(self, hello: Hello, line: Line) -> None:
        """Talk with a worker that has connected, until its line is lost."""
        worker = self._workers.get(hello.port)
        if worker is not None and worker.vigil is not None and worker.pid != hello.pid:
            if not worker.vigil.is_over:  # Only one can have the port; the other was here first.
                _LOG.error("worker.in_the_way", worker=hello.worker, of=worker.name)
                return
            self._gone(worker)
            worker = None
        if worker is None:
            worker = self._add(hello.worker, hello.port)
        if worker.vigil is None:
            self._watch(worker, hello.pid)
        self._greet(worker, hello, line)
        try:
            await line.listen(partial(self._note, worker))
        finally:
            if worker.line is line:
                worker.line = None
                worker.become(worker.state)
            if worker.vigil is not None and worker.vigil.is_over:
                self._gone(worker)

    def _greet(self, worker: PooledWorker, hello: Hello, line: Line) -> None:
        """Take up the line of a worker, and what it says that it is doing."""
        worker.name = hello.worker
        worker.line = line
        if self._stopping or worker.state is WorkerState.LEAVING:
            worker.become(WorkerState.LEAVING)
            worker.unheard.clear()
            worker.tell(Leave())
            return
        if hello.conversation_id is not None:
            if worker.conversation_id not in {None, hello.conversation_id}:
                self._rests(worker)
            worker.become(WorkerState.TAKEN)
            worker.conversation_id = hello.conversation_id
        elif hello.is_resting:
            worker.become(WorkerState.RESTING)
        self._heard(worker, hello)
        worker.tell_unheard()
        _LOG.info("worker.connected", worker=worker.name, conversation=worker.conversation_id)

    def _note(self, worker: PooledWorker, text: bytes) -> None:
        match message := worker.read(text):
            case None:
                return
            case Ready():
                if worker.conversation_id is not None:
                    # It has ended while nobody listened, as its records said just now.
                    self._rests(worker)
                if worker.state is not WorkerState.LEAVING:
                    worker.become(WorkerState.FREE)
                self._changed()
            case Resting():
                if worker.state is not WorkerState.LEAVING:
                    worker.become(WorkerState.RESTING)
                worker.forget()
        self._heard(worker, message)

    def _rests(self, worker: PooledWorker) -> None:
        """Take that the conversation is over which we thought a worker had."""
        conversation_id = worker.conversation_id
        worker.forget()
        if conversation_id is not None:
            self._heard(worker, Resting(conversation_id=conversation_id))

    def _ended(self, worker: PooledWorker) -> None:
        """Take that a worker's process has ended; what it said last may still be to be read."""
        if worker.line is None:
            self._gone(worker)

    def _gone(self, worker: PooledWorker) -> None:
        """Take a dead worker out, and make another if it is missed."""
        if self._workers.get(worker.port) is not worker:
            return
        del self._workers[worker.port]
        if worker.vigil is not None:
            worker.vigil.close()
        if worker.conversation_id is not None and not self._stopping:
            self.replaced += 1
            _LOG.error("worker.lost", worker=worker.name, conversation=worker.conversation_id)
        if not self._stopping:
            self._lost(worker)
        if worker.state is WorkerState.FORKED and not self._stopping:
            _LOG.error("worker.stillborn", worker=worker.name)
            self._paused_until_s = time.monotonic() + _STILLBORN_PAUSE_S
        self._top_up()
        self._changed()
