"""The publisher against a real broker."""

import asyncio
import json
import sys
import tracemalloc
from functools import partial
from pathlib import Path

import msgspec
import pytest

from switch.node.ledger import Ledger
from switch.records import codec, topics
from switch.records.codec import PresenceData
from switch.records.errors import TopicError
from switch.records.security import SecurityEvent
from tests.contract.bus.conftest import PATIENCE_S, Broker, Voice, eventually, heard, listener
from tests.records.samples import customer, story

pytestmark = pytest.mark.contract


async def test_a_record_is_published_to_the_topic_of_its_leg(bus: Broker, publish: Voice) -> None:
    async with listener(bus, topics.LEG_FILTER) as client:
        await publish.publish_leg(customer())
        message = await heard(client)

    assert message.topic.value == "softswitch/v1/leg/conversation-1/leg-0"
    assert codec.decode(bytes(message.payload)) == customer()
    assert (message.qos, message.retain) == (1, False)
    assert message.properties is not None
    assert message.properties.ContentType == "application/cloudevents+json"  # type: ignore[attr-defined]


async def test_records_are_published_in_the_order_they_were_given(
    bus: Broker, publish: Voice
) -> None:
    records = [customer(revision=number) for number in range(1, 200)]

    async with listener(bus, topics.LEG_FILTER) as client:
        for record in records:
            await publish.publish_leg(record)
        revisions = [codec.decode(bytes((await heard(client)).payload)).revision for _ in records]

    assert revisions == list(range(1, 200))
    assert await publish.flush(PATIENCE_S)
    assert publish.counts.published == 199


async def test_presence_is_retained_and_only_the_newest(bus: Broker, publish: Voice) -> None:
    publish.publish_presence(PresenceData(rep="alice", state="registered"))
    publish.publish_presence(PresenceData(rep="alice", state="on_call"))
    assert await publish.flush(PATIENCE_S)

    async with listener(bus, topics.PRESENCE_FILTER) as client:
        message = await heard(client)

    assert message.retain
    assert json.loads(bytes(message.payload))["data"] == {"rep": "alice", "state": "on_call"}


DENIED = SecurityEvent(rep="alice", limit="international", number="+442071838750")


async def test_what_was_denied_is_published_once_and_not_retained(
    bus: Broker, publish: Voice
) -> None:
    topic = "softswitch/v1/node/node1/security"
    async with listener(bus, topic) as client:
        publish.journal.note(publish.security(DENIED))
        message = await heard(client)
        assert await publish.flush(PATIENCE_S)

    made = json.loads(bytes(message.payload))
    assert (made["type"], made["subject"]) == ("softswitch.security.v1", "alice")
    assert made["data"] == msgspec.to_builtins(DENIED)
    assert (message.topic.value, message.qos, message.retain) == (topic, 1, False)
    assert publish.counts.published == 1


async def states(bus: Broker) -> str:
    async with listener(bus, topics.STATUS_FILTER) as client:
        message = await heard(client)
    return str(json.loads(bytes(message.payload))["data"]["state"])


async def test_a_node_is_up_while_it_runs_and_down_once_stopped(
    bus: Broker, tmp_path: Path
) -> None:
    publisher = Voice(bus, tmp_path / "node.sqlite")
    publisher.start()
    await eventually(lambda: publisher.counts.connections == 1)
    assert await states(bus) == "up"

    assert await publisher.stop()

    assert await states(bus) == "down"


async def test_a_node_that_dies_is_said_to_be_down_by_its_will(bus: Broker, tmp_path: Path) -> None:
    program = f"""
import asyncio, os
from pathlib import Path
from switch.node.bus import Broker
from switch.node.journal import Journal
from switch.node.ledger import Ledger
from switch.node.publisher import Publisher
async def main():
    journal = Journal(Ledger.open(Path("{tmp_path}/node.sqlite")))
    broker = Broker(host="{bus.host}", port={bus.port})
    publisher = Publisher(journal, node="node1", broker=broker)
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
    bus: Broker, tmp_path: Path
) -> None:
    bus.stop()
    publisher = Voice(bus, tmp_path / "node.sqlite")
    publisher.start()
    for record in story():
        await publisher.publish_leg(record)
    assert not await publisher.flush(0.05)

    bus.start()

    assert await publisher.flush(PATIENCE_S)
    assert publisher.counts.published == len(story())
    assert await publisher.stop()


async def test_presence_is_said_again_to_a_broker_that_forgot_it(
    bus: Broker, publish: Voice
) -> None:
    publish.publish_presence(PresenceData(rep="alice", state="registered"))
    assert await publish.flush(PATIENCE_S)

    bus.kill()  # what it had not written down is gone
    bus.start()

    async with listener(bus, topics.PRESENCE_FILTER) as client:
        assert json.loads(bytes((await heard(client)).payload))["data"]["rep"] == "alice"


async def test_what_could_not_be_published_is_by_the_next_node(bus: Broker, tmp_path: Path) -> None:
    bus.stop()
    publisher = Voice(bus, tmp_path / "node.sqlite")
    publisher.start()
    for record in story():
        await publisher.publish_leg(record)
    assert not await publisher.stop(timeout_s=0.1)
    bus.start()

    async with listener(bus, topics.LEG_FILTER) as client:
        following = Voice(bus, tmp_path / "node.sqlite")
        following.start()
        records = [codec.decode(bytes((await heard(client)).payload)) for _ in story()]

    assert records == story()
    assert await following.stop()
    assert following.counts.published == len(story())


async def test_each_leg_keeps_its_order_however_often_the_broker_dies(
    bus: Broker, publish: Voice
) -> None:
    last: dict[str, int] = {}
    for round_ in range(3):
        before = publish.counts.published
        for number in range(1, 101):
            for leg in ("leg-0", "leg-1"):
                record = customer(leg_id=leg, revision=100 * round_ + number)
                await publish.publish_leg(record)
        await eventually(partial(lambda seen: publish.counts.published > seen, before))
        bus.kill()
        bus.start()
    async with listener(bus, topics.LEG_FILTER) as client:
        await publish.publish_leg(customer(revision=1000))
        while last.get("leg-0") != 1000:
            record = codec.decode(bytes((await heard(client)).payload))
            assert record.revision >= last.get(record.leg_id, 0)
            last[record.leg_id] = record.revision

    assert await publish.flush(PATIENCE_S)
    assert publish.counts.published >= 601


async def test_a_broker_that_is_away_costs_no_memory(bus: Broker, tmp_path: Path) -> None:
    bus.stop()
    publisher = Voice(bus, tmp_path / "node.sqlite")
    publisher.start()
    record = customer()
    payload_bytes = len(publisher.leg(record).payload)

    async def note(count: int) -> None:
        for number in range(1, count + 1):
            note = publisher.journal.note(publisher.leg(customer(revision=number)))
            if number % 1000 == 0:
                await note

    await note(1000)
    tracemalloc.start()
    await note(20_000)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 20_000 * payload_bytes / 4
    bus.start()
    assert await publisher.flush(PATIENCE_S)
    assert publisher.counts.published == 21_000
    assert await publisher.stop()


@pytest.mark.parametrize("limit", ["max_packet_size 5000", "message_size_limit 5000"])
async def test_a_record_too_large_for_the_broker_is_set_aside_and_holds_up_no_other(
    tmp_path: Path, limit: str
) -> None:
    bus = Broker(tmp_path / "broker", more=f"{limit}\n")
    bus.start()
    publisher = Voice(bus, tmp_path / "node.sqlite")
    publisher.start()
    try:
        async with listener(bus, topics.LEG_FILTER) as client:
            for revision, name in ((1, "Jane"), (2, "J" * 6000), (3, "Jane")):
                await publisher.publish_leg(customer(revision=revision, name=name))
            revisions: set[int] = set()
            while revisions != {1, 3}:
                revisions.add(codec.decode(bytes((await heard(client)).payload)).revision)

        assert await publisher.flush(PATIENCE_S)
        assert (publisher.counts.published, publisher.counts.set_aside) == (2, 1)
        aside = await publisher.journal.ask(set_aside)
        assert [number for number, _why in aside] == [2]
    finally:
        await publisher.stop()
        bus.kill()


def set_aside(ledger: Ledger) -> list[tuple[int, str]]:
    with ledger.reading() as connection:
        return connection.execute("SELECT seq, why FROM aside").fetchall()


async def test_a_broker_that_allows_nothing_yet_is_asked_again_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    allowed = tmp_path / "allowed"
    allowed.write_text("topic write softswitch/v1/node/#\ntopic read softswitch/#\n")
    bus = Broker(tmp_path / "broker", more=f"acl_file {allowed}\n")
    bus.start()
    publisher = Voice(bus, tmp_path / "node.sqlite")
    publisher.start()
    try:
        for record in story()[:5]:
            await publisher.publish_leg(record)
        await eventually(lambda: publisher.counts.refused > 1)
        assert publisher.counts.published == 0

        allowed.write_text("topic readwrite softswitch/#\n")
        bus.reload()

        assert await publisher.flush(PATIENCE_S)
        counts = publisher.counts
        assert (counts.published, counts.set_aside) == (5, 0)
    finally:
        await publisher.stop()
        bus.kill()


async def test_an_id_that_no_topic_can_hold_is_refused_at_once(publish: Voice) -> None:
    with pytest.raises(TopicError):
        await publish.publish_leg(msgspec.structs.replace(customer(), leg_id="a/b"))
    with pytest.raises(TopicError):
        publish.publish_presence(PresenceData(rep="a/b", state="registered"))
