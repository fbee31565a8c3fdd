"""What a worker says goes together, in its order, and not to a node that is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from switch.wire.errors import WireError
from switch.wire.survival import Kept
from switch.wire.worker import LINE_LIMIT_BYTES, Ready, ToWorker, encode
from switch.worker import node_line
from switch.worker.node_line import NodeLine

PATIENCE_S = 5.0


class Node:
    """A node's end of the line: one connection after the other."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.line = NodeLine(path)
        self.heard: asyncio.Queue[ToWorker | WireError] = asyncio.Queue()
        self._connected: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = (
            asyncio.Queue()
        )

    async def serve(self) -> None:
        self.server = await asyncio.start_unix_server(
            lambda reader, writer: self._connected.put_nowait((reader, writer)), self.path
        )
        self.listening = asyncio.create_task(
            self.line.serve(lambda: [Ready(conversations=7)], self.heard.put_nowait)
        )
        await self.connected()

    async def connected(self) -> None:
        connected = asyncio.wait_for(self._connected.get(), PATIENCE_S)
        self._reader, self.writer = await connected
        assert await self.hears() == encode(Ready(conversations=7))

    async def hears(self) -> bytes:
        return await asyncio.wait_for(self._reader.read(1000), PATIENCE_S)


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    made = Node(tmp_path / "node")
    await made.serve()
    yield made
    made.listening.cancel()
    await made.line.close()
    made.writer.close()
    made.server.close()
    await asyncio.gather(made.listening, made.writer.wait_closed(), return_exceptions=True)


async def test_what_may_wait_is_sent_soon_and_together(node: Node) -> None:
    node.line.say(b"1\n", may_wait=True)
    await asyncio.sleep(0)
    node.line.say(b"2\n", may_wait=True)

    assert await node.hears() == b"1\n2\n"


async def test_what_may_not_wait_takes_along_what_was_said_before(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_line, "_GATHERED_S", 60.0)
    node.line.say(b"1\n", may_wait=True)
    node.line.say(b"2\n")
    node.line.say(b"3\n", may_wait=True)

    assert await node.hears() == b"1\n2\n3\n"


async def test_what_is_not_sent_yet_gives_way_to_what_is_newer(node: Node) -> None:
    node.line.say(b"1\n", may_wait=True, about="leg")
    node.line.say(b"2\n", may_wait=True)
    node.line.say(b"3\n", may_wait=True, about="leg")

    assert await node.hears() == b"3\n2\n"
    node.line.say(b"4\n", about="leg")
    assert await node.hears() == b"4\n"


async def test_at_the_end_nothing_waits(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_line, "_GATHERED_S", 60.0)
    node.line.say(b"1\n", may_wait=True)

    node.listening.cancel()
    await node.line.close()

    assert await node.hears() == b"1\n"


async def test_the_next_node_hears_nothing_that_was_said_to_the_one_before(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_line, "_GATHERED_S", 0.05)
    node.line.say(b"1\n", may_wait=True)
    node.writer.close()
    await asyncio.wait_for(node.line.until_down(), PATIENCE_S)

    await node.connected()  # which hears the greeting, and nothing else
    node.line.say(b"3\n", may_wait=True)

    assert await node.hears() == b"3\n"
    assert node.line.down_s == 0


async def test_what_the_node_says_is_heard_and_what_cannot_be_read_is_told(node: Node) -> None:
    node.writer.write(encode(Kept(number=1)) + b"nonsense\n" + encode(Kept(number=2)))

    node.writer.write(b"x" * LINE_LIMIT_BYTES)
    node.writer.write(b"xx")
    one, wrong, other, endless = [
        await asyncio.wait_for(node.heard.get(), PATIENCE_S) for _ in range(4)
    ]
    assert (one, other) == (Kept(number=1), Kept(number=2))
    assert isinstance(wrong, WireError)
    assert isinstance(endless, WireError)
