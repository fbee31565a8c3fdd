"""The node's connections to the MQTT broker, as all of them are made."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import aiomqtt
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from switch.config.settings import BusSettings

MOST_IN_FLIGHT: Final = 20
"""How many messages may await their PUBACK; the MQTT library holds back what is more."""

_KEEPALIVE_S: Final = 10
_RESPONSE_TIMEOUT_S: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Is where the broker is, and who we are to it."""

    host: str
    port: int
    """TCP."""
    username: str | None = None
    """``None``: it asks for no name."""
    password: str | None = field(default=None, repr=False)
    """``None``: it asks for no password."""


class Fates:
    """Is what the broker makes of messages that were sent together, as it tells."""

    def __init__(self, count: int) -> None:
        """Know nothing yet of so many messages."""
        self.codes: list[int | None] = [None] * count
        """The reason code of each message's PUBACK, in their order; None: it has not come."""
        self._missing = count
        self._all_known = asyncio.Event()
        if count == 0:
            self._all_known.set()

    def tell(self, place: int, code: int) -> None:
        """Note what became of one of them."""
        self.codes[place] = code
        self._missing -= 1
        if self._missing == 0:
            self._all_known.set()

    async def until_known(self) -> None:
        """Wait until it is known of all.

        Raises:
            MqttError: the broker is silent.
        """
        try:
            async with asyncio.timeout(_RESPONSE_TIMEOUT_S):
                await self._all_known.wait()
        except TimeoutError:
            raise aiomqtt.MqttError("the broker confirms nothing") from None


class Client(aiomqtt.Client):
    """Is a connection that knows what the broker made of each message.

    aiomqtt throws the reason code of a PUBACK away: a message that was refused, being too large
    or not allowed, would be taken for published (MQTT 5 §3.4.2.1).
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what aiomqtt's takes."""
        super().__init__(*args, **kwargs)
        self._fates: dict[int, tuple[Fates, int]] = {}
        self.most_bytes: int | None = None
        """The longest packet that the broker takes; None: it has not said so."""

    def publish_all(self, messages: Sequence[tuple[str, bytes]], properties: Properties) -> Fates:
        """Publish messages in this order with QoS 1, and return what tells their fates.

        There is no task and no timer for each, which is most of what it costs to publish them
        one by one.

        Raises:
            MqttError: the connection is broken.
        """
        fates = Fates(len(messages))
        for place, (topic, payload) in enumerate(messages):
            sent = self._client.publish(topic, payload, 1, retain=False, properties=properties)
            if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise aiomqtt.MqttCodeError(sent.rc, "Could not publish message")
            self._fates[sent.mid] = (fates, place)
        return fates

    def _on_connect(self, *args: Any) -> None:
        *_others, properties = args
        self.most_bytes = getattr(properties, "MaximumPacketSize", None)
        super()._on_connect(*args)

    def _on_publish(
        self, client: Any, userdata: Any, mid: int, reason_code: Any, properties: Any
    ) -> None:
        if mid not in self._fates:
            super()._on_publish(client, userdata, mid, reason_code, properties)
            return
        fates, place = self._fates.pop(mid)
        fates.tell(place, reason_code.value)


def broker_of(settings: BusSettings) -> Broker:
    """Return the broker that the configuration names."""
    return Broker(
        host=settings.host,
        port=settings.port,
        username=settings.username,
        password=settings.password,
    )


def make_client(
    broker: Broker,
    identifier: str,
    *,
    will: aiomqtt.Will | None = None,
    properties: Properties | None = None,
) -> Client:
    """Return a client that connects when it is entered, and is of no use a second time.

    Args:
        broker: where to.
        identifier: who; of two with the same name the broker ends the first.
        will: what the broker says for us if we die.
        properties: what CONNECT says besides.
    """
    client = Client(
        broker.host,
        broker.port,
        identifier=identifier,
        username=broker.username,
        password=broker.password,
        protocol=aiomqtt.ProtocolVersion.V5,
        will=will,
        properties=properties,
        keepalive=_KEEPALIVE_S,
        timeout=_RESPONSE_TIMEOUT_S,
        max_inflight_messages=MOST_IN_FLIGHT,
        socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
    )
    # Above it the library warns of every single message.
    client.pending_calls_threshold = 2 * MOST_IN_FLIGHT
    return client


def of_type(content_type: str) -> Properties:
    """Return what PUBLISH says of a payload (MQTT 5 §3.3.2.3.9)."""
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = content_type
    return properties
