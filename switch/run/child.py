"""One program that the switch runs as a child: started, watched, started again, stopped."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import ctypes
import dataclasses
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import structlog

from switch.errors import ChildFailed, ChildNotReady, SwitchError

_LOG = structlog.get_logger()
_PR_SET_PDEATHSIG: Final = 1
_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 2.0
_LONGEST_PAUSE_OF_SERVED_S: Final = 1.0
"""For a child that has served: calls wait for it, and it can be had."""
_STEADY_AFTER_S: Final = 10.0
"""A child that lived so long starts again without a pause."""
_TAIL_LINES: Final = 12
_NOT_RUN: Final = 127
"""The exit status that shells give to a program which cannot be run."""
_LIBC: Final = ctypes.CDLL(None)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ChildPlan:
    """Is how a child is started and how it is known to be ready."""

    name: str
    """As people know it: ``edge``, ``media``, ``broker``, ``nursery``, ``node``, ``desk``."""
    argv: Sequence[str]
    log: Path | None
    """The file that takes its output; None: ours, so that it is seen on the terminal."""
    ready: Callable[[], Awaitable[None]] | None
    """Returns as soon as it serves; None: it says so itself, through ``READY_FD``."""
    ready_within_s: float = 15.0
    stop_within_s: float = 5.0
    other_argv: Sequence[str] | None = None
    """For each second start; None: the same."""
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)


class Child:
    """One child, for as long as it is wanted."""

    def __init__(self, plan: ChildPlan) -> None:
        """Keep how to start it; :meth:`start` does."""
        self.plan = plan
        self.starts = 0
        """How often it was started."""
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def pid(self) -> int | None:
        """Its process id, while it runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def start(self) -> None:
        """Start it and return when it is ready.

        Raises:
            ChildFailed: it ended instead.
            ChildNotReady: it lives, but does not answer in time.
        """
        await self._spawn_ready()
        self._watch = asyncio.create_task(self._keep(), name=f"keep {self.plan.name}")

    async def stop(self) -> None:
        """End it: SIGTERM, and SIGKILL to its whole group if that is not enough."""
        self._stopping = True
        if self._watch is not None:
            self._watch.cancel()
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), self.plan.stop_within_s)
            except TimeoutError:
                _LOG.warning("child.killed", name=self.plan.name)
        # Children of its own that did not follow it are in its group.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

    # ------------------------------------------------------------ starting

    async def _spawn_ready(self) -> None:
        ready_r, ready_w = os.pipe()
        said_ready = _closed_or_written(ready_r)
        try:
            self._process = await self._spawn(ready_w)
        except OSError as error:
            said_ready.cancel()
            raise ChildFailed(
                name=self.plan.name, exit_status=_NOT_RUN, log_tail=str(error)
            ) from error
        except BaseException:
            said_ready.cancel()
            raise
        finally:
            os.close(ready_w)
        self.starts += 1
        if self.plan.ready is None:
            ready: Awaitable[None] = said_ready
        else:
            said_ready.cancel()
            ready = self.plan.ready()
        await self._until_ready(asyncio.ensure_future(ready))

    async def _spawn(self, ready_w: int) -> asyncio.subprocess.Process:
        log, argv = self.plan.log, self.plan.argv
        if self.starts % 2:
            argv = self.plan.other_argv or argv
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if log else None
        try:
            return await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={**os.environ, **self.plan.environment, "READY_FD": str(ready_w)},
                pass_fds=(ready_w,),
                # Its own group: Ctrl-C reaches us alone, and we end the children in order.
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        finally:
            if out is not None:
                os.close(out)

    async def _until_ready(self, ready: asyncio.Future[None]) -> None:
        process = self._process
        assert process is not None
        ended = asyncio.ensure_future(process.wait())
        waits: list[asyncio.Future[Any]] = [ready, ended]
        done, _ = await asyncio.wait(
            waits,
            timeout=self.plan.ready_within_s,
            return_when=asyncio.FIRST_COMPLETED,
        )
        for task in (ready, ended):
            if task not in done:
                task.cancel()
        if ended in done:
            raise ChildFailed(
                name=self.plan.name, exit_status=ended.result(), log_tail=self._tail()
            )
        if ready not in done:
            raise ChildNotReady(
                name=self.plan.name, waited_s=self.plan.ready_within_s, log_tail=self._tail()
            )
        ready.result()

    def _tail(self) -> str:
        if self.plan.log is None or not self.plan.log.exists():
            return ""
        with self.plan.log.open(encoding="utf-8", errors="replace") as lines:
            return "".join(collections.deque(lines, _TAIL_LINES))

    # ------------------------------------------------------------ keeping

    async def _keep(self) -> None:
        """Start it again whenever it ends: at once, or later and later if it does so again.

        Later than after a second only if it had not even come so far as to serve.
        """
        pauses_s = _pauses_s()
        was_ready = True
        while True:
            process = self._process
            assert process is not None
            began_s = time.monotonic()
            status = await process.wait()
            if self._stopping:
                return
            lived_s = time.monotonic() - began_s
            # One that has served, and ends of its own will, makes room for another.
            if lived_s > _STEADY_AFTER_S or (was_ready and status == 0):
                pauses_s = _pauses_s()
            pause_s = next(pauses_s)
            if was_ready:
                pause_s = min(pause_s, _LONGEST_PAUSE_OF_SERVED_S)
            log = _LOG.error if status else _LOG.info
            log("child.ended", name=self.plan.name, status=status, again_in_s=pause_s)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await asyncio.sleep(pause_s)
            try:
                was_ready = False
                await self._spawn_ready()
                was_ready = True
            except (SwitchError, OSError) as error:
                _LOG.error("child.not_ready", why=str(error))
            else:
                _LOG.info("child.started_again", name=self.plan.name)


def _pauses_s() -> Iterator[float]:
    """Yield how long to wait before each start: the first is at once, and then ever longer."""
    yield 0.0
    pause_s = _FIRST_PAUSE_S
    while True:
        yield pause_s
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


def _closed_or_written(descriptor: int) -> asyncio.Future[None]:
    """Return what is done when a byte comes; nothing comes of a pipe that is just closed."""
    loop = asyncio.get_running_loop()
    said: asyncio.Future[None] = loop.create_future()

    def readable() -> None:
        loop.remove_reader(descriptor)
        if os.read(descriptor, 1) and not said.done():
            said.set_result(None)

    def close(_said: asyncio.Future[None]) -> None:
        loop.remove_reader(descriptor)
        os.close(descriptor)

    loop.add_reader(descriptor, readable)
    said.add_done_callback(close)
    return said


def _die_with_parent() -> None:
    """Ask the kernel to end this child when we are killed."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
