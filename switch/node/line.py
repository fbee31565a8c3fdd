"""The node's end of the line to a worker, or to the nursery: JSON Lines over a Unix socket.

Lines are handed on as they come in, without a task that is woken for each: at the beginning and
at the end of a call there are many.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import cast

import structlog

from switch.wire.lines import Lines

_LOG = structlog.get_logger()


class Line(asyncio.Protocol):
    """One connection. Its lines wait until somebody takes them."""

    def __init__(self, came: Callable[[Line], None] = lambda _line: None) -> None:
        """Begin to wait for who connects.

        Args:
            came: is told once it is connected.
        """
        loop = asyncio.get_running_loop()
        self._came = came
        self._transport: asyncio.WriteTransport | None = None
        self._hear: Callable[[bytes], None] | None = None
        self._begins: asyncio.Future[None] = loop.create_future()
        self._ended: asyncio.Future[None] = loop.create_future()
        self._unheard: deque[bytes] = deque()
        self._lines = Lines()

    # ------------------------------------------------------------ for the node

    @property
    def is_up(self) -> bool:
        """Whether something can be said on it."""
        return self._transport is not None and not self._transport.is_closing()

    async def first(self) -> bytes:
        """Return the first line; empty: it was too long, or there was none."""
        await self._begins
        return self._unheard.popleft() if self._unheard else b""

    async def listen(self, hear: Callable[[bytes], None]) -> None:
        """Hand on each line as it comes, from the next on, until the connection is lost.

        What ``hear`` raises is raised here, and ends the connection.
        """
        while self._unheard:
            hear(self._unheard.popleft())
        self._hear = hear
        await self._ended

    def write(self, line: bytes) -> None:
        """Say something, if the line is up."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(line)

    def close(self) -> None:
        """Hang up, once what was said is written."""
        if self._transport is not None:
            self._transport.close()

    # ------------------------------------------------------------ for the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        self._transport = cast("asyncio.WriteTransport", transport)
        self._came(self)

    def data_received(self, data: bytes) -> None:
        """Take what came in, and hand on what is whole of it."""
        for line in self._lines.cut(data):
            if line is None:
                _LOG.warning("line.too_long")
                _resolve(self._begins)
            else:
                self._take(line)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go who waits for more; how the line was lost makes no difference."""
        del exc
        _resolve(self._begins)
        _resolve(self._ended)

    def _take(self, line: bytes) -> None:
        if self._hear is None:
            self._unheard.append(line)
            _resolve(self._begins)
        elif not self._ended.done():
            try:
                self._hear(line)
            except Exception as error:  # noqa: BLE001 -- raised again where it is awaited
                self._ended.set_exception(error)
                self.close()


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():  # who waited may have given up
        future.set_result(None)
