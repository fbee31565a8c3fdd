"""The desk's connection to the MQTT broker: a durable session, acknowledged by hand.

What is acknowledged the broker forgets; what it has confirmed to the node it forgets too if it
is killed. So the node is told besides when its records are stored, and what we may have missed.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from switch.records import stored, topics

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


class DeskClient(aiomqtt.Client):
    """Is one connection; of no use a second time."""

    def __init__(self, address: BusAddress) -> None:
        """Prepare it; it connects when it is entered."""
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

    async def acknowledge(self, batch: Sequence[aiomqtt.Message]) -> None:
        """Tell the broker, and then their nodes, that these messages are stored.

        Raises:
            MqttError: the connection has ended.
        """
        numbers: dict[str, list[int]] = {}
        for message in batch:
            self._client.ack(message.mid, message.qos)
            topic = str(getattr(message.properties, "ResponseTopic", ""))
            number = stored.number_of(getattr(message.properties, "CorrelationData", None))
            # Who publishes names the topic: no other than one for this.
            if number is not None and topics.is_stored(topic):
                numbers.setdefault(topic, []).append(number)
        for topic, its in numbers.items():
            await self.publish(topic, stored.encode(its), qos=1)

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
