"""Somebody asks the switch over a real broker, and hears what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from switch.desk import asker
from switch.desk.asker import Bus, BusAway, NobodyAnswers, ask, states, waiting
from switch.records import topics
from switch.records.choice import ChoiceRecord
from switch.records.codec import PresenceData
from switch.records.commands import Answer, ResumeCommand, TransferCommand
from tests.cli.typing_at import Said, Terminal, a_config, write_config
from tests.contract.bus.conftest import PATIENCE_S, Broker, Voice, eventually, listener
from tests.contract.bus.test_commands import Node, listening
from tests.records.test_choice import DECLINED, record

pytestmark = pytest.mark.contract

SOON_S = 0.2
RESUME = ResumeCommand(conversation="conversation-1")


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let who asks wait as long as it takes."""
    monkeypatch.setattr(asker, "_ANSWERED_WITHIN_S", PATIENCE_S)
    monkeypatch.setattr(asker, "_CONNECTED_WITHIN_S", PATIENCE_S)


def bus_of(broker: Broker) -> Bus:
    return Bus(host=broker.host, port=broker.port)


async def is_up(broker: Broker, path: Path, node: str = "node1") -> Voice:
    publisher = Voice(broker, path, node=node)
    publisher.start()
    await eventually(lambda: publisher.counts.connections == 1)
    return publisher


async def test_an_answer_comes_to_who_asked(bus: Broker) -> None:
    node = Node()
    async with listening(bus, node):
        answer = await ask(bus_of(bus), TransferCommand(conversation="c1", target="bob"))

    assert answer == Answer(status=200, conversation="c1")
    assert node.asked == [TransferCommand(conversation="c1", target="bob")]


async def test_many_may_ask_at_once_and_each_has_his_own_answer(bus: Broker) -> None:
    node = Node()
    async with listening(bus, node):
        answers = await asyncio.gather(*(ask(bus_of(bus), RESUME) for _ in range(10)))

    assert [answer.status for answer in answers] == [200] * 10


async def test_a_call_that_no_node_has_is_said_to_be_none(
    bus: Broker, publish: Voice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asker, "_ANSWERED_WITHIN_S", SOON_S)
    await eventually(lambda: publish.counts.connections == 1)
    node = Node()
    node.answer = None
    async with listening(bus, node):
        with pytest.raises(NobodyAnswers, match="there is no call 'conversation-1'"):
            await ask(bus_of(bus), RESUME)
        await eventually(lambda: node.asked == [RESUME])


async def test_a_switch_that_is_not_up_is_said_not_to_be(
    bus: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asker, "_ANSWERED_WITHIN_S", SOON_S)

    with pytest.raises(NobodyAnswers, match="no node of the switch is up"):
        await ask(bus_of(bus), RESUME)


async def test_a_broker_that_is_not_there_is_said_not_to_be(bus: Broker) -> None:
    bus.stop()

    with pytest.raises(BusAway, match=f"port {bus.port} .*is the switch running"):
        await ask(bus_of(bus), RESUME)
    with pytest.raises(BusAway):
        await waiting(bus_of(bus))


async def test_all_that_can_be_chosen_is_listed(bus: Broker, publish: Voice) -> None:
    ids = [f"conversation-{number}" for number in range(50)]
    for one in ids:
        publish.publish_choice(one, DECLINED)
    publish.publish_choice(ids[0], None)
    assert await publish.flush(PATIENCE_S)

    found = await waiting(bus_of(bus))

    assert sorted(one.conversation_id for one in found) == sorted(ids[1:])


async def test_nothing_is_waited_for_where_nothing_is(bus: Broker) -> None:
    assert await waiting(bus_of(bus)) == []


async def test_the_calls_of_a_node_that_is_down_are_gone(
    bus: Broker, publish: Voice, tmp_path: Path
) -> None:
    other = await is_up(bus, tmp_path / "other.sqlite", "node2")
    other.publish_choice("conversation-2", DECLINED)
    publish.publish_choice("conversation-1", DECLINED)
    assert await other.flush(PATIENCE_S)
    assert await publish.flush(PATIENCE_S)

    await other.stop()

    assert await waiting(bus_of(bus)) == [record()]


async def test_what_reps_are_doing_is_told_of_those_who_are_asked_about(
    bus: Broker, publish: Voice
) -> None:
    for rep, state in (("alice", "on_call"), ("saul", "available"), ("saul", "away")):
        publish.publish_presence(PresenceData(rep=rep, state=state))
    assert await publish.flush(PATIENCE_S)

    assert await states(bus_of(bus), ["saul", "bob"]) == {"saul": "away"}


async def test_what_cannot_be_read_hides_nothing_else(bus: Broker, publish: Voice) -> None:
    publish.publish_choice("conversation-1", DECLINED)
    assert await publish.flush(PATIENCE_S)
    async with listener(bus, "mine") as client:
        for topic in (topics.choice("c2"), topics.status("node3")):
            await client.publish(topic, b"{}", qos=1, retain=True)

    assert await waiting(bus_of(bus)) == [record()]


# ---------------------------------------------------------------- typed

Type = Callable[..., Awaitable[Said]]


@pytest.fixture
def type_(bus: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Type]:
    """Types a command about the switch on this bus: in a thread, for it has a loop of its own."""
    config = a_config(tmp_path)
    # Managed it could be one of the ports of the config's own.
    other = replace(config.bus, port=bus.port, managed=False)
    write_config(replace(config, bus=other), tmp_path)
    terminal = Terminal(tmp_path, capsys)

    async def type_it(command: str, *arguments: str) -> Said:
        return await asyncio.to_thread(terminal.type_about_config, command, *arguments)

    with capture_logs():  # of the node, which is in the same process here
        yield type_it


async def test_transfers_lists_who_waits(publish: Voice, type_: Type) -> None:
    publish.publish_choice("20261122-124500-k3m9xw2p", DECLINED)
    assert await publish.flush(PATIENCE_S)

    said = await type_("transfers")

    assert (said.status, said.err) == (0, "")
    heading, line = said.out.splitlines()
    assert heading.split() == ["since", "until", "conversation", "customer", "transferor", "what"]
    assert "20261122-124500-k3  +14805550123" in line
    assert line.endswith("saul declined, calling alice back")


async def test_transfers_lists_them_for_machines(publish: Voice, type_: Type) -> None:
    assert (await type_("transfers", "--json")).out == "[]\n"
    publish.publish_choice("conversation-1", DECLINED)
    assert await publish.flush(PATIENCE_S)

    said = await type_("transfers", "--json")

    assert msgspec.json.decode(said.out, type=list[ChoiceRecord]) == [record()]


async def test_transfers_says_that_there_are_none(type_: Type) -> None:
    said = await type_("transfers")

    assert (said.status, said.out) == (0, "no transfer is under way, and nobody waits\n")


async def test_transfer_and_resume_say_what_becomes_of_the_call(bus: Broker, type_: Type) -> None:
    node = Node()
    async with listening(bus, node):
        transferred = await type_("transfer", "c", "bob", "--as", "alice")
        resumed = await type_("resume", "c")

    assert (transferred.status, transferred.out) == (0, "c1 is being transferred to bob\n")
    assert (resumed.status, resumed.out) == (0, "c1 is being given back\n")
    assert node.asked == [
        TransferCommand(conversation="c", target="bob", rep="alice"),
        ResumeCommand(conversation="c"),
    ]


async def test_what_is_refused_is_said_with_the_reason(bus: Broker, type_: Type) -> None:
    node = Node()
    node.answer = Answer(status=482, problem="rep alice transferred to himself ('alice')")
    async with listening(bus, node):
        said = await type_("transfer", "c1", "alice")

    assert (said.status, said.out) == (1, "")
    assert said.err == (
        "softswitch: not transferred to alice: rep alice transferred to himself ('alice') (482)\n"
    )


async def test_what_makes_no_command_is_not_even_asked(bus: Broker, type_: Type) -> None:
    node = Node()
    async with listening(bus, node):
        for arguments in (("transfer", "c 1", "bob"), ("transfer", "c1", ""), ("resume", "#")):
            said = await type_(*arguments)
            assert said.status == 1
            assert said.err.startswith("softswitch: this cannot be asked: `")

    assert node.asked == []


async def test_without_a_switch_it_is_asked_whether_it_runs(bus: Broker, type_: Type) -> None:
    bus.stop()

    for arguments in (("transfers",), ("transfer", "c1", "bob"), ("resume", "c1")):
        said = await type_(*arguments)
        assert said.status == 1
        assert f"the bus does not answer at 127.0.0.1 port {bus.port}" in said.err
        assert "is the switch running?" in said.err
