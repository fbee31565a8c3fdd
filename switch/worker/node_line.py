"""The worker's line to the node: one message a line, both ways."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from switch.wire.errors import WireError
from switch.wire.worker import FromWorker, ToWorker, decode_for_worker, encode


class NodeLine:
    """One end of the socket pair between a worker and its node."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take over both directions."""
        self._reader = reader
        self._writer = writer

    async def messages(self) -> AsyncIterator[ToWorker | WireError]:
        """Yield what the node says, or what is wrong with it, until it closes the line."""
        while True:
            try:
                line = await self._reader.readuntil(b"\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            except asyncio.LimitOverrunError as error:
                await self._reader.readexactly(error.consumed)
                yield WireError(peer="node", problem="a line without an end")
                continue
            try:
                yield decode_for_worker(line)
            except WireError as error:
                yield error

    def say(self, message: FromWorker) -> None:
        """Tell the node something; one that is gone hears nothing."""
        if not self._writer.is_closing():
            self._writer.write(encode(message))

    async def close(self) -> None:
        """Let what was said arrive, as far as somebody listens."""
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()
