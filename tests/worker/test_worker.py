"""A worker and its node: what it says first, and how long it waits for one."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from switch.wire.survival import About, Hello, Kept
from switch.wire.worker import (
    Expect,
    Expecting,
    FromWorker,
    Leave,
    Ready,
    decode_from_worker,
)
from switch.worker import worker as workers
from switch.worker.node_line import NodeLine
from switch.worker.worker import Worker
from tests.worker.test_serving import EXPECTED, SETTINGS


class FakeLine:
    """A line to a node that keeps what is said."""

    def __init__(self) -> None:
        self.said: list[FromWorker] = []
        self.down_s = 0.0

    def say(self, line: bytes, *, may_wait: bool = False, about: str | None = None) -> None:
        self.said.append(decode_from_worker(line))

    async def until_down(self) -> None:
        """Return at once: whether it is, a test says."""


class Alone:
    """A worker that has no stack, and a line that a test holds."""

    def __init__(self) -> None:
        self.line = FakeLine()
        self.worker = Worker(SETTINGS, cast("NodeLine", self.line), name="w1", port=20_000)

    def hello(self) -> Hello:
        hello, *_rest = self.worker._greeting()
        assert isinstance(hello, Hello)
        return hello


@pytest.fixture
async def alone() -> Alone:
    return Alone()


async def test_one_that_is_free_says_so_each_time(alone: Alone) -> None:
    for _ in range(2):
        hello, *rest = alone.worker._greeting()
        assert isinstance(hello, Hello)
        assert (hello.worker, hello.port, hello.conversation_id) == ("w1", 20_000, None)
        assert rest == [Ready(conversations=0)]


async def test_one_that_expects_a_call_tells_the_next_node_of_it(alone: Alone) -> None:
    expect: Expect = EXPECTED
    alone.worker._told(expect)
    assert alone.line.said == [Expecting(conversation_id="c1")]

    (hello,) = alone.worker._greeting()

    assert isinstance(hello, Hello)
    assert hello.conversation_id == "c1"
    assert hello.about == About(
        call_id=expect.call_id, caller=expect.caller, dialled="alice", user="alice"
    )
    assert alone.worker._overdue is not None
    alone.worker._overdue.cancel()


async def test_one_that_rests_does_not_say_that_it_is_free(alone: Alone) -> None:
    alone.worker._rests = True

    assert alone.worker._greeting() == [alone.hello()]
    assert alone.hello().is_resting


async def test_without_a_node_for_long_it_goes(
    alone: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_LOOK_EVERY_S", 0.001)
    minding = asyncio.create_task(alone.worker._mind_the_line())
    alone.line.down_s = workers._WITHOUT_NODE_S - 1
    await asyncio.sleep(0.05)
    assert not alone.worker._gone.is_set()

    alone.line.down_s += 2

    await asyncio.wait_for(alone.worker._gone.wait(), 5)
    minding.cancel()


async def test_it_leaves_when_it_is_told_to(alone: Alone) -> None:
    alone.worker._told(Kept(number=1))

    alone.worker._told(Leave())

    assert alone.worker._gone.is_set()
