"""Asks the switch something over the bus: what can be chosen, and to do what was chosen.

For people at a terminal today, and for the desk's pages. Each question is a connection of its
own: there are few, and whoever asks is gone when he has his answer.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from switch.errors import SwitchError
from switch.records import codec, topics
from switch.records.choice import ChoiceRecord
from switch.records.commands import (
    CONTENT_TYPE,
    Answer,
    Command,
    conversation_of,
    decode_answer,
    encode_command,
)
from switch.records.errors import MessageError

_CONNECTED_WITHIN_S: Final = 3
_ANSWERED_WITHIN_S: Final = 2.5
"""A little longer than the node waits for the worker that has the call."""
_EXPIRES_S: Final = 3
"""A command that a node has not got by then is about a call that has gone on."""


class BusAway(SwitchError):
    """Says that the broker cannot be reached, or went away."""

    def __init__(self, *, host: str, port: int, problem: str) -> None:
        """Keep where it should be, and what was wrong."""
        super().__init__(host, port, problem)
        self.host = host
        self.port = port
        self.problem = problem

    def __str__(self) -> str:
        """Say where it was looked for, and what helps."""
        return (
            f"the bus does not answer at {self.host} port {self.port} ({self.problem}): "
            "is the switch running?"
        )


class NobodyAnswers(SwitchError):
    """Says that no node has the call, or none is there."""

    def __init__(self, *, conversation: str | None, nodes: tuple[str, ...]) -> None:
        """Keep the call that was meant, if it was about one, and which nodes are up."""
        super().__init__(conversation, nodes)
        self.conversation = conversation
        self.nodes = nodes

    def __str__(self) -> str:
        """Say which of the two it is."""
        if not self.nodes:
            return "no node of the switch is up: is the switch running?"
        if self.conversation is None:
            return "no node of the switch has answered; it may have been done all the same"
        return (
            f"there is no call {self.conversation!r}, or it is over: "
            "softswitch transfers lists those that can be resumed"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bus:
    """Is where the broker is, and who we are to it."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(slots=True, kw_only=True)
class _Seen:
    """Is what is retained on the bus."""

    choices: dict[str, ChoiceRecord] = field(default_factory=dict)
    nodes: dict[str, bool] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)

    @property
    def up(self) -> tuple[str, ...]:
        """The nodes that are up."""
        return tuple(sorted(node for node, is_up in self.nodes.items() if is_up))

    def take(self, message: aiomqtt.Message) -> None:
        """Take a message; what is none of these, or cannot be read, is not ours to mend."""
        payload = bytes(message.payload)
        try:
            match topics.parse(message.topic.value):
                case topics.ChoiceTopic(conversation_id=conversation_id) if not payload:
                    self.choices.pop(conversation_id, None)
                case topics.ChoiceTopic(conversation_id=conversation_id):
                    self.choices[conversation_id] = codec.decode_choice(payload)
                case topics.PresenceTopic() if payload:
                    presence = codec.decode_presence(payload)
                    self.states[presence.rep] = presence.state
                case topics.StatusTopic(node=node):
                    _node, self.nodes[node] = codec.decode_status(payload)
                case _:
                    pass
        except MessageError:
            return


async def waiting(bus: Bus) -> list[ChoiceRecord]:
    """Return all that can be chosen now.

    What a node said that is not up any more is left out: its calls are gone.

    Raises:
        BusAway: the broker cannot be reached.
    """
    async with _connected(bus) as (client, own_topic):
        seen = await _look(client, own_topic, topics.CHOICE_FILTER, topics.STATUS_FILTER)
    return [choice for choice in seen.choices.values() if choice.node in seen.up]


async def nodes(bus: Bus) -> dict[str, bool]:
    """Return which nodes the bus knows of, and whether each is up.

    Raises:
        BusAway: the broker cannot be reached.
    """
    async with _connected(bus) as (client, own_topic):
        seen = await _look(client, own_topic, topics.STATUS_FILTER)
    return seen.nodes


async def states(bus: Bus, reps: Collection[str]) -> dict[str, str]:
    """Return what reps are doing, as their node said last; left out is of whom none has said it.

    Raises:
        BusAway: the broker cannot be reached.
    """
    async with _connected(bus) as (client, own_topic):
        seen = await _look(client, own_topic, *map(topics.presence, reps))
    return seen.states


async def ask(bus: Bus, command: Command) -> Answer:
    """Have a command carried out, and return what became of it.

    Raises:
        BusAway: the broker cannot be reached.
        NobodyAnswers: no node has that call.
    """
    async with _connected(bus) as (client, own_topic):
        seen = await _look(client, own_topic, topics.STATUS_FILTER)
        correlation = secrets.token_bytes(8)
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.ContentType = CONTENT_TYPE
        properties.ResponseTopic = own_topic
        properties.CorrelationData = correlation
        properties.MessageExpiryInterval = _EXPIRES_S
        payload = encode_command(command)
        await client.publish(topics.COMMAND, payload, qos=1, properties=properties)
        try:
            async with asyncio.timeout(_ANSWERED_WITHIN_S):
                return await _answer(client, own_topic, correlation)
        except TimeoutError:
            raise NobodyAnswers(conversation=conversation_of(command), nodes=seen.up) from None


@asynccontextmanager
async def _connected(bus: Bus) -> AsyncIterator[tuple[aiomqtt.Client, str]]:
    """Yield a connection, and a topic that nobody else knows and that it is subscribed to."""
    own_name = secrets.token_hex(8)
    own_topic = topics.answer(own_name)
    client = aiomqtt.Client(
        bus.host,
        bus.port,
        identifier=f"softswitch-asker-{own_name}",
        username=bus.username,
        password=bus.password,
        protocol=aiomqtt.ProtocolVersion.V5,
        socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        timeout=_CONNECTED_WITHIN_S,
    )
    try:
        async with client:
            await client.subscribe(own_topic, qos=1)
            yield client, own_topic
    except aiomqtt.MqttError as error:
        raise BusAway(host=bus.host, port=bus.port, problem=str(error)) from None


async def _look(client: aiomqtt.Client, own_topic: str, *filters: str) -> _Seen:
    """Return what is retained.

    The broker sends that before what is published after the subscription, so a message of our
    own tells when all has come.
    """
    seen = _Seen()
    for one in filters:
        await client.subscribe(one, qos=1)
    await client.publish(own_topic, b"", qos=1)
    try:
        async with asyncio.timeout(_CONNECTED_WITHIN_S):
            async for message in client.messages:
                if message.topic.value == own_topic:
                    break
                seen.take(message)
    except TimeoutError:
        raise aiomqtt.MqttError("it does not deliver") from None
    return seen


async def _answer(client: aiomqtt.Client, own_topic: str, correlation: bytes) -> Answer:
    """Return the first answer to our question; whatever else comes there is passed over."""
    async for message in client.messages:
        asked = getattr(message.properties, "CorrelationData", None)
        if message.topic.value == own_topic and asked == correlation:
            try:
                return decode_answer(bytes(message.payload))
            except MessageError as error:
                raise aiomqtt.MqttError(str(error)) from None
    raise AssertionError("a connection that ends raises")
