"""Watches the bus for the desk's pages: who is doing what, and which calls there are.

Leg records come from the assembler, in the moment it gets them and before they are stored: so
each is sent to the desk and read once. All else has a connection of its own. What was stored
before we came is asked of the store, now and then also otherwise.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NoReturn

import aiomqtt
import structlog

from switch.desk.asker import Bus
from switch.live.board import NOTHING, Board, News
from switch.records import codec, topics
from switch.records.errors import MessageError
from switch.records.leg import LegRecord

_LOG = structlog.get_logger()
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 5.0
_LOOKS_EVERY_S: Final = 3.0
_KEEPALIVE_S: Final = 10

Known = Callable[[Sequence[str]], Awaitable[Sequence[Sequence[LegRecord]]]]
"""Returns what is stored of the conversations that go on, and of those that are named."""


class Watcher:
    """Keeps a board up to date, and tells of all news."""

    def __init__(
        self, bus: Bus, board: Board, *, known: Known, tell: Callable[[News], None]
    ) -> None:
        """Keep where the bus is, what to keep up to date, what the store knows, and whom to tell.

        Args:
            bus: where the broker is.
            board: what is kept up to date.
            known: asks the store.
            tell: is told of all news; it must not wait.
        """
        self._bus = bus
        self._board = board
        self._known = known
        self._tell = tell
        self.is_connected = False

    async def run(self) -> NoReturn:
        """Watch for ever; connect again whenever the broker is gone."""
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                await self._watch()
            except aiomqtt.MqttError as error:
                pause_s = _FIRST_PAUSE_S if self.is_connected else pause_s
                _LOG.warning("desk.page_has_no_broker", problem=str(error), again_in_s=pause_s)
            self.is_connected = False
            self._tell(News(floor=True, calls_of=frozenset(self._board.reps)))
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def hear(self, record: LegRecord) -> None:
        """Take a leg record that has come."""
        if news := self._board.take_leg(record):
            self._tell(news)

    async def _watch(self) -> None:
        """Take what comes over one connection, until it breaks."""
        async with aiomqtt.Client(
            self._bus.host,
            self._bus.port,
            identifier=f"softswitch-page-{secrets.token_hex(8)}",
            username=self._bus.username,
            password=self._bus.password,
            protocol=aiomqtt.ProtocolVersion.V5,
            keepalive=_KEEPALIVE_S,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        ) as client:
            # Choices that were settled meanwhile are not retained any more: nothing says so.
            for choice in self._board.choices():
                self._tell(self._board.take_choice(choice.conversation_id, None))
            for one in (
                topics.STATUS_FILTER,
                topics.PRESENCE_FILTER,
                topics.CHOICE_FILTER,
            ):
                await client.subscribe(one, qos=1)
            self.is_connected = True
            self._tell(News(floor=True, calls_of=frozenset(self._board.reps)))
            looking = asyncio.create_task(self._look_now_and_then(), name="desk looks")
            try:
                async for message in client.messages:
                    self._take(message)
            finally:
                looking.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await looking

    def _take(self, message: aiomqtt.Message) -> None:
        """Take a message; one that cannot be read is the assembler's to complain of."""
        try:
            news = self._news(message.topic.value, bytes(message.payload))
        except MessageError:
            return
        if news:
            self._tell(news)

    def _news(self, topic: str, payload: bytes) -> News:
        match topics.parse(topic):
            case topics.PresenceTopic() if payload:
                seen = codec.decode_presence(payload)
                return self._board.take_presence(
                    seen.rep, seen.state, is_away=seen.away, until_at=seen.until_at
                )
            case topics.ChoiceTopic(conversation_id=conversation_id):
                choice = codec.decode_choice(payload) if payload else None
                return self._board.take_choice(conversation_id, choice)
            case topics.StatusTopic() if payload:
                node, is_up = codec.decode_status(payload)
                return self._board.take_status(node, is_up=is_up)
            case _:
                return NOTHING

    async def _look_now_and_then(self) -> None:
        """Ask the store for what the bus may not have told us, and forget what is long over."""
        while True:
            for records in await self._known(self._board.open_ids()):
                if news := self._board.take_thread(records):
                    self._tell(news)
            if news := self._board.forget(time.time()):
                self._tell(news)
            await asyncio.sleep(_LOOKS_EVERY_S)
