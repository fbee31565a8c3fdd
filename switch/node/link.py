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

from switch.node.plans import reply
from switch.wire.edge import Asked, Netstrings, News, Plan, Step, decode, encode
from switch.wire.errors import WireError

_LOG = structlog.get_logger()
_AGAIN_S: Final = 0.05
_READ_BYTES: Final = 64 * 1024


class EdgeLink:
    """Keeps the connection to the edge, and hands over what comes on it."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        plan: Callable[[Asked], Awaitable[Plan]],
        step: Callable[[Step], Awaitable[Plan]],
        told: Callable[[News], None],
        connected: Callable[[], Awaitable[None]],
        stranded: Callable[[Asked], None] = lambda _asked: None,
    ) -> None:
        """Keep where the edge listens and who is to be asked.

        Args:
            host: the edge's evapi address.
            port: its evapi port.
            plan: decides what becomes of a request; asked for several at once.
            step: decides how a hunt goes on.
            told: takes what the edge does not wait for.
            connected: is awaited each time the connection has been made.
            stranded: takes what an edge has asked that died before it was answered, as soon as
                another is up.
        """
        self._host = host
        self._port = port
        self._plan = plan
        self._step = step
        self._told = told
        self._connected = connected
        self._stranded = stranded
        self._strays: list[Asked] = []
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
                self._see_to_strays()
                await self._connected()
                await self._serve(reader, writer.get_extra_info("socket"))
            except (OSError, WireError) as error:
                _LOG.warning("edge.lost", why=str(error))
            except Exception:  # noqa: BLE001
                # A fault of ours in one message must not end all calls to come.
                _LOG.exception("edge.fault")
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
                    case Asked():
                        self._answer(message, self._plan(message))
                    case Step():
                        self._answer(message, self._step(message))
                    case _:
                        self._told(message)

    async def until_idle(self, within_s: float) -> None:
        """Wait so long until the edge awaits no answer."""
        if self._asked:
            await asyncio.wait(set(self._asked), timeout=within_s)

    def send(self, plan: Plan) -> None:
        """Tell the edge something; one that is away is told nothing."""
        if self._writer is not None:
            # One write for each: evapi loses a netstring that comes in two pieces.
            self._writer.write(encode(plan))

    def _answer(self, asked: Asked | Step, planning: Awaitable[Plan]) -> None:
        """Answer a question as soon as its plan is made; others go on meanwhile."""
        task = asyncio.create_task(self._plan_and_send(asked, planning))
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def _plan_and_send(self, asked: Asked | Step, planning: Awaitable[Plan]) -> None:
        asker = self._writer
        try:
            plan = await planning
        except Exception:  # noqa: BLE001
            # The edge must not wait for an answer that never comes; the fault shows in the log.
            _LOG.exception("edge.no_plan", question=type(asked).__name__)
            plan = reply(asked, 500)
        if self._writer is asker:
            self.send(plan)
        else:
            # Another edge has another transaction of that number, or none.
            _LOG.warning("edge.lost_question", question=type(asked).__name__)
            if isinstance(asked, Asked):
                self._strays.append(asked)
                self._see_to_strays()

    def _see_to_strays(self) -> None:
        if self._writer is not None:
            strays, self._strays = self._strays, []
            for asked in strays:
                self._stranded(asked)
