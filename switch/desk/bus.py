"""The desk's connection to the MQTT broker: a durable session, acknowledged by hand.

What is acknowledged the broker forgets; what it has confirmed to the node it forgets too if it
is killed. So the node is told besides when its records are stored, and what we may have missed.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

import aiomqtt
from paho.mqtt.client import MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from switch.records import stored, topics

T = TypeVar("T")

MOST_AT_ONCE: Final = 256
"""How many records one transaction stores at most."""

_SESSION_EXPIRY_S: Final = 7 * 24 * 3600
"""How long the broker keeps records for a desk that does not come back."""
_KEEPALIVE_S: Final = 10
_RESPONSE_TIMEOUT_S: Final = 5
_MOST_UNACKNOWLEDGED: Final = 4 * MOST_AT_ONCE
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


@dataclass(frozen=True, slots=True)
class Arrived(Generic[T]):
    """Is a message that has come, and is not acknowledged yet."""

    what: T
    """What was in it."""
    message: MQTTMessage = field(repr=False)


class DeskClient(aiomqtt.Client, Generic[T]):
    """Is one connection; of no use a second time.

    Messages do not go through aiomqtt's queue: that makes a task for each.
    """

    def __init__(self, address: BusAddress, opened: Callable[[str, bytes], T]) -> None:
        """Prepare it; it connects when it is entered.

        Args:
            address: where the broker is.
            opened: returns what is in a message, by its topic and payload, in the moment
                it comes; it must not raise.
        """
        super().__init__(
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
        self._is_known = False
        self._opened = opened
        self._arrived: deque[Arrived[T]] = deque()
        self._has_come = asyncio.Event()
        # aiomqtt has no word for it; said before it connects, for it connects with it.
        self._client.manual_ack_set(True)  # noqa: FBT003

    async def listen(self) -> None:
        """Subscribe to leg records.

        Raises:
            MqttError: the broker will not have it.
        """
        await self.subscribe(topics.LEG_FILTER, qos=1)
        if not self._is_known:
            # The first time, or the broker was killed: what was published before went to
            # nobody. Whoever has it sends it again.
            await self.publish(topics.MISSED, b"", qos=1)

    @property
    def waiting(self) -> int:
        """How many messages have come and are not taken."""
        return len(self._arrived)

    async def come(self) -> None:
        """Return once a message waits to be taken.

        Raises:
            MqttError: the connection has ended, and none waits.
        """
        if self._arrived:
            return
        self._has_come.clear()
        coming = asyncio.create_task(self._has_come.wait())
        gone: asyncio.Future[Any] = self._disconnected
        try:
            await asyncio.wait((coming, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            coming.cancel()
        if not self._arrived:
            problem = "disconnected"
            raise aiomqtt.MqttError(problem) from self._disconnected.exception()

    def take(self, most: int) -> list[Arrived[T]]:
        """Return messages that have come, the oldest first."""
        return [self._arrived.popleft() for _ in range(min(most, len(self._arrived)))]

    async def acknowledge(self, batch: Sequence[Arrived[T]]) -> None:
        """Tell the broker, and then their nodes, that these messages are stored.

        Raises:
            MqttError: the connection has ended.
        """
        numbers: dict[str, list[int]] = {}
        for message in (arrived.message for arrived in batch):
            self._client.ack(message.mid, message.qos)
            topic = str(getattr(message.properties, "ResponseTopic", ""))
            number = stored.number_of(getattr(message.properties, "CorrelationData", None))
            # Who publishes names the topic: no other than one for this.
            if number is not None and topics.is_stored(topic):
                numbers.setdefault(topic, []).append(number)
        for topic, its in numbers.items():
            await self.publish(topic, stored.encode(its), qos=1)

    def _on_message(self, _client: object, _userdata: object, message: MQTTMessage) -> None:
        self._arrived.append(Arrived(self._opened(message.topic, bytes(message.payload)), message))
        self._has_come.set()

    def _on_connect(self, *args: Any) -> None:
        _client, _userdata, flags, *_others = args
        self._is_known = bool(getattr(flags, "session_present", False))
        super()._on_connect(*args)


def _connecting() -> Properties:
    """Return the properties of CONNECT: the session outlives its connection."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = _SESSION_EXPIRY_S
    properties.ReceiveMaximum = _MOST_UNACKNOWLEDGED
    return properties
