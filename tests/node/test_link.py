"""The node's end of evapi, against a small edge that speaks TCP."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec
import pytest

from switch.node import link as links
from switch.node.link import EdgeLink
from switch.wire.edge import (
    Asked,
    Branch,
    Contacts,
    HopEnded,
    Netstrings,
    News,
    Plan,
    Replied,
    Step,
    TrunkState,
    encode_call_id,
)
from tests.node.fakes import PATIENCE_S, asked, eventually, request

AGAIN_S = 0.01


class FakeEdge:
    """Listens as evapi does, and hears plans."""

    def __init__(self) -> None:
        self.plans: list[Plan] = []
        self.connections = 0
        self._writer: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None
        self.port = 0

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self.hangs_up()
            await self._server.wait_closed()

    def says(self, message: msgspec.Struct, **more: object) -> None:
        self.says_text(msgspec.json.encode(msgspec.to_builtins(message) | more))

    def says_text(self, text: bytes) -> None:
        self.writes(b"%d:%s," % (len(text), text))

    def writes(self, received: bytes) -> None:
        assert self._writer is not None
        self._writer.write(received)

    def hangs_up(self) -> None:
        if self._writer is not None:
            self._writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writer = writer
        netstrings = Netstrings()
        with contextlib.suppress(ConnectionError):
            while received := await reader.read(4096):
                texts = netstrings.feed(received)
                self.plans += [msgspec.json.decode(text, type=Plan) for text in texts]
        writer.close()


class Listener:
    """What stands behind the link in the node."""

    def __init__(self) -> None:
        self.connected = 0
        self.news: list[News] = []
        self.steps: list[Step] = []
        self.answer = asyncio.Event()
        self.answer.set()
        self.failure: Exception | None = None

    async def plan(self, question: Asked) -> Plan:
        await self.answer.wait()
        if self.failure is not None:
            raise self.failure
        return Plan(index=question.index, label=question.label, action="rep", user="alice")

    async def step(self, step: Step) -> Plan:
        self.steps.append(step)
        await self.answer.wait()
        if self.failure is not None:
            raise self.failure
        return Plan(index=step.index, label=step.label, action="hunt", users="bob", step_ms=15000)

    async def when_connected(self) -> None:
        self.connected += 1

    def link(self, port: int) -> EdgeLink:
        return EdgeLink(
            host="127.0.0.1",
            port=port,
            plan=self.plan,
            step=self.step,
            told=self.news.append,
            connected=self.when_connected,
        )


@contextlib.asynccontextmanager
async def linked(listener: Listener) -> AsyncIterator[tuple[FakeEdge, EdgeLink]]:
    edge = FakeEdge()
    await edge.listen()
    async with running(listener.link(edge.port)) as link:
        await eventually(lambda: listener.connected == edge.connections == 1)
        try:
            yield edge, link
        finally:
            await edge.close()


@contextlib.asynccontextmanager
async def running(link: EdgeLink) -> AsyncIterator[EdgeLink]:
    serving = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait_for(serving, PATIENCE_S)


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "_AGAIN_S", AGAIN_S)


async def test_the_edge_asks_and_the_node_answers() -> None:
    async with linked(Listener()) as (edge, _link):
        edge.says(asked(request()))

        await eventually(lambda: edge.plans)
        assert edge.plans == [Plan(index=7, label=9, action="rep", user="alice")]


async def test_news_are_handed_over_in_order_and_not_answered() -> None:
    listener = Listener()
    call_id = encode_call_id("a@127.0.0.1")
    news: list[tuple[str, News]] = [
        ("contacts", Contacts(rep="alice", count=0)),
        ("contacts", Contacts(rep="alice", count=1)),
        ("branch", Branch(call_id=call_id, rep="bob", code=180)),
        ("branch", Branch(call_id=call_id, rep="bob", code=603)),
        ("hop", HopEnded(call_id=call_id, trunk="pstn", code=503)),
        ("trunk", TrunkState(name="pstn", up=False)),
        ("replied", Replied(index=7, label=9)),
    ]
    async with linked(listener) as (edge, _link):
        for event, message in news:
            edge.says(message, event=event)

        await eventually(lambda: len(listener.news) == len(news))
        assert listener.news == [message for _event, message in news]
        assert edge.plans == []


async def test_the_edge_asks_how_a_hunt_goes_on() -> None:
    listener = Listener()
    async with linked(listener) as (edge, _link):
        step = Step(index=7, label=9, call_id=encode_call_id("a@127.0.0.1"))
        edge.says(step, event="step")

        await eventually(lambda: edge.plans)
        assert listener.steps == [step]
        assert [(plan.index, plan.label, plan.action) for plan in edge.plans] == [(7, 9, "hunt")]


async def test_a_fault_in_a_hunt_is_an_answer_too() -> None:
    listener = Listener()
    listener.failure = RuntimeError("a fault of ours")
    async with linked(listener) as (edge, _link):
        edge.says(Step(index=7, label=9, call_id=""), event="step")

        await eventually(lambda: edge.plans)
        assert [(plan.index, plan.label, plan.code) for plan in edge.plans] == [(7, 9, 500)]


async def test_the_node_can_tell_what_nobody_asked() -> None:
    async with linked(Listener()) as (edge, link):
        more = Plan(index=7, label=9, action="append", users="carol", call_id="YQ==")

        link.send(more)

        await eventually(lambda: edge.plans)
        assert edge.plans == [more]


def test_an_edge_that_is_away_is_told_nothing() -> None:
    link = Listener().link(port=1)

    link.send(Plan(index=7, label=9, action="append", users="carol"))


async def test_a_question_that_takes_long_keeps_nobody_waiting() -> None:
    listener = Listener()
    listener.answer.clear()
    async with linked(listener) as (edge, _link):
        edge.says(asked(request()))
        edge.says(Contacts(rep="alice", count=1), event="contacts")
        await eventually(lambda: listener.news)
        assert edge.plans == []

        listener.answer.set()
        await eventually(lambda: edge.plans)


async def test_a_fault_of_the_node_is_an_answer_too() -> None:
    listener = Listener()
    listener.failure = RuntimeError("a fault of ours")
    async with linked(listener) as (edge, _link):
        edge.says(asked(request()))

        await eventually(lambda: edge.plans)
        assert [(plan.code, plan.reason) for plan in edge.plans] == [(500, "Server Internal Error")]

        listener.failure = None
        edge.says(asked(request()))
        await eventually(lambda: len(edge.plans) == 2)


async def test_a_message_that_cannot_be_read_is_counted_and_no_more() -> None:
    async with linked(Listener()) as (edge, link):
        unreadable = [b"", b"{", b'{"event":"sing"}', b'{"event":"\xff"}']
        nested = b'{"event":"contacts","x":' + b"[" * 100_000
        for text in (*unreadable, nested):
            edge.says_text(text)
        edge.says(asked(request()))

        await eventually(lambda: edge.plans)
        assert link.unreadable == 5
        assert edge.connections == 1


@pytest.mark.parametrize("torn", [b"5:abc,3:abc,", b"HTTP/1.1 400\r\n", b"99999999", b":,"])
async def test_after_a_torn_netstring_the_connection_is_made_anew(torn: bytes) -> None:
    listener = Listener()
    async with linked(listener) as (edge, _link):
        edge.writes(torn)

        await eventually(lambda: listener.connected == edge.connections == 2)
        edge.says(asked(request()))
        await eventually(lambda: edge.plans)


async def test_an_edge_that_went_away_is_looked_for_until_it_is_back() -> None:
    listener = Listener()
    edge = FakeEdge()
    await edge.listen()
    await edge.close()
    async with running(listener.link(edge.port)):
        await asyncio.sleep(3 * AGAIN_S)
        assert listener.connected == 0

        await edge.listen()

        await eventually(lambda: listener.connected == 1)
        await edge.close()


async def test_an_answer_for_an_edge_that_went_away_is_dropped() -> None:
    listener = Listener()
    listener.answer.clear()
    async with linked(listener) as (edge, link):
        edge.says(asked(request()))
        await eventually(lambda: link._asked)
        await edge.close()
        await eventually(lambda: link._writer is None)

        listener.answer.set()

        await eventually(lambda: not link._asked)
        assert edge.plans == []
