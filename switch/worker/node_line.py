"""The worker's line to the node: one message a line, both ways, over whichever node is there."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, NoReturn

from switch.unix_socket import connect_to
from switch.wire.errors import WireError
from switch.wire.lines import Lines
from switch.wire.worker import FromWorker, ToWorker, decode_for_worker, encode

_AGAIN_S: Final = 0.05
_GATHERED_S: Final = 0.02
"""So long waits what may wait: most of what a call says when it is set up comes within that."""
_ARRIVES_WITHIN_S: Final = 1.0
"""So long a node that reads no more is waited for at the end."""


class _Connection(asyncio.Protocol):
    """Hears what one node says, until it is gone."""

    def __init__(self, heard: Callable[[ToWorker | WireError], None]) -> None:
        """Keep who is told what it says."""
        self._heard = heard
        self._lines = Lines()
        self.over = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        for line in self._lines.cut(data):
            self._heard(_read(line))

    def connection_lost(self, error: Exception | None) -> None:
        del error
        self.over.set()


class NodeLine:
    """A connection to the node, made again whenever it is lost."""

    def __init__(self, path: Path) -> None:
        """Keep where the node listens.

        Args:
            path: its socket.
        """
        self._path = path
        self._transport: asyncio.WriteTransport | None = None
        self._connection: _Connection | None = None
        self._up = asyncio.Event()
        self._down = asyncio.Event()
        self._down.set()
        self._unsent: dict[object, bytes] = {}
        """What is said and not sent yet: it goes together, so that the node wakes once."""
        self._sending: asyncio.TimerHandle | None = None
        self._down_since_s = time.monotonic()

    async def serve(
        self,
        greeting: Callable[[], Iterable[FromWorker]],
        heard: Callable[[ToWorker | WireError], None],
    ) -> NoReturn:
        """Have a node on the line whenever there is one, for ever.

        Args:
            greeting: is asked at each connection what is to be said first.
            heard: takes what the node says, or what is wrong with it.
        """
        while True:
            connection = await self._connect(heard)
            for message in greeting():
                self.say(encode(message))
            self._down.clear()
            self._up.set()
            try:
                await connection.over.wait()
            finally:
                self._lose()

    @property
    def down_s(self) -> float:
        """For how long there has been no node; 0 while there is one."""
        return 0.0 if self._transport is not None else time.monotonic() - self._down_since_s

    async def until_up(self, within_s: float) -> bool:
        """Wait so long for a node, and return whether there is one."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._up.wait(), within_s)
        return self._up.is_set()

    async def until_down(self) -> None:
        """Wait until there is no node."""
        await self._down.wait()

    def say(self, line: bytes, *, may_wait: bool = False, about: str | None = None) -> None:
        """Tell the node something; one that is gone hears nothing.

        Args:
            line: a message.
            may_wait: it is sent soon; else at the end of this turn of the loop, with all before it.
            about: what it says the newest of: it takes the place of what was to be said of that.
        """
        if self._transport is not None:
            self._unsent[about or object()] = line
            if self._sending is None or not may_wait:
                self._send_within(_GATHERED_S if may_wait else 0.0)

    def _send_within(self, wait_s: float) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time() + wait_s
        if self._sending is None or self._sending.when() > due_s:
            self._send_later_no_more()
            self._sending = loop.call_at(due_s, self._send)

    def _send_later_no_more(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None

    def _send(self) -> None:
        self._send_later_no_more()
        said, self._unsent = b"".join(self._unsent.values()), {}
        if said and self._transport is not None and not self._transport.is_closing():
            self._transport.write(said)

    async def close(self) -> None:
        """Let what was said arrive, as far as somebody listens."""
        self._send()
        if self._connection is not None and self._transport is not None:
            self._transport.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._connection.over.wait(), _ARRIVES_WITHIN_S)

    async def _connect(self, heard: Callable[[ToWorker | WireError], None]) -> _Connection:
        while True:
            try:
                line = connect_to(self._path)
            except OSError:
                await asyncio.sleep(_AGAIN_S)
                continue
            self._transport, self._connection = await asyncio.get_running_loop().create_connection(
                lambda: _Connection(heard), sock=line
            )
            return self._connection

    def _lose(self) -> None:
        self._up.clear()
        self._down.set()
        self._send_later_no_more()
        self._unsent.clear()
        if self._transport is not None:
            self._transport.close()
            self._transport = None
            self._down_since_s = time.monotonic()


def _read(line: bytes | None) -> ToWorker | WireError:
    if line is None:
        return WireError(peer="node", problem="a line without an end")
    try:
        return decode_for_worker(line)
    except WireError as error:
        return error
