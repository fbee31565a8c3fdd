"""Listens to the bus for leg records and keeps them.

The desk's MQTT session is durable: it has a fixed name, and the broker keeps what is
published while the desk is away. Whatever a message is, it cannot end the desk: what
is no leg record is counted and logged, never with what it says about people.

The MQTT library acknowledges a message when it arrives, before it is stored. So a desk
that is *stopped* loses nothing (it stores what it was given, then ends), and one that
is *killed* loses what it held in that moment.
"""

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiomqtt
import structlog
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from switch.desk.errors import StoreUnavailableError
from switch.desk.ports import ThreadStore
from switch.records import codec, topics
from switch.records.errors import ForeignMessageError, MessageError
from switch.records.leg import LegRecord

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

_TRIES_WHEN_STOPPING = 3


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

    lost: int = 0
    """Records that could not be stored before the desk had to stop."""


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
            lost=self.counts.lost,
        )

    async def take(
        self, messages: Sequence[tuple[str, bytes]], stopping: asyncio.Event | None = None
    ) -> None:
        """Store the records in these messages, given as topic and payload.

        Returns when they are stored, however long that takes; only a desk that is
        stopping gives up after a few tries.
        """
        records = [record for message in messages if (record := self._opened(*message))]
        pause_s = self._first_pause_s
        tries = 0
        while records:
            try:
                news = await asyncio.to_thread(self._store.add, records)
            except StoreUnavailableError as error:
                tries += 1
                if stopping is not None and stopping.is_set() and tries >= _TRIES_WHEN_STOPPING:
                    self.counts.lost += len(records)
                    _log.error("desk.records_lost", records=len(records), problem=str(error))
                    return
                _log.error("desk.store_away", problem=str(error), again_in_s=pause_s)
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            else:
                self.counts.news += news
                self.counts.repetitions += len(records) - news
                return

    def _opened(self, topic: str, payload: bytes) -> LegRecord | None:
        """Return the record in a message; ``None`` if there is none: counted and logged."""
        try:
            where = topics.parse(topic)
            record = codec.decode(payload)
            if where != topics.LegTopic(
                conversation_id=record.conversation_id, leg_id=record.leg_id
            ):
                raise ForeignMessageError("the record is of another leg than the topic")
        except MessageError as error:
            self.counts.refused[error.slug] += 1
            count = self.counts.refused[error.slug]
            # The first, the second, the fourth...: a flood of them must not be one of log lines.
            if count & (count - 1) == 0:
                _log.warning(
                    "desk.message_refused", kind=error.slug, problem=str(error), count=count
                )
            return None
        return record

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
            properties=_session_expiry(),
            keepalive=_KEEPALIVE_S,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
            timeout=_RESPONSE_TIMEOUT_S,
        )
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
                await _until(reading, stopping)
        finally:
            # Disconnected now, and nothing more can come: what has come is still
            # in the client's queue and already acknowledged, so it is stored
            # before the task ends, which it does by the error of a closed connection.
            if reading is not None:
                with contextlib.suppress(aiomqtt.MqttError):
                    await reading
        if not stopping.is_set():
            raise aiomqtt.MqttError("the broker closed the connection")

    async def _read(self, client: aiomqtt.Client, stopping: asyncio.Event) -> None:
        """Take messages, as many at a time as have come; end when the connection does."""
        messages = client.messages
        while True:
            batch = [await anext(messages)]
            if len(messages) < _MOST_AT_ONCE:
                await asyncio.sleep(_LINGER_S)
            while len(messages) and len(batch) < _MOST_AT_ONCE:
                batch.append(await anext(messages))
            await self.take([_topic_and_payload(message) for message in batch], stopping)


def _topic_and_payload(message: aiomqtt.Message) -> tuple[str, bytes]:
    """Return what counts of a message."""
    return message.topic.value, bytes(message.payload)


def _session_expiry() -> Properties:
    """Return the CONNECT property that makes the session outlive its connection."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = _SESSION_EXPIRY_S
    return properties


async def _until(reading: asyncio.Task[None], stopping: asyncio.Event) -> None:
    """Return when there is nothing more to read, or the desk is to stop."""
    stopped = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({reading, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()


async def _pause(stopping: asyncio.Event, pause_s: float) -> None:
    """Return after the pause, or as soon as the desk is to stop."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), pause_s)
