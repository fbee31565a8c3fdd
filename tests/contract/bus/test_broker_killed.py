"""A broker that is killed forgets what it had confirmed: it reaches the store all the same."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from switch.desk.ports import ThreadStore
from switch.records import stored, topics
from tests.contract.bus.conftest import Broker, Desk, Voice, eventually, heard, listener
from tests.desk.fakes import MemoryStore
from tests.records.samples import story

pytestmark = pytest.mark.contract

MakeDesk = Callable[[ThreadStore], Awaitable[Desk]]
CONVERSATIONS = 150
KILLS = 6


async def publish_stories(publisher: Voice, first: int, last: int) -> None:
    """Publish the records of conversations, as fast as the node makes them in a storm of calls."""
    for number in range(first, last):
        for record in story():
            await publisher.publish_leg(
                msgspec.structs.replace(
                    record,
                    conversation_id=f"c{number}",
                    leg_id=f"c{number}-{record.leg_id}",
                )
            )
        await asyncio.sleep(0.005)


def lost(store: MemoryStore) -> int:
    """Return how many legs are not known as they are in the end."""
    legs = {one.leg_id: one.revision for one in story()}
    known = {
        (record.leg_id, record.revision)
        for thread in store.threads.values()
        for record in thread.records
    }
    return sum(
        (f"c{number}-{leg_id}", revision) not in known
        for number in range(CONVERSATIONS)
        for leg_id, revision in legs.items()
    )


async def test_nothing_is_lost_however_often_it_is_killed(
    bus: Broker, publish: Voice, make_desk: MakeDesk
) -> None:
    store = MemoryStore()
    await make_desk(store)
    publishing = asyncio.create_task(publish_stories(publish, 0, CONVERSATIONS))

    for _ in range(KILLS):
        await asyncio.sleep(random.uniform(0.05, 0.4))
        bus.kill()
        bus.start()
    await publishing

    await eventually(lambda: publish.resending.stored_through == publish.journal.last_seq)
    print(  # noqa: T201
        f"{KILLS} kills, {publish.journal.last_seq} records, "
        f"{publish.resending.repeated} sent again, {lost(store)} lost"
    )
    assert lost(store) == 0


async def test_what_waited_for_a_desk_is_not_lost_with_the_broker(
    bus: Broker, publish: Voice, make_desk: MakeDesk
) -> None:
    """Confirmed to the node, not yet given to the desk, and not yet on the broker's disk."""
    store = MemoryStore()
    desk = await make_desk(store)
    await desk.stop()
    await publish_stories(publish, 0, 20)
    await eventually(lambda: publish.counts.published == publish.journal.last_seq)

    bus.kill()
    bus.start()
    await desk.start()

    await eventually(lambda: publish.resending.stored_through == publish.journal.last_seq)


async def test_a_desk_whom_the_broker_does_not_know_any_more_gets_what_it_missed(
    bus: Broker, publish: Voice, make_desk: MakeDesk
) -> None:
    """The node was connected first, and published to nobody."""
    await publish_stories(publish, 0, 20)
    await eventually(lambda: publish.counts.published == publish.journal.last_seq)

    await make_desk(MemoryStore())

    await eventually(lambda: publish.resending.stored_through == publish.journal.last_seq)


async def test_the_next_node_knows_what_is_stored(
    bus: Broker, publish: Voice, make_desk: MakeDesk, tmp_path: Path
) -> None:
    await make_desk(MemoryStore())
    await publish_stories(publish, 0, 20)
    await eventually(lambda: publish.resending.stored_through == publish.journal.last_seq > 0)
    await publish.stop()

    again = Voice(bus, tmp_path / "node.sqlite")
    again.start()
    try:
        await publish_stories(again, 20, 21)
        await eventually(lambda: again.resending.stored_through == again.journal.last_seq)
        assert again.resending.repeated == 0
    finally:
        await again.stop()


async def test_what_is_no_word_of_a_desk_is_left_out(bus: Broker, publish: Voice) -> None:
    await publish_stories(publish, 0, 1)
    await eventually(lambda: publish.counts.published == publish.journal.last_seq)
    async with listener(bus, topics.stored("node1")) as somebody:
        for payload in (b"rubbish", b"{}", stored.encode([2**40])):
            await somebody.publish(topics.stored("node1"), payload, qos=1)
            await heard(somebody)
        await somebody.publish(topics.stored("node1"), stored.encode([1]), qos=1)

        await eventually(lambda: publish.resending.stored_through == 1)


async def test_a_desk_answers_at_no_other_topic(
    bus: Broker, publish: Voice, make_desk: MakeDesk
) -> None:
    """Who publishes a record names the topic."""
    await make_desk(MemoryStore())
    async with listener(bus, "#") as somebody:
        record = story()[0]
        message = publish.leg(record)
        for topic in ("softswitch/v1/command", "softswitch/v1/stored/a/b", ""):
            properties = _answerable(topic)
            await somebody.publish(message.topic, message.payload, qos=1, properties=properties)
        await somebody.publish(
            message.topic, message.payload, qos=1, properties=_answerable("softswitch/v1/stored/x")
        )

        told: list[str] = []
        while not told or not told[-1].startswith("softswitch/v1/stored"):
            told.append((await heard(somebody)).topic.value)
        assert [topic for topic in told if "/leg/" not in topic and "/node/" not in topic] == [
            "softswitch/v1/stored/x"
        ]


def _answerable(topic: str) -> Properties:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    if topic:
        properties.ResponseTopic = topic
    properties.CorrelationData = b"7"
    return properties
