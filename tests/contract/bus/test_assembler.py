"""The desk's assembler against a real broker, alone and with a real publisher."""

import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from switch.desk.assembler import Assembler
from switch.desk.ports import ThreadStore
from switch.desk.store import make_store
from switch.records import codec, topics
from switch.threads.thread import fold
from switch.threads.view import view
from tests.contract.bus.conftest import PATIENCE_S, Broker, Desk, Voice, eventually, listener
from tests.desk.fakes import MemoryStore
from tests.records.samples import at, customer, story

pytestmark = pytest.mark.contract

MakeDesk = Callable[[ThreadStore], Awaitable[Desk]]


def total(assembler: Assembler) -> int:
    counts = assembler.counts
    return counts.news + counts.repetitions + counts.refused.total()


async def test_a_published_conversation_is_a_stored_thread(
    publish: Voice, make_desk: MakeDesk, tmp_path: Path
) -> None:
    store = make_store(tmp_path / "threads.sqlite")
    desk = await make_desk(store)

    for record in story():
        await publish.publish_leg(record)

    await eventually(lambda: desk.assembler.counts.news == len(story()))
    assert store.get("conversation-1") == view(fold(story()))
    await desk.stop()
    store.close()


async def test_bad_messages_are_counted_and_harm_nothing(
    bus: Broker, publish: Voice, make_desk: MakeDesk
) -> None:
    store = MemoryStore()
    desk = await make_desk(store)
    good = codec.encode(customer(), node="node1", at=at(0))

    async with listener(bus, "nothing") as stranger:
        leg_topic = topics.leg("conversation-1", "leg-0")
        await stranger.publish(leg_topic, good[:-9], qos=1)
        await stranger.publish(leg_topic, None, qos=1)
        await stranger.publish(leg_topic, b"\xff\x00", qos=1)
        await stranger.publish(leg_topic, b'{"hello": "world"}', qos=1)
        await stranger.publish(leg_topic, good.replace(b"leg.v1", b"leg.v9"), qos=1)
        await stranger.publish(leg_topic, good.replace(b'"offered"', b'"lost"'), qos=1)
        await stranger.publish(topics.leg("conversation-1", "leg-7"), good, qos=1)
    await publish.publish_leg(customer())

    await eventually(lambda: total(desk.assembler) == 8)
    assert desk.assembler.counts.refused == {
        "unreadable": 3,
        "foreign": 2,
        "newer_version": 1,
        "invalid": 1,
    }
    assert list(store.threads) == ["conversation-1"]
    assert len(store.letters(limit=99)) == 7
    assert {letter.payload for letter in store.letters(limit=99)} >= {b"", b"\xff\x00"}


async def test_shuffled_and_repeated_records_make_the_same_thread(
    publish: Voice, make_desk: MakeDesk
) -> None:
    store = MemoryStore()
    desk = await make_desk(store)
    stream = story() * 3
    random.Random(7).shuffle(stream)

    for record in stream:
        await publish.publish_leg(record)

    await eventually(lambda: total(desk.assembler) == len(stream))
    assert store.get("conversation-1") == view(fold(story()))


async def test_what_is_published_while_the_desk_is_away_is_there_when_it_is_back(
    publish: Voice, make_desk: MakeDesk
) -> None:
    store = MemoryStore()
    desk = await make_desk(store)
    await desk.stop()
    many = [
        msgspec.structs.replace(record, conversation_id=f"c{number}")
        for number in range(100)  # more than the 1000 messages mosquitto keeps by default
        for record in story()
    ]

    for record in many:
        await publish.publish_leg(record)
    assert await publish.flush(PATIENCE_S)
    await desk.start()

    await eventually(lambda: desk.assembler.counts.news == len(many))
    assert len(store.threads) == 100


async def test_what_the_broker_keeps_for_an_absent_desk_survives_the_broker(
    bus: Broker, publish: Voice, make_desk: MakeDesk
) -> None:
    store = MemoryStore()
    desk = await make_desk(store)
    await desk.stop()
    for record in story():
        await publish.publish_leg(record)
    assert await publish.flush(PATIENCE_S)

    bus.stop()
    bus.start()
    await desk.start()

    await eventually(lambda: desk.assembler.counts.news == len(story()))
    assert store.get("conversation-1") == view(fold(story()))


async def test_a_broker_that_restarts_in_the_middle_loses_nothing(
    bus: Broker, publish: Voice, make_desk: MakeDesk
) -> None:
    store = MemoryStore()
    desk = await make_desk(store)
    stream = story(["alice", "saul"] * 20, [1.0] * 40)

    third = len(stream) // 3

    for record in stream[:third]:
        await publish.publish_leg(record)
    await eventually(lambda: publish.counts.published > 0)
    bus.stop()
    for record in stream[third : 2 * third]:
        await publish.publish_leg(record)
    bus.start()
    for record in stream[2 * third :]:
        await publish.publish_leg(record)

    await eventually(lambda: store.newest(limit=1) == (view(fold(stream)),))
    assert desk.assembler.counts.connections == 2
    assert publish.counts.connections == 2


async def test_after_a_broker_was_killed_publisher_and_desk_carry_on(
    bus: Broker, publish: Voice, make_desk: MakeDesk
) -> None:
    store = MemoryStore()
    desk = await make_desk(store)
    stream = story()
    middle = len(stream) // 2
    for record in stream[:middle]:
        await publish.publish_leg(record)
    await eventually(lambda: desk.assembler.counts.news == middle)

    # So soon it has not even written down that the desk subscribes: what comes
    # before the desk is back would be heard by nobody.
    bus.kill()
    bus.start()
    await eventually(lambda: desk.assembler.counts.connections == 2)
    for record in stream[middle:]:
        await publish.publish_leg(record)

    await eventually(lambda: store.newest(limit=1) == (view(fold(stream)),))


async def test_a_desk_that_is_stopped_stores_what_it_was_given(
    publish: Voice, make_desk: MakeDesk, tmp_path: Path
) -> None:
    store = make_store(tmp_path / "threads.sqlite")
    desk = await make_desk(store)
    many = [
        msgspec.structs.replace(record, conversation_id=f"c{number}")
        for number in range(50)
        for record in story()
    ]

    for record in many:
        await publish.publish_leg(record)
    assert await publish.flush(PATIENCE_S)
    await desk.stop()  # in the middle of it: some are stored, some read, some not sent yet
    await desk.start()

    await eventually(lambda: desk.assembler.counts.news == len(many))
    assert desk.assembler.counts.repetitions < len(many)
    await desk.stop()
    store.close()
