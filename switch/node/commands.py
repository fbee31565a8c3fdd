"""Hears what is asked of the switch over the bus, has it done, and answers.

Rules of this file:

* Whoever can publish there is obeyed; what he publishes is not trusted. It is bounded in size and
  in number, decoded before anything else, and answered where answers may go and nowhere else.
* A command is about a call as it is now: one that was retained, or that waited for us while the
  broker was away, is not obeyed.
* No call waits for any of this.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, NoReturn

import aiomqtt
import structlog
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from switch.node.bus import Broker, make_client, of_type
from switch.records import topics
from switch.records.commands import (
    CONTENT_TYPE,
    Answer,
    Command,
    decode_command,
    encode_answer,
)
from switch.records.errors import MessageError

_LOG = structlog.get_logger()
_BAD_REQUEST: Final = 400
_SERVICE_UNAVAILABLE: Final = 503
_MOST_AT_ONCE: Final = 50
"""Each waits for a worker; more than so many at a time is nothing that people type."""
_LONGEST_CORRELATION_BYTES: Final = 256
_LONGEST_PACKET_BYTES: Final = 64 * 1024
"""The broker keeps a longer one to itself."""
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 5.0

Handle = Callable[[Command], Awaitable[Answer | None]]
"""Does what is asked; ``None``: it is about no call of ours, and another node may answer."""


@dataclass(slots=True, kw_only=True)
class Counts:
    """What was asked since the node started."""

    answered: Counter[int] = field(default_factory=Counter)
    """Commands about our calls, by the status of their answer."""
    refused: Counter[str] = field(default_factory=Counter)
    """Messages that were not obeyed, by what was wrong with them."""
    connections: int = 0
    """How often the broker was reached, and is listened to since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asker:
    """Is who asked: where to answer, and what he knows the question by."""

    topic: str | None
    correlation: bytes | None


class Commands:
    """The node's ear on the bus; the node runs it beside everything else."""

    def __init__(self, broker: Broker, *, node: str, handle: Handle) -> None:
        """Keep where the broker is and who does what is asked.

        Args:
            broker: where commands come from.
            node: the node's name.
            handle: is given each command.
        """
        self._broker = broker
        self._identifier = f"softswitch-node-{node}-commands"
        self._handle = handle
        self._doing: set[asyncio.Task[None]] = set()
        self.counts = Counts()

    async def run(self) -> NoReturn:
        """Listen for ever; connect again whenever the broker is gone."""
        pause_s = _FIRST_PAUSE_S
        while True:
            connections = self.counts.connections
            try:
                await self._listen()
            except aiomqtt.MqttError as error:
                if self.counts.connections > connections:
                    pause_s = _FIRST_PAUSE_S
                _LOG.warning("commands.broker_away", problem=str(error), again_in_s=pause_s)
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _listen(self) -> None:
        """Take commands over one connection, until it breaks."""
        limits = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        limits.MaximumPacketSize = _LONGEST_PACKET_BYTES
        async with make_client(self._broker, self._identifier, properties=limits) as client:
            only_new = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
            await client.subscribe(topics.COMMAND, options=only_new)
            self.counts.connections += 1
            _LOG.info("commands.heard", host=self._broker.host, port=self._broker.port)
            async for message in client.messages:
                self._take(client, message)

    def _take(self, client: aiomqtt.Client, message: aiomqtt.Message) -> None:
        """Begin to do what a message asks."""
        asker = _asker_of(message)
        if asker is None:
            self._refuse("asker", "it is to be answered where no answers may go")
            return
        if message.retain:
            self._refuse("retained", "it is retained; ask for what is to be done now")
            return
        if len(self._doing) >= _MOST_AT_ONCE:
            problem = "too many commands at once"
            self._refuse("too_many", problem)
            if len(self._doing) >= 2 * _MOST_AT_ONCE:  # not even room to say so
                return
            answering = self._answer(
                client, asker, Answer(status=_SERVICE_UNAVAILABLE, problem=problem)
            )
        else:
            answering = self._do(client, asker, bytes(message.payload))
        doing = asyncio.create_task(answering)
        self._doing.add(doing)
        doing.add_done_callback(self._done)

    async def _do(self, client: aiomqtt.Client, asker: _Asker, payload: bytes) -> None:
        try:
            command = decode_command(payload)
        except MessageError as error:
            self._refuse(error.slug, str(error))
            await self._answer(client, asker, Answer(status=_BAD_REQUEST, problem=str(error)))
            return
        answer = await self._handle(command)
        if answer is None:
            return
        self.counts.answered[answer.status] += 1
        _LOG.info(
            "command",
            command=type(command).__struct_config__.tag,
            rep=command.rep,
            conversation=answer.conversation,
            status=answer.status,
        )
        await self._answer(client, asker, answer)

    async def _answer(self, client: aiomqtt.Client, asker: _Asker, answer: Answer) -> None:
        if asker.topic is None:
            return
        properties = of_type(CONTENT_TYPE)
        if asker.correlation is not None:
            properties.CorrelationData = asker.correlation
        try:
            await client.publish(asker.topic, encode_answer(answer), qos=1, properties=properties)
        except aiomqtt.MqttError as error:
            _LOG.warning("command.not_answered", problem=str(error))

    def _refuse(self, kind: str, problem: str) -> None:
        """Count what is not obeyed, and log it."""
        self.counts.refused[kind] = count = self.counts.refused[kind] + 1
        if count.bit_count() == 1:  # the 1st, 2nd, 4th...: a flood of them is none of log lines
            _LOG.warning("command.refused", kind=kind, problem=problem, count=count)

    def _done(self, doing: asyncio.Task[None]) -> None:
        self._doing.discard(doing)
        if not doing.cancelled() and (error := doing.exception()) is not None:
            # Ours; the asker hears nothing, and everything else goes on.
            _LOG.error("command.failed", exc_info=error)


def _asker_of(message: aiomqtt.Message) -> _Asker | None:
    """Return who asked; None if he may not be answered where he wants it."""
    topic = getattr(message.properties, "ResponseTopic", None)
    correlation = getattr(message.properties, "CorrelationData", None)
    if topic is not None and not topics.may_be_answered(topic):
        return None
    if correlation is not None and len(correlation) > _LONGEST_CORRELATION_BYTES:
        return None
    return _Asker(topic=topic, correlation=correlation)
