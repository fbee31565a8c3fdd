"""Listens to the bus for leg records and keeps them.

The desk's MQTT session is durable: it has a fixed name, and the broker keeps what is
published while the desk is away.

A message is acknowledged when it is stored, not when it arrives. So a desk that is killed,
at whatever moment, loses nothing: the broker gives what was not acknowledged to the next one,
and what comes twice changes nothing. While the store cannot be written the broker keeps
everything but the few that we hold.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass, field

import aiomqtt
import structlog
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from switch.desk.intake import FIRST_PAUSE_S, LONGEST_PAUSE_S, Intake, pause_unless
from switch.desk.ports import ThreadStore
from switch.records import topics

_log = structlog.get_logger()

_SESSION_EXPIRY_S = 7 * 24 * 3600
"""How long the broker keeps records for a desk that does not come back."""

_KEEPALIVE_S = 10
_RESPONSE_TIMEOUT_S = 5
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


class Assembler:
    """Takes messages from the bus and stores the records in them.

    Whoever makes one awaits ``run``, and sets the event given to it to end it.
    """

    def __init__(self, store: ThreadStore, *, first_pause_s: float = FIRST_PAUSE_S) -> None:
        """Keep what ``run`` needs.

        Args:
            store: Where records are kept; it is called from another thread.
            first_pause_s: How long to wait before the first repetition of what
                failed, in seconds; doubled up to five seconds.
        """
        self._intake = Intake(store, first_pause_s=first_pause_s)
        self._first_pause_s = first_pause_s
        self.up = asyncio.Event()
        """Set once the desk has subscribed: from then on it misses nothing."""
        self.counts = self._intake.counts

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
                await pause_unless(stopping, pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        _log.info(
            "desk.stopped",
            news=self.counts.news,
            repetitions=self.counts.repetitions,
            refused=self.counts.refused.total(),
        )

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
            stored = await self._intake.take(
                [(message.topic.value, bytes(message.payload)) for message in batch], stopping
            )
            if stored:
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


def _connecting() -> Properties:
    """Return the properties of CONNECT: the session outlives its connection."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = _SESSION_EXPIRY_S
    properties.ReceiveMaximum = _MOST_UNACKNOWLEDGED
    return properties
