"""The node's hold on the nursery: asks it to fork workers, and hears of those that are gone."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import Callable
from typing import Final

import msgspec
import psutil
import structlog

from switch.wire.nursery import Exited, Fork, Forked, FromNursery, WorkerSettings

_LOG = structlog.get_logger()
_MESSAGE_BYTES: Final = 64 * 1024
_STOP_WITHIN_S: Final = 2.0


class Nursery:
    """One process that forks workers, started again if it dies."""

    def __init__(self, settings: WorkerSettings, *, exited: Callable[[str, int], None]) -> None:
        """Keep what every worker is told, and whom to tell of a worker that is gone."""
        self._settings = settings
        self._exited = exited
        self._process: asyncio.subprocess.Process | None = None
        self._socket: socket.socket | None = None
        self.pids: dict[str, int] = {}

    async def start(self) -> None:
        """Start the process; it is ready to fork as soon as it has imported pjsua2.

        Raises:
            OSError: it could not be started, or died at once.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "switch.worker.nursery",
                str(theirs.fileno()),
                pass_fds=(theirs.fileno(),),
            )
        ours.setblocking(False)  # noqa: FBT003
        try:
            ours.send(msgspec.json.encode(self._settings))
        except OSError:  # It is dead already: it is not up, and may be started again.
            ours.close()
            raise
        self._socket = ours
        asyncio.get_running_loop().add_reader(ours.fileno(), self._heard, ours)

    @property
    def is_up(self) -> bool:
        """Whether it can be asked."""
        return self._socket is not None

    def fork(self, worker: str, port: int) -> socket.socket:
        """Ask for a worker; returns the node's end of the socket pair to it.

        Raises:
            OSError: the nursery has just died.
        """
        if self._socket is None:
            raise ConnectionError("the nursery is not there")
        ours, theirs = socket.socketpair()
        with theirs:
            request = msgspec.json.encode(Fork(worker=worker, port=port))
            try:
                socket.send_fds(self._socket, [request], [theirs.fileno()])
            except OSError:
                ours.close()
                raise
        ours.setblocking(False)  # noqa: FBT003
        return ours

    async def stop(self) -> None:
        """End the process, and each worker that should have left and has not."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(psutil.NoSuchProcess):
                for worker in psutil.Process(self._process.pid).children():
                    worker.kill()
        self._close()
        if self._process is not None and self._process.returncode is None:
            try:
                await asyncio.wait_for(self._process.wait(), _STOP_WITHIN_S)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()

    def _close(self) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _heard(self, ours: socket.socket) -> None:
        try:
            data = ours.recv(_MESSAGE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            _LOG.error("nursery.lost")
            self._close()
            return
        match msgspec.json.decode(data, type=FromNursery):
            case Forked(worker=worker, pid=pid):
                self.pids[worker] = pid
            case Exited(worker=worker, status=status):
                self.pids.pop(worker, None)
                self._exited(worker, status)
