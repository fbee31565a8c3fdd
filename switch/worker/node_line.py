"""The worker's line to the node: one message a line, both ways, over whichever node is there."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Final

from switch.unix_socket import connect_to
from switch.wire.errors import WireError
from switch.wire.worker import LINE_LIMIT_BYTES, FromWorker, ToWorker, decode_for_worker, encode

_AGAIN_S: Final = 0.05


class NodeLine:
    """A connection to the node, made again whenever it is lost."""

    def __init__(self, path: Path) -> None:
        """Keep where the node listens.

        Args:
            path: its socket.
        """
        self._path = path
        self._writer: asyncio.StreamWriter | None = None
        self._up = asyncio.Event()
        self._unsent: list[bytes] = []
        """What is said in this turn of the loop: sent at its end, so that the node wakes once."""
        self._down_since_s = time.monotonic()

    async def messages(
        self, greeting: Callable[[], Iterable[FromWorker]]
    ) -> AsyncIterator[ToWorker | WireError]:
        """Yield what the node says, or what is wrong with it, for ever.

        Args:
            greeting: is asked at each connection what is to be said first.
        """
        while True:
            reader = await self._connect()
            for message in greeting():
                self.say(message)
            self._up.set()
            try:
                async for heard in _read(reader):
                    yield heard
            finally:
                self._lose()

    @property
    def down_s(self) -> float:
        """For how long there has been no node; 0 while there is one."""
        return 0.0 if self._writer is not None else time.monotonic() - self._down_since_s

    async def until_up(self, within_s: float) -> bool:
        """Wait so long for a node, and return whether there is one."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._up.wait(), within_s)
        return self._up.is_set()

    def say(self, message: FromWorker) -> None:
        """Tell the node something; one that is gone hears nothing."""
        if self._writer is not None:
            if not self._unsent:
                asyncio.get_running_loop().call_soon(self._send)
            self._unsent.append(encode(message))

    def _send(self) -> None:
        said, self._unsent = b"".join(self._unsent), []
        if said and self._writer is not None and not self._writer.is_closing():
            self._writer.write(said)

    async def close(self) -> None:
        """Let what was said arrive, as far as somebody listens."""
        self._send()
        if self._writer is not None:
            with contextlib.suppress(ConnectionError):
                await self._writer.drain()

    async def _connect(self) -> asyncio.StreamReader:
        while True:
            try:
                line = connect_to(self._path)
            except OSError:
                await asyncio.sleep(_AGAIN_S)
                continue
            reader, self._writer = await asyncio.open_unix_connection(
                sock=line, limit=LINE_LIMIT_BYTES
            )
            return reader

    def _lose(self) -> None:
        self._up.clear()
        self._unsent.clear()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            self._down_since_s = time.monotonic()


async def _read(reader: asyncio.StreamReader) -> AsyncIterator[ToWorker | WireError]:
    """Yield what comes until the node closes the line."""
    while True:
        try:
            line = await reader.readuntil(b"\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        except asyncio.LimitOverrunError as error:
            await reader.readexactly(error.consumed)
            yield WireError(peer="node", problem="a line without an end")
            continue
        try:
            yield decode_for_worker(line)
        except WireError as error:
            yield error
