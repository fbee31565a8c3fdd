"""Who comes in at the node's door, and who does not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from switch.node import door as doors
from switch.node.door import Door
from switch.node.nursery import Nursery
from switch.unix_socket import connect_to
from switch.wire.nursery import NurseryHello, encode
from switch.wire.survival import Hello
from switch.wire.worker import encode as worker_line
from tests.node.fakes import FakeNursery, Hall, eventually
from tests.wire.test_nursery import SETTINGS


class House:
    """A pool, a nursery's place, and the door to both."""

    def __init__(self, hall: Hall, folder: Path) -> None:
        self.pool = hall.pool
        self.path = folder / "node.sock"
        self.nursery = Nursery(SETTINGS, heard=lambda _said: None)
        self.door = Door(self.path, nursery=self.nursery, pool=hall.pool)

    async def enter(self, *lines: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_unix_connection(sock=connect_to(self.path))
        writer.write(b"".join(lines))
        return reader, writer


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with Hall(FakeNursery(), warm=0) as hall:
        made = House(hall, tmp_path)
        await made.door.open()
        yield made
        await made.door.close()


async def test_each_is_led_where_he_belongs(house: House) -> None:
    reader, nursery = await house.enter(encode(NurseryHello(pid=1)))
    hello = Hello(worker="w1", port=20_000, pid=1, conversations=0, conversation_id="c1")
    _reader, worker = await house.enter(worker_line(hello))

    assert await reader.readline() == encode(SETTINGS)
    await eventually(lambda: house.nursery.is_up)
    await eventually(lambda: house.pool.having("c1"))
    for writer in (nursery, worker):
        writer.close()


@pytest.mark.parametrize("line", [b"GET / HTTP/1.1\r\n\r\n", b"{}\n", b"x" * 600_000 + b"\n", b""])
async def test_a_stranger_is_shown_out(house: House, line: bytes) -> None:
    reader, writer = await house.enter(line)
    if not line:
        writer.write_eof()

    with contextlib.suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


async def test_who_says_nothing_is_shown_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "_SAYS_WHO_WITHIN_S", 0.02)
    reader, writer = await house.enter(b'{"type":')

    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


async def test_a_door_that_is_closed_leaves_nobody_inside(house: House) -> None:
    reader, writer = await house.enter(encode(NurseryHello(pid=1)))
    await reader.readline()

    await house.door.close()

    assert await asyncio.wait_for(reader.read(), 5) == b""
    assert not house.nursery.is_up
    assert not house.path.exists()
    writer.close()


async def test_a_door_that_was_never_opened_can_be_closed(tmp_path: Path) -> None:
    async with Hall(FakeNursery(), warm=0) as hall:
        await House(hall, tmp_path).door.close()
