"""What transferors can choose, retained on a real broker: only what is so now."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from switch.records import codec, topics
from switch.records.errors import TopicError
from tests.contract.bus.conftest import PATIENCE_S, Broker, Voice, heard, listener
from tests.records.samples import at, customer
from tests.records.test_choice import DECLINED, record

pytestmark = pytest.mark.contract

MARK = "a/mark"


async def retained(bus: Broker, topic_filter: str = topics.CHOICE_FILTER) -> dict[str, bytes]:
    """Return what is retained there now."""
    found = {}
    async with listener(bus, MARK) as client:
        await client.subscribe(topic_filter, qos=1)
        await client.publish(MARK, b"", qos=1)
        while (message := await heard(client)).topic.value != MARK:
            found[message.topic.value] = bytes(message.payload)
    return found


async def leave_behind(bus: Broker, topic: str, payload: bytes) -> None:
    """Let something be retained, as by a node that was killed."""
    async with listener(bus, MARK) as client:
        await client.publish(topic, payload, qos=1, retain=True)


async def test_a_choice_is_retained_and_only_the_newest(bus: Broker, publish: Voice) -> None:
    ringing = msgspec.structs.replace(DECLINED, state="ringing", outcome="pending")
    publish.publish_choice("conversation-1", ringing)
    publish.publish_choice("conversation-1", DECLINED)
    assert await publish.flush(PATIENCE_S)

    found = await retained(bus)

    assert list(found) == ["softswitch/v1/choice/conversation-1"]
    assert codec.decode_choice(found["softswitch/v1/choice/conversation-1"]) == record()


async def test_when_nothing_can_be_chosen_any_more_nothing_is_retained(
    bus: Broker, publish: Voice
) -> None:
    async with listener(bus, topics.CHOICE_FILTER) as client:
        publish.publish_choice("conversation-1", DECLINED)
        assert (await heard(client)).payload != b""
        publish.publish_choice("conversation-1", None)
        assert (await heard(client)).payload == b""

    assert await publish.flush(PATIENCE_S)
    assert await retained(bus) == {}


async def test_choices_are_said_again_to_a_broker_that_forgot_them(
    bus: Broker, publish: Voice
) -> None:
    publish.publish_choice("conversation-1", DECLINED)
    assert await publish.flush(PATIENCE_S)

    bus.kill()
    bus.start()

    async with listener(bus, topics.CHOICE_FILTER) as client:
        assert codec.decode_choice(bytes((await heard(client)).payload)) == record()


async def test_what_a_node_of_the_same_name_left_behind_vanishes_when_it_is_back(
    bus: Broker, tmp_path: Path
) -> None:
    other = msgspec.structs.replace(record(), node="node2", conversation_id="conversation-3")
    gone = msgspec.structs.replace(record(), conversation_id="conversation-2")
    for one in (record(), gone, other):
        payload = codec.encode_choice(one, at=at(1))
        await leave_behind(bus, topics.choice(one.conversation_id), payload)
    await leave_behind(bus, topics.choice("conversation-4"), b"not ours")
    publisher = Voice(bus, tmp_path / "node.sqlite")
    publisher.publish_choice("conversation-1", DECLINED)

    async with listener(bus, topics.choice("conversation-2")) as client:
        assert (await heard(client)).payload != b""
        publisher.start()
        assert (await heard(client)).payload == b""

    assert await publisher.flush(PATIENCE_S)
    await publisher.publish_leg(customer())
    assert await publisher.flush(PATIENCE_S)
    assert await publisher.stop()
    assert {one.rpartition("-")[2] for one in await retained(bus)} == {"1", "3", "4"}


async def test_an_id_that_no_topic_can_hold_is_refused_at_once(publish: Voice) -> None:
    with pytest.raises(TopicError):
        publish.publish_choice("a/b", None)
