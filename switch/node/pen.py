"""A thread that does one job after the other and says in the event loop what came of each.

``ThreadPoolExecutor`` does the same for twice the CPU, and this is done for every few records.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

_T = TypeVar("_T")
_Job = tuple[Callable[[], Any], "asyncio.Future[Any]"]


class Pen:
    """The thread. It is a daemon: a disk that hangs for good must not keep the node from ending."""

    def __init__(self, name: str) -> None:
        """Begin with no job; the name is the thread's."""
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def put(self, job: Callable[[], _T]) -> asyncio.Future[_T]:
        """Have a job done after those before it, and return what resolves to what came of it."""
        done: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        self._jobs.put((job, done))
        return done

    def stop(self) -> None:
        """End the thread once it has done what it was given."""
        self._jobs.put(None)

    def _work(self) -> None:
        while (found := self._jobs.get()) is not None:
            job, done = found
            result: Any = None
            error: BaseException | None = None
            try:
                result = job()
            except Exception as raised:  # noqa: BLE001 -- raised again where it is awaited
                error = raised
            with contextlib.suppress(RuntimeError):  # the loop has ended, and with it who waits
                done.get_loop().call_soon_threadsafe(_resolve, done, result, error)


def _resolve(done: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if done.done():  # nobody waits any more
        return
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)
