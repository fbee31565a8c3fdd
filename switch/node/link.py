"""The node's end of evapi: the edge asks, the node answers with a plan.

One TCP connection, made again whenever it is lost; while it is down the edge itself
answers new calls with 503 and a Retry-After.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from switch.wire.edge import Asked, Contacts, Netstrings, Plan, Replied, decode, encode
from switch.wire.errors import WireError

_LOG = structlog.get_logger()
_AGAIN_S: Final = 0.25
_READ_BYTES: Final = 64 * 1024


class EdgeLink:
    """Keeps the connection to the edge, and hands over what comes on it."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        plan: Callable[[Asked], Awaitable[Plan]],
        contacts: Callable[[Contacts], None],
        replied: Callable[[Replied], None],
        connected: Callable[[], Awaitable[None]],
    ) -> None:
        """Keep where the edge listens and who is to be asked.

        Args:
            host: the edge's evapi address.
            port: its evapi port.
            plan: decides what becomes of a request; asked for several at once.
            contacts: is told how many phones of a rep are registered.
            replied: is told that the answer to a REFER is on the wire.
            connected: is awaited each time the connection has been made.
        """
        self._host = host
        self._port = port
        self._plan = plan
        self._contacts = contacts
        self._replied = replied
        self._connected = connected
        self._writer: asyncio.StreamWriter | None = None
        self._asked: set[asyncio.Task[None]] = set()
        self.unreadable = 0
        """How many messages of the edge could not be read."""

    async def run(self) -> None:
        """Serve for ever; ends by being cancelled."""
        while True:
            try:
                reader, writer = await asyncio.open_connection(self._host, self._port)
            except OSError:
                await asyncio.sleep(_AGAIN_S)
                continue
            self._writer = writer
            _LOG.info("edge.connected")
            try:
                await self._connected()
                await self._serve(reader, writer.get_extra_info("socket"))
            except (OSError, WireError) as error:
                _LOG.warning("edge.lost", why=str(error))
            finally:
                self._writer = None
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
            await asyncio.sleep(_AGAIN_S)

    async def _serve(self, reader: asyncio.StreamReader, line: socket.socket) -> None:
        netstrings = Netstrings()
        while received := await reader.read(_READ_BYTES):
            # evapi leaves Nagle's algorithm on: its next question waits until this one is
            # acknowledged, and the kernel, unasked, would take 40 ms for that.
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            for text in netstrings.feed(received):
                try:
                    message = decode(text)
                except WireError as error:
                    self.unreadable += 1
                    _LOG.warning("edge.unreadable", why=str(error))
                    continue
                match message:
                    case Contacts():
                        self._contacts(message)
                    case Replied():
                        self._replied(message)
                    case Asked():
                        task = asyncio.create_task(self._answer(message))
                        self._asked.add(task)
                        task.add_done_callback(self._asked.discard)

    async def _answer(self, asked: Asked) -> None:
        try:
            plan = await self._plan(asked)
        except Exception:  # noqa: BLE001
            # The edge must not wait for an answer that never comes; the fault shows in the log.
            _LOG.exception("edge.no_plan", event_name=asked.event)
            plan = Plan(
                index=asked.index,
                label=asked.label,
                action="reply",
                code=500,
                reason="Server Internal Error",
            )
        if self._writer is not None:
            self._writer.write(encode(plan))
