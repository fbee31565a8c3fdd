"""The publisher against a real broker."""

import asyncio
import json
import sys

import msgspec
import pytest

from switch.node.publisher import Publisher
from switch.records import codec, topics
from switch.records.errors import TopicError
from switch.records.security import SecurityEvent
from tests.contract.bus.conftest import PATIENCE_S, Broker, eventually, heard, listener
from tests.records.samples import customer, story

pytestmark = pytest.mark.contract


async def test_a_record_is_published_to_the_topic_of_its_leg(
    bus: Broker, publish: Publisher
) -> None:
    async with listener(bus, topics.LEG_FILTER) as client:
        await publish.publish_leg(customer())
        message = await heard(client)

    assert message.topic.value == "softswitch/v1/leg/conversation-1/leg-0"
    assert codec.decode(bytes(message.payload)) == customer()
    assert (message.qos, message.retain) == (1, False)
    assert message.properties is not None
    assert message.properties.ContentType == "application/cloudevents+json"  # type: ignore[attr-defined]


async def test_records_are_published_in_the_order_they_were_given(
    bus: Broker, publish: Publisher
) -> None:
    records = [customer(revision=number) for number in range(1, 200)]

    async with listener(bus, topics.LEG_FILTER) as client:
        for record in records:
            await publish.publish_leg(record)
        revisions = [codec.decode(bytes((await heard(client)).payload)).revision for _ in records]

    assert revisions == list(range(1, 200))
    assert await publish.flush(PATIENCE_S)
    assert publish.counts.published == 199
    assert publish.waiting == 0


async def test_presence_is_retained_and_only_the_newest(bus: Broker, publish: Publisher) -> None:
    await publish.publish_presence("alice", "registered")
    await publish.publish_presence("alice", "on_call")
    assert await publish.flush(PATIENCE_S)

    async with listener(bus, topics.PRESENCE_FILTER) as client:
        message = await heard(client)

    assert message.retain
    assert json.loads(bytes(message.payload))["data"] == {"rep": "alice", "state": "on_call"}


DENIED = SecurityEvent(rep="alice", limit="international", number="+442071838750")


async def test_what_was_denied_is_published_once_and_not_retained(
    bus: Broker, publish: Publisher
) -> None:
    topic = "softswitch/v1/node/node1/security"
    async with listener(bus, topic) as client:
        await publish.publish_security(DENIED)
        message = await heard(client)
        assert await publish.flush(PATIENCE_S)

    made = json.loads(bytes(message.payload))
    assert (made["type"], made["subject"]) == ("softswitch.security.v1", "alice")
    assert made["data"] == msgspec.to_builtins(DENIED)
    assert (message.topic.value, message.qos, message.retain) == (topic, 1, False)
    assert (publish.waiting, publish.counts.published) == (0, 1)


async def test_what_was_denied_waits_for_the_broker_and_for_room_as_records_do(
    bus: Broker,
) -> None:
    bus.stop()
    publisher = Publisher(node="node1", host=bus.host, port=bus.port, most_waiting=1)
    publisher.start()
    await publisher.publish_leg(customer())
    publishing = asyncio.create_task(publisher.publish_security(DENIED))
    await eventually(lambda: publisher.counts.held_back == 1)
    assert not publishing.done()
    bus.start()

    await asyncio.wait_for(publishing, PATIENCE_S)

    assert await publisher.flush(PATIENCE_S)
    assert publisher.counts.published == 2
    assert await publisher.stop() == 0


async def states(bus: Broker) -> str:
    async with listener(bus, topics.STATUS_FILTER) as client:
        message = await heard(client)
    return str(json.loads(bytes(message.payload))["data"]["state"])


async def test_a_node_is_up_while_it_runs_and_down_once_stopped(bus: Broker) -> None:
    publisher = Publisher(node="node1", host=bus.host, port=bus.port)
    publisher.start()
    await eventually(lambda: publisher.counts.connections == 1)
    assert await states(bus) == "up"

    assert await publisher.stop() == 0

    assert await states(bus) == "down"


async def test_a_node_that_dies_is_said_to_be_down_by_its_will(bus: Broker) -> None:
    program = f"""
import asyncio, os
from switch.node.publisher import Publisher
async def main():
    publisher = Publisher(node="node1", host="{bus.host}", port={bus.port})
    publisher.start()
    while not publisher.counts.connections:
        await asyncio.sleep(0.01)
    os._exit(9)
asyncio.run(main())
"""
    async with listener(bus, topics.STATUS_FILTER) as client:
        child = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
        said = [json.loads(bytes((await heard(client)).payload))["data"] for _ in range(2)]
        assert await child.wait() == 9

    assert [one["state"] for one in said] == ["up", "down"]


async def test_records_given_before_the_broker_is_there_are_published_once_it_is(
    bus: Broker,
) -> None:
    bus.stop()
    publisher = Publisher(node="node1", host=bus.host, port=bus.port)
    publisher.start()
    for record in story():
        await publisher.publish_leg(record)
    assert not await publisher.flush(0.05)

    bus.start()

    assert await publisher.flush(PATIENCE_S)
    assert publisher.counts.published == len(story())
    assert await publisher.stop() == 0


async def test_presence_is_said_again_to_a_broker_that_forgot_it(
    bus: Broker, publish: Publisher
) -> None:
    await publish.publish_presence("alice", "registered")
    assert await publish.flush(PATIENCE_S)

    bus.kill()  # what it had not written down is gone
    bus.start()

    async with listener(bus, topics.PRESENCE_FILTER) as client:
        assert json.loads(bytes((await heard(client)).payload))["data"]["rep"] == "alice"


async def test_a_full_queue_holds_back_who_publishes_and_drops_nothing(bus: Broker) -> None:
    bus.stop()
    publisher = Publisher(node="node1", host=bus.host, port=bus.port, most_waiting=3)
    publisher.start()
    stream = story()

    async def publish_all() -> None:
        for record in stream:
            await publisher.publish_leg(record)

    publishing = asyncio.create_task(publish_all())
    await eventually(lambda: publisher.counts.held_back == 1)
    assert publisher.waiting == 3
    bus.start()

    await asyncio.wait_for(publishing, PATIENCE_S)
    assert await publisher.flush(PATIENCE_S)
    assert publisher.counts.published == len(stream)
    assert await publisher.stop() == 0


async def test_what_could_not_be_published_is_counted_when_the_node_stops(bus: Broker) -> None:
    bus.stop()
    publisher = Publisher(node="node1", host=bus.host, port=bus.port)
    publisher.start()
    await publisher.publish_leg(customer())

    assert await publisher.stop(timeout_s=0.1) == 1


async def test_an_id_that_no_topic_can_hold_is_refused_at_once(publish: Publisher) -> None:
    with pytest.raises(TopicError):
        await publish.publish_leg(msgspec.structs.replace(customer(), leg_id="a/b"))
    with pytest.raises(TopicError):
        await publish.publish_presence("a/b", "registered")

    assert publish.waiting == 0
