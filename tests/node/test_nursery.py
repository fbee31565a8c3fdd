"""The node's hold on the nursery, with a script in the nursery's place."""

from __future__ import annotations

import asyncio
import socket

import pytest

from switch.node.line import Line
from switch.node.nursery import Nursery
from switch.wire.nursery import (
    Exited,
    Fork,
    Forked,
    FromNursery,
    NurseryHello,
    decode_for_nursery,
    encode,
)
from tests.node.fakes import eventually
from tests.wire.test_nursery import SETTINGS

HELLO = NurseryHello(pid=4710)


class Connected:
    """A nursery that has connected."""

    def __init__(self, nursery: Nursery) -> None:
        ours, self._theirs = socket.socketpair()
        self._theirs.setblocking(False)
        self.serving = asyncio.create_task(self._serve(nursery, ours))

    async def _serve(self, nursery: Nursery, line: socket.socket) -> None:
        _transport, ours = await asyncio.get_running_loop().create_connection(Line, sock=line)
        await nursery.serve(HELLO, ours)
        ours.close()

    async def told(self) -> list[object]:
        text = await asyncio.get_running_loop().sock_recv(self._theirs, 65536)
        return [decode_for_nursery(line) for line in text.splitlines()]

    def says(self, *lines: bytes) -> None:
        self._theirs.sendall(b"".join(lines))

    async def dies(self) -> None:
        self._theirs.close()
        await self.serving


async def test_it_is_told_what_all_workers_are_told_and_whom_to_make() -> None:
    heard: list[FromNursery] = []
    nursery = Nursery(SETTINGS, heard=heard.append)
    connected = Connected(nursery)
    await eventually(lambda: nursery.is_up)
    assert await connected.told() == [SETTINGS]

    nursery.fork("w1", 20000)

    assert await connected.told() == [Fork(worker="w1", port=20000)]
    await connected.dies()
    assert heard == [HELLO]


async def test_what_it_says_is_handed_on_and_what_cannot_be_read_is_not() -> None:
    heard: list[FromNursery] = []
    connected = Connected(Nursery(SETTINGS, heard=heard.append))
    forked = Forked(worker="w1", port=20000, pid=4711)
    exited = Exited(worker="w1", pid=4711, status=-9)

    connected.says(encode(forked), b"{}\n", encode(exited))

    await eventually(lambda: heard == [HELLO, forked, exited])
    await connected.dies()


async def test_one_that_is_not_there_cannot_be_asked() -> None:
    nursery = Nursery(SETTINGS, heard=lambda _said: None)
    connected = Connected(nursery)
    await eventually(lambda: nursery.is_up)

    await connected.dies()

    assert not nursery.is_up
    with pytest.raises(OSError, match="not there"):
        nursery.fork("w1", 20000)


async def test_of_two_the_newer_is_asked() -> None:
    nursery = Nursery(SETTINGS, heard=lambda _said: None)
    old = Connected(nursery)
    await eventually(lambda: nursery.is_up)
    new = Connected(nursery)
    assert await new.told() == [SETTINGS]

    await old.dies()
    nursery.fork("w1", 20000)

    assert await new.told() == [Fork(worker="w1", port=20000)]
    await new.dies()
