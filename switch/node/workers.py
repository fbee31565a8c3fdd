"""The workers that the node knows of, each in its place."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from switch.node.pooled import PooledWorker, WorkerState
from switch.wire.worker import Digit

_SPARE_FOR_S: Final = 30.0
"""How long a worker above the warm ones may stay idle."""
_HELLO_WITHIN_S: Final = 3.0
"""A worker that has no line for so long hangs: it is killed."""
_LEAVES_WITHIN_S: Final = 10.0
"""So does one that was told to leave, and has not."""


class Workers:
    """Who is where, who has what, and who is free."""

    def __init__(self, places: range) -> None:
        """Begin with nobody.

        Args:
            places: the SIP ports that they may have.
        """
        self._places = places
        self._workers: dict[int, PooledWorker] = {}
        self._news = asyncio.Event()
        self._lend: Callable[[], int | None] = lambda: None

    def lent_by(self, lend: Callable[[], int | None]) -> None:
        """Ask for a place there when none is vacant."""
        self._lend = lend

    @property
    def counts(self) -> dict[str, int]:
        """How many workers are in each state."""
        counted = dict.fromkeys((state.value for state in WorkerState), 0)
        for worker in self._workers.values():
            counted[worker.state.value] += 1
        return counted

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

    async def until(self, holds: Callable[[], bool], within_s: float | None = None) -> bool:
        """Wait so long until something holds of them, and return whether it does."""
        try:
            async with asyncio.timeout(within_s):
                while not holds():
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    def _vacant(self) -> int | None:
        """Return a place that nobody has, a stranger's program included."""
        vacant = (port for port in self._places if port not in self._workers)
        return next(filter(_is_free, vacant), None) or self._lend()

    def _free(self) -> PooledWorker | None:
        """Return the free worker that has rested since last.

        What it needs is still in the caches of the cores, and what was needed only while
        there were more calls stays idle until it is let go.
        """
        free = [
            worker
            for worker in self._workers.values()
            if worker.state is WorkerState.FREE and worker.line is not None
        ]
        return max(free, key=lambda worker: worker.since_s, default=None)

    def _spares(self, warm: int) -> list[PooledWorker]:
        """Return those above the warm ones that have been idle for long, and longest."""
        free = [one for one in self._workers.values() if one.state is WorkerState.FREE]
        free.sort(key=lambda worker: worker.since_s, reverse=True)
        return [worker for worker in free[warm:] if worker.for_s > _SPARE_FOR_S]

    def _hanging(self) -> list[PooledWorker]:
        """Return those that should have come, come back, or left by now."""
        hanging = []
        for worker in self._workers.values():
            leaves = worker.state is WorkerState.LEAVING
            within_s = _LEAVES_WITHIN_S if leaves else _HELLO_WITHIN_S
            if (leaves or worker.line is None) and worker.for_s > within_s:
                hanging.append(worker)
        return hanging

    def _changed(self) -> None:
        """Let everybody look again who waits for something."""
        self._news.set()
        self._news = asyncio.Event()


def _is_free(port: int) -> bool:
    """Whether nobody has the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
