"""Listens to the bus for leg records and keeps them.

The desk's MQTT session is durable: it has a fixed name, and the broker keeps what is
published while the desk is away. Whatever a message is, it cannot end the desk: what
is no leg record is counted and logged, never with what it says about people.

A message is acknowledged when it is stored, not when it arrives. So a desk that is killed,
at whatever moment, loses nothing: the broker gives what was not acknowledged to the next one,
and what comes twice changes nothing. While the store cannot be written the broker keeps
everything but the few that we hold.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import socket
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import aiomqtt
import structlog
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from switch.desk.errors import StoreUnavailableError, UnstorableError
from switch.desk.letters import UNSTORABLE, DeadLetter, read
from switch.desk.ports import ThreadStore
from switch.records import topics
from switch.records.errors import MessageError
from switch.records.leg import LegRecord
from switch.records.of_leg import instant

_log = structlog.get_logger()

_SESSION_EXPIRY_S = 7 * 24 * 3600
"""How long the broker keeps records for a desk that does not come back."""

_KEEPALIVE_S = 10
_RESPONSE_TIMEOUT_S = 5
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0
_MOST_AT_ONCE = 256
"""How many records one transaction stores at most."""

_LINGER_S = 0.05
"""How long the first record waits for others to be stored with.

A transaction costs as much as ten records, and this is soon enough for whoever looks
at a thread.
"""

_MOST_UNACKNOWLEDGED = 4 * _MOST_AT_ONCE
"""How many messages the broker sends us before we acknowledge the first.

It bounds what we hold, and must be so many that the broker has always sent the next batch
while we store one (with the 20 of MQTT brokers a batch would be 20).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BusAddress:
    """Where the broker is, and who we are to it."""

    host: str
    port: int
    client_id: str
    """The name of the desk's session: the same after every restart, and nobody else's."""

    username: str | None = None
    """``None``: the broker asks for no name."""

    password: str | None = field(default=None, repr=False)
    """``None``: the broker asks for no password."""


@dataclass(slots=True, kw_only=True)
class Counts:
    """What came over the bus since the desk started."""

    news: int = 0
    """Records that changed a thread."""

    repetitions: int = 0
    """Records that said nothing new."""

    refused: Counter[str] = field(default_factory=Counter)
    """Messages that are no leg records, by the slug of what is wrong with them."""

    connections: int = 0
    """How often the broker was reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """Is a message, with the record in it, or with what is kept of it as there is none."""

    topic: str
    payload: bytes = field(repr=False)
    record: LegRecord | None = field(default=None, repr=False)
    letter: DeadLetter | None = None


class Assembler:
    """Takes messages from the bus and stores the records in them.

    Whoever makes one awaits ``run``, and sets the event given to it to end it.
    """

    def __init__(self, store: ThreadStore, *, first_pause_s: float = _FIRST_PAUSE_S) -> None:
        """Keep what ``run`` and ``take`` need.

        Args:
            store: Where records are kept; it is called from another thread.
            first_pause_s: How long to wait before the first repetition of what
                failed, in seconds; doubled up to five seconds.
        """
        self._store = store
        self._first_pause_s = first_pause_s
        self.up = asyncio.Event()
        """Set once the desk has subscribed: from then on it misses nothing."""
        self.counts = Counts()

    async def run(self, address: BusAddress, stopping: asyncio.Event) -> None:
        """Listen until ``stopping`` is set; connect again whenever the broker is gone."""
        pause_s = self._first_pause_s
        while not stopping.is_set():
            connections = self.counts.connections
            try:
                await self._listen(address, stopping)
            except aiomqtt.MqttError as error:
                if self.counts.connections > connections:
                    pause_s = self._first_pause_s
                _log.warning("desk.broker_away", problem=str(error), again_in_s=pause_s)
                await _pause(stopping, pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        _log.info(
            "desk.stopped",
            news=self.counts.news,
            repetitions=self.counts.repetitions,
            refused=self.counts.refused.total(),
        )

    async def take(
        self, messages: Sequence[tuple[str, bytes]], stopping: asyncio.Event | None = None
    ) -> bool:
        """Store the records in these messages, given as topic and payload.

        What is no record is stored as a dead letter. Returns True when all is stored, however
        long that takes; only a desk that is stopping gives up, and returns False: then the
        broker still has them.
        """
        return await self._store_all([self._opened(*message) for message in messages], stopping)

    async def _store_all(self, opened: Sequence[_Opened], stopping: asyncio.Event | None) -> bool:
        """Store what has come; see ``take``."""
        records = [one.record for one in opened if one.record is not None]
        letters = [one.letter for one in opened if one.letter is not None]
        pause_s = self._first_pause_s
        while True:
            try:
                news = await asyncio.to_thread(self._store.add, records, letters)
            except UnstorableError as error:
                return await self._store_apart(opened, stopping, str(error))
            except StoreUnavailableError as error:
                _log.error("desk.store_away", problem=str(error), again_in_s=pause_s)
                if stopping is not None and stopping.is_set():
                    return False
                await _pause(stopping or asyncio.Event(), pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            else:
                self.counts.news += news
                self.counts.repetitions += len(records) - news
                return True

    async def _store_apart(
        self, opened: Sequence[_Opened], stopping: asyncio.Event | None, problem: str
    ) -> bool:
        """Store what the database takes of messages of which it does not take one, or more."""
        if len(opened) > 1:
            middle = len(opened) // 2
            halves = (opened[:middle], opened[middle:])
            return all([await self._store_all(half, stopping) for half in halves])
        (one,) = opened
        if one.record is None:
            _log.error("desk.letter_lost", problem=problem)
            return True
        letter = self._refused(one.topic, one.payload, UNSTORABLE, problem)
        return await self._store_all([replace(one, record=None, letter=letter)], stopping)

    def _opened(self, topic: str, payload: bytes) -> _Opened:
        """Return what is in a message."""
        try:
            record = read(topic, payload)
        except MessageError as error:
            letter = self._refused(topic, payload, error.slug, str(error))
            return _Opened(topic=topic, payload=payload, letter=letter)
        return _Opened(topic=topic, payload=payload, record=record)

    def _refused(self, topic: str, payload: bytes, kind: str, problem: str) -> DeadLetter:
        """Return a message that cannot be taken as a letter; count and log it."""
        self.counts.refused[kind] += 1
        count = self.counts.refused[kind]
        # The first, the second, the fourth...: a flood of them must not be one of log lines.
        if count & (count - 1) == 0:
            _log.warning("desk.message_refused", kind=kind, problem=problem, count=count)
        at = instant(dt.datetime.now(dt.UTC).timestamp())
        return DeadLetter.of(topic, payload, at=at, kind=kind, problem=problem)

    async def _listen(self, address: BusAddress, stopping: asyncio.Event) -> None:
        """Take messages over one connection, until it breaks or the desk is to stop."""
        client = aiomqtt.Client(
            address.host,
            address.port,
            identifier=address.client_id,
            username=address.username,
            password=address.password,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=False,
            properties=_connecting(),
            keepalive=_KEEPALIVE_S,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
            timeout=_RESPONSE_TIMEOUT_S,
        )
        # aiomqtt has no word for it; said before it connects, for it connects with it.
        client._client.manual_ack_set(True)  # noqa: SLF001, FBT003
        reading: asyncio.Task[None] | None = None
        try:
            async with client:
                # What the broker kept comes as soon as we are connected.
                reading = asyncio.create_task(self._read(client, stopping))
                await client.subscribe(topics.LEG_FILTER, qos=1)
                self.counts.connections += 1
                self.up.set()
                _log.info(
                    "desk.ready" if self.counts.connections == 1 else "desk.reconnected",
                    host=address.host,
                    port=address.port,
                )
                # It ends when the desk is to stop, with all acknowledged that it has stored.
                await reading
        finally:
            # Disconnected now. What is being stored may be stored to its end; it is
            # acknowledged no more, so it comes again.
            if reading is not None:
                with contextlib.suppress(aiomqtt.MqttError):
                    await reading

    async def _read(self, client: aiomqtt.Client, stopping: asyncio.Event) -> None:
        """Take messages, as many at a time as have come, until the desk is to stop.

        Raises:
            aiomqtt.MqttError: the connection has ended.
        """
        messages = client.messages
        while (first := await _next(client, stopping)) is not None:
            batch = [first]
            if len(messages) < _MOST_AT_ONCE:
                await asyncio.sleep(_LINGER_S)
            while len(messages) and len(batch) < _MOST_AT_ONCE:
                batch.append(await anext(messages))
            if await self.take([_topic_and_payload(message) for message in batch], stopping):
                for message in batch:
                    client._client.ack(message.mid, message.qos)  # noqa: SLF001


async def _next(client: aiomqtt.Client, stopping: asyncio.Event) -> aiomqtt.Message | None:
    """Return the next message; ``None`` if the desk is to stop."""
    if stopping.is_set():
        return None
    coming = asyncio.ensure_future(anext(client.messages))
    stopped = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({coming, stopped}, return_when=asyncio.FIRST_COMPLETED)
        return await coming if coming.done() else None
    finally:
        coming.cancel()
        stopped.cancel()


def _topic_and_payload(message: aiomqtt.Message) -> tuple[str, bytes]:
    """Return what counts of a message."""
    return message.topic.value, bytes(message.payload)


def _connecting() -> Properties:
    """Return the properties of CONNECT: the session outlives its connection."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = _SESSION_EXPIRY_S
    properties.ReceiveMaximum = _MOST_UNACKNOWLEDGED
    return properties


async def _pause(stopping: asyncio.Event, pause_s: float) -> None:
    """Return after the pause, or as soon as the desk is to stop."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), pause_s)
