"""The node's connections to the MQTT broker, as all of them are made."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import Final

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

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


def make_client(
    broker: Broker,
    identifier: str,
    *,
    will: aiomqtt.Will | None = None,
    properties: Properties | None = None,
) -> aiomqtt.Client:
    """Return a client that connects when it is entered, and is of no use a second time.

    Args:
        broker: where to.
        identifier: who; of two with the same name the broker ends the first.
        will: what the broker says for us if we die.
        properties: what CONNECT says besides.
    """
    client = aiomqtt.Client(
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
