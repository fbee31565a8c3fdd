"""What was sent is published again, and who was erased is not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import aiomqtt
import pytest

from switch.node import erasing
from switch.node.entries import LegKept, Sent, SetAside, ToPublish
from switch.node.erasing import Person
from switch.node.errors import StillUnsent
from switch.node.ledger import Ledger
from switch.records import codec, topics
from switch.records.security import SecurityEvent
from tests.cli.typing_at import Said, Terminal, a_config, write_config
from tests.contract.bus.conftest import PATIENCE_S, Broker, heard, listener
from tests.contract.ledger.samples import published, talking
from tests.records.samples import CUSTOMER, at, customer, rep, story

pytestmark = pytest.mark.contract

HOUR_S = 3600.0
JANE = Person(number=CUSTOMER, country="US")
Type = Callable[..., Awaitable[Said]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "node.sqlite"


@pytest.fixture
def type_(bus: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Type:
    config = a_config(tmp_path)
    write_config(replace(config, bus=replace(config.bus, port=bus.port, managed=False)), tmp_path)
    terminal = Terminal(tmp_path, capsys)

    async def type_it(command: str, *arguments: str) -> Said:
        return await asyncio.to_thread(terminal.type_about_config, command, *arguments)

    return type_it


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    """A node's, that is running: two conversations were sent, a third is not yet."""
    opened = Ledger.open(path)
    now_s = time.time()
    for hours, conversation_id in ((30, "20261122-a"), (1, "20261122-b")):
        opened.commit(published(record) for record in story(conversation_id=conversation_id))
        opened.commit([Sent(opened.last_seq, now_s - hours * HOUR_S)])
    opened.commit(published(record) for record in story(conversation_id="20261122-c"))
    yield opened
    opened.close()


async def all_heard(client: aiomqtt.Client) -> list[tuple[str, int]]:
    """Return which records have come, as leg and revision."""
    await client.subscribe("end", qos=1)
    found: list[tuple[str, int]] = []
    await client.publish("end", qos=1)
    while (message := await heard(client)).topic.value != "end":
        record = codec.decode(bytes(message.payload))
        found.append((record.leg_id, record.revision))
    return found


def is_there(path: Path) -> bool:
    return path.exists()


def legs_of(conversation_id: str) -> list[tuple[str, int]]:
    return [(leg.leg_id, leg.revision) for leg in story(conversation_id=conversation_id)]


async def test_what_was_sent_since_is_published_again_in_its_order(
    bus: Broker, ledger: Ledger, type_: Type
) -> None:
    async with listener(bus, topics.LEG_FILTER) as client:
        said = await type_("replay", "--since", "2h")
        found = await all_heard(client)

    assert found == legs_of("20261122-b")
    assert said.out == f"{len(found)} records of 1 conversation published again\n"
    assert said.status == 0
    assert len(ledger.unsent(0, 99)) == len(story())


async def test_all_that_is_kept_is_published_again(
    bus: Broker, ledger: Ledger, type_: Type
) -> None:
    async with listener(bus, topics.LEG_FILTER) as client:
        said = await type_("replay", "--since", "2026-01-01")
        found = await all_heard(client)

    assert found == legs_of("20261122-a") + legs_of("20261122-b")
    assert said.out.endswith("records of 2 conversations published again\n")


async def test_one_conversation_is_published_again(
    bus: Broker, ledger: Ledger, type_: Type
) -> None:
    async with listener(bus, topics.LEG_FILTER) as client:
        await type_("replay", "--conversation", "20261122-a")
        assert await all_heard(client) == legs_of("20261122-a")

    several = await type_("replay", "--conversation", "2026")
    assert several.err == (
        "softswitch: '2026' may mean 20261122-a, 20261122-b, or more: say more of it\n"
    )
    none = await type_("replay", "--conversation", "2025")
    assert none.err.startswith(
        "softswitch: no record of a conversation '2025' is kept; the oldest was sent at 20"
    )


async def test_what_the_broker_had_not_taken_is_tried_again(
    bus: Broker, ledger: Ledger, type_: Type
) -> None:
    ledger.commit([SetAside(len(story()) + 3, "too large")])

    async with listener(bus, topics.LEG_FILTER) as client:
        await type_("replay", "--since", "2h")
        assert await all_heard(client) == legs_of("20261122-b")


async def test_it_says_from_when_on_there_are_records(ledger: Ledger, type_: Type) -> None:
    since_the_future = await type_("replay", "--since", "2999-01-01")
    with ledger.writing() as connection:
        connection.execute("DELETE FROM outbox WHERE seq <= 3")

    before = await type_("replay", "--since", "1w")

    assert since_the_future.status == 1
    assert "no record that was sent since 2999-01-01" in since_the_future.err
    assert "the oldest was sent at 20" in since_the_future.err
    assert before.status == 0
    assert before.err.startswith("nothing is kept that was sent before 20")


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        (["--since", "yesterday"], "--since 'yesterday' is no time: say how long ago"),
        (["--since", "2h30"], "is no time"),
        ([], "say which records: --since 2h, --conversation ID, or both"),
    ],
)
async def test_what_is_no_time_is_refused(
    ledger: Ledger, type_: Type, typed: list[str], problem: str
) -> None:
    said = await type_("replay", *typed)

    assert said.status == 1
    assert problem in said.err


async def test_where_no_node_has_run_there_is_nothing_to_publish(type_: Type, path: Path) -> None:
    said = await type_("replay", "--since", "2h")

    assert "no node has kept anything at" in said.err
    assert not is_there(path)


async def test_a_broker_that_is_away_is_named(ledger: Ledger, type_: Type, bus: Broker) -> None:
    bus.stop()

    said = await type_("replay", "--since", "2h")

    assert said.status == 1
    assert f"the broker at 127.0.0.1:{bus.port} took 0 records, and then: " in said.err


# ---------------------------------------------------------------- who was erased


def beside(path: Path) -> Ledger:
    return Ledger.open_beside(path)


async def test_who_was_erased_is_not_published_again_nor_found_in_the_file(
    bus: Broker, path: Path, type_: Type
) -> None:
    node = Ledger.open(path)
    denied = SecurityEvent(rep="alice", limit="international", number=CUSTOMER)
    security = codec.encode_security(denied, node="node1", at=at(0))
    mine = [
        published(customer()),
        published(rep("alice", dialled="(480) 555-0123", leg_id="leg-7")),
        ToPublish("softswitch/v1/node/node1/security", security),
        published(customer(leg_id="leg-8", name="Jane Doe")),
    ]
    others = [published(rep("alice")), published(customer(number="+12065550100", name="Kim"))]
    node.commit([*mine[:2], others[0], *mine[2:], *others[1:]] * 300)
    node.commit([SetAside(4, "too large"), Sent(node.last_seq, time.time())])

    with closing(beside(path)) as ledger:
        assert erasing.erase(ledger, JANE) == 1200
        assert erasing.erase(ledger, JANE) == 0

    files = [path, path.with_name(path.name + "-wal")]
    assert not any(b"5550123" in file.read_bytes() for file in files)
    async with listener(bus, topics.LEG_FILTER) as client:
        await type_("replay", "--since", "1h")
        found = await all_heard(client)
    assert len(found) == 600
    node.commit(others)  # and the node goes on
    node.close()


async def test_nobody_is_erased_of_whom_something_is_unsent_or_whose_call_is_up(
    path: Path,
) -> None:
    node = Ledger.open(path)
    node.commit([published(customer()), published(customer(revision=2)), talking()])
    with closing(beside(path)) as ledger:
        with pytest.raises(StillUnsent, match="3 records with that number are not on the bus yet"):
            erasing.erase(ledger, JANE)
        node.commit([Sent(2, time.time())])
        with pytest.raises(StillUnsent, match="1 records"):
            erasing.erase(ledger, JANE)

        ended = customer(revision=3, state="ended", ended_at=at(9))
        node.commit([LegKept(ended)])

        assert erasing.erase(ledger, JANE) == 2
    node.close()


async def test_the_node_writes_while_somebody_is_erased(path: Path) -> None:
    node = Ledger.open(path)
    node.commit([published(customer(revision=n)) for n in range(1, 5001)])
    node.commit([Sent(5000, time.time())])
    with closing(beside(path)) as ledger:
        erasing_him = asyncio.create_task(asyncio.to_thread(erasing.erase, ledger, JANE))
        commits = 0
        while not erasing_him.done():
            node.commit([published(rep("alice"))])
            commits += 1
            await asyncio.sleep(0.001)
        assert await asyncio.wait_for(erasing_him, PATIENCE_S) == 5000
    assert len(node.unsent(0, 10_000)) == commits > 0
    node.close()
