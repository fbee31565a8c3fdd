"""What is asked of the switch over a real broker, by whoever can publish there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from switch.node import commands as hearing
from switch.node.bus import Broker as Bus
from switch.node.commands import Commands
from switch.records import topics
from switch.records.commands import Answer, Command, ResumeCommand
from tests.contract.bus.conftest import Broker, eventually, heard, listener

pytestmark = pytest.mark.contract

MINE = topics.answer("me")
RESUME = b'{"command": "resume", "conversation": "c1"}'


class Node:
    """Whoever carries commands out."""

    def __init__(self) -> None:
        self.asked: list[Command] = []
        self.answer: Answer | None = Answer(status=200, conversation="c1")
        self.hold = asyncio.Event()
        self.hold.set()
        self.fault: Exception | None = None

    async def handle(self, command: Command) -> Answer | None:
        self.asked.append(command)
        await self.hold.wait()
        if self.fault is not None:
            raise self.fault
        return self.answer


@asynccontextmanager
async def listening(bus: Broker, node: Node, name: str = "node1") -> AsyncIterator[Commands]:
    commands = Commands(Bus(host=bus.host, port=bus.port), node=name, handle=node.handle)
    running = asyncio.create_task(commands.run())
    try:
        await eventually(lambda: commands.counts.connections == 1)
        yield commands
    finally:
        running.cancel()
        await asyncio.wait({running})


async def ask(
    client: aiomqtt.Client,
    payload: bytes = RESUME,
    *,
    answer_to: str | None = MINE,
    correlation: bytes | None = b"7",
    retain: bool = False,
) -> None:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    if answer_to is not None:
        properties.ResponseTopic = answer_to
    if correlation is not None:
        properties.CorrelationData = correlation
    await client.publish(topics.COMMAND, payload, qos=1, retain=retain, properties=properties)


async def answered(client: aiomqtt.Client) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(bytes((await heard(client)).payload))
    return answer


async def test_a_command_is_carried_out_and_answered_to_whoever_asked(bus: Broker) -> None:
    node = Node()
    async with listening(bus, node) as commands, listener(bus, MINE) as client:
        await ask(client)
        message = await heard(client)

        assert node.asked == [ResumeCommand(conversation="c1")]
        assert json.loads(bytes(message.payload)) == {"status": 200, "conversation": "c1"}
        assert message.retain is False
        properties = message.properties
        assert getattr(properties, "CorrelationData", None) == b"7"
        assert getattr(properties, "ContentType", None) == "application/json"
        assert commands.counts.answered == {200: 1}


async def test_who_wants_no_answer_gets_none(bus: Broker) -> None:
    node = Node()
    async with listening(bus, node), listener(bus, "#") as client:
        await ask(client, answer_to=None, correlation=None)
        await ask(client, correlation=None)

        seen = [(await heard(client)).topic.value for _ in range(3)]

        assert sorted(seen) == sorted([topics.COMMAND, topics.COMMAND, MINE])


async def test_the_node_that_has_the_call_answers_and_the_others_are_silent(bus: Broker) -> None:
    one, other = Node(), Node()
    other.answer = None
    async with (
        listening(bus, one),
        listening(bus, other, "node2") as silent,
        listener(bus, MINE) as client,
    ):
        await ask(client)
        await eventually(lambda: len(other.asked) == 1)
        await ask(client, b"{}")

        answers = [await answered(client) for _ in range(3)]

        assert sorted(answer["status"] for answer in answers) == [200, 400, 400]
        assert silent.counts.answered == {}


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        (b"", "no JSON in these 0 bytes"),
        (b"\xff\xfe", "no JSON in these 2 bytes"),
        (b"[]", "not an object with the fields of a command"),
        (
            b'{"command": "hang_up"}',
            "`command` is neither transfer, resume, record, hangup, hold, mute, call nor presence",
        ),
        (b'{"command": "resume"}', "`conversation` is missing"),
        (RESUME.ljust(5000), "5000 bytes; a command has 4096 at most"),
    ],
)
async def test_what_is_no_command_is_answered_with_what_is_wrong(
    bus: Broker, payload: bytes, problem: str
) -> None:
    node = Node()
    async with listening(bus, node) as commands, listener(bus, MINE) as client:
        await ask(client, payload)

        assert await answered(client) == {"status": 400, "problem": problem}
        assert node.asked == []
        assert commands.counts.refused.total() == 1


async def test_a_message_of_a_megabyte_does_not_even_come(bus: Broker) -> None:
    node = Node()
    async with listening(bus, node) as commands, listener(bus, MINE) as client:
        await ask(client, RESUME.ljust(1_000_000))
        await ask(client)

        assert (await answered(client))["status"] == 200
        assert commands.counts.refused == {}


@pytest.mark.parametrize(
    ("answer_to", "correlation"),
    [
        (topics.presence("alice"), b"7"),
        (topics.COMMAND, b"7"),
        ("a" * 300, b"7"),
        (MINE, b"7" * 300),
    ],
)
async def test_an_answer_goes_nowhere_where_records_are(
    bus: Broker, answer_to: str, correlation: bytes
) -> None:
    node = Node()
    async with listening(bus, node) as commands, listener(bus, MINE) as client:
        await ask(client, answer_to=answer_to, correlation=correlation)
        await ask(client)

        assert (await answered(client))["status"] == 200
        assert len(node.asked) == 1
        assert commands.counts.refused == {"asker": 1}


async def test_a_command_that_was_retained_is_not_carried_out_again_and_again(
    bus: Broker,
) -> None:
    node = Node()
    async with listener(bus, MINE) as client:
        await ask(client, retain=True)
        async with listening(bus, node):
            await ask(client, b'{"command": "resume", "conversation": "c2"}')
            await answered(client)

    assert node.asked == [ResumeCommand(conversation="c2")]


async def test_a_node_listens_again_when_the_broker_is_back(bus: Broker) -> None:
    node = Node()
    async with listening(bus, node) as commands:
        bus.kill()
        bus.start()
        await eventually(lambda: commands.counts.connections == 2)

        async with listener(bus, MINE) as client:
            await ask(client)
            assert (await answered(client))["status"] == 200


async def test_a_broker_that_goes_away_before_the_answer_harms_nothing(bus: Broker) -> None:
    node = Node()
    node.hold.clear()
    async with listening(bus, node) as commands:
        async with listener(bus, MINE) as client:
            await ask(client)
            await eventually(lambda: len(node.asked) == 1)
        bus.kill()
        node.hold.set()
        await eventually(lambda: commands.counts.answered == {200: 1})
        bus.start()
        await eventually(lambda: commands.counts.connections == 2)


async def test_too_many_at_once_are_told_to_come_again(
    bus: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "_MOST_AT_ONCE", 2)
    node = Node()
    node.hold.clear()
    async with listening(bus, node) as commands, listener(bus, MINE) as client:
        for _ in range(3):
            await ask(client)

        assert await answered(client) == {"status": 503, "problem": "too many commands at once"}
        node.hold.set()
        assert [(await answered(client))["status"] for _ in range(2)] == [200, 200]
        await ask(client)
        assert (await answered(client))["status"] == 200
        assert commands.counts.refused == {"too_many": 1}


async def test_a_fault_of_ours_is_of_one_command_only(bus: Broker) -> None:
    node = Node()
    node.fault = RuntimeError("a fault of ours")
    async with listening(bus, node) as commands, listener(bus, MINE) as client:
        await ask(client)
        await eventually(lambda: len(node.asked) == 1)
        node.fault = None
        await ask(client)

        assert (await answered(client))["status"] == 200
        assert commands.counts.answered == {200: 1}
