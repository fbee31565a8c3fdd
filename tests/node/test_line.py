"""A line of the node: what comes in is handed on whole, in its order, and none is lost."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from switch.node.line import Line
from switch.wire.worker import LINE_LIMIT_BYTES
from tests.node.fakes import eventually


class Ends:
    """Both ends of a line."""

    def __init__(self) -> None:
        self.line: Line
        self.heard: list[bytes] = []
        self._ours, self.theirs = socket.socketpair()
        self.theirs.setblocking(False)

    async def connect(self) -> None:
        loop = asyncio.get_running_loop()
        _transport, self.line = await loop.create_connection(Line, sock=self._ours)

    async def says(self, text: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.theirs, text)


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    made = Ends()
    await made.connect()
    yield made
    made.line.close()
    made.theirs.close()


async def test_lines_are_heard_whole_and_in_order_also_those_that_came_before(ends: Ends) -> None:
    await ends.says(b"first\nsecond\nthi")

    assert await ends.line.first() == b"first"
    listening = asyncio.create_task(ends.line.listen(ends.heard.append))
    await ends.says(b"rd\n\nfif")
    await eventually(lambda: len(ends.heard) == 3)
    await ends.says(b"th\n")
    ends.theirs.close()
    await listening

    assert ends.heard == [b"second", b"third", b"", b"fifth"]
    assert not ends.line.is_up
    ends.line.write(b"nobody hears\n")


async def test_one_that_is_lost_before_its_first_line_says_nothing(ends: Ends) -> None:
    ends.theirs.close()

    assert await ends.line.first() == b""
    await ends.line.listen(ends.heard.append)
    assert ends.heard == []


async def test_a_line_that_is_too_long_is_passed_over_to_its_end(ends: Ends) -> None:
    listening = asyncio.create_task(ends.line.listen(ends.heard.append))

    await ends.says(b"before\n" + b"x" * 3 * LINE_LIMIT_BYTES + b"\nafter\n")
    await eventually(lambda: len(ends.heard) == 2)
    ends.theirs.close()
    await listening

    assert ends.heard == [b"before", b"after"]


async def test_a_fault_of_who_hears_is_his_and_ends_the_line(ends: Ends) -> None:
    def fail(line: bytes) -> None:
        ends.heard.append(line)
        raise LookupError

    await ends.says(b"first\n")
    await ends.line.first()
    listening = asyncio.create_task(ends.line.listen(fail))
    await asyncio.sleep(0)
    await ends.says(b"wrong\nlate\n")

    with pytest.raises(LookupError):
        await listening
    assert ends.heard == [b"wrong"]
    assert not ends.line.is_up
