"""The node's hold on the nursery, with a few lines of Python in the nursery's place."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from switch.node import nursery as nurseries
from switch.node.nursery import Nursery
from tests.node.fakes import eventually
from tests.wire.test_nursery import SETTINGS

FORKING = """
import json, socket, sys
line = socket.socket(fileno=int(sys.argv[1]))
settings = json.loads(line.recv(65536))
while True:
    request, ends, _flags, _address = socket.recv_fds(line, 65536, 1)
    if not request:
        break
    fork = json.loads(request)
    worker = socket.socket(fileno=ends[0])
    worker.sendall(settings["domain"].encode())
    line.send(json.dumps({"type": "forked", "worker": fork["worker"], "pid": 4711}).encode())
    worker.recv(1)
    line.send(json.dumps({"type": "exited", "worker": fork["worker"], "status": -9}).encode())
    worker.close()
"""
CREATE = asyncio.create_subprocess_exec
DYING = ""
HANGING = "import time; time.sleep(60)"


@contextlib.asynccontextmanager
async def a_nursery(
    monkeypatch: pytest.MonkeyPatch, *scripts: str
) -> AsyncIterator[tuple[Nursery, list[tuple[str, int]]]]:
    """Start a nursery that runs these scripts, one at each start, in place of ours."""
    left = list(scripts)

    async def run_script(_python: str, _m: str, _module: str, fd: str, **kept: Any) -> Any:
        return await CREATE(sys.executable, "-c", left.pop(0), fd, **kept)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", run_script)
    gone: list[tuple[str, int]] = []
    nursery = Nursery(SETTINGS, exited=lambda worker, status: gone.append((worker, status)))
    try:
        await nursery.start()
        yield nursery, gone
    finally:
        await nursery.stop()


async def heard_on(line: socket.socket) -> bytes:
    return await asyncio.get_running_loop().sock_recv(line, 100)


async def test_a_worker_is_forked_with_a_line_to_the_node(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with a_nursery(monkeypatch, FORKING) as (nursery, gone):
        assert nursery.is_up

        with nursery.fork("w1", 20000) as line:
            assert await heard_on(line) == b"switch.test"
            await eventually(lambda: nursery.pids == {"w1": 4711})
            assert gone == []

        await eventually(lambda: gone == [("w1", -9)])
        assert nursery.pids == {}


async def test_a_nursery_that_dies_is_not_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_nursery(monkeypatch, DYING) as (nursery, _gone):
        await eventually(lambda: not nursery.is_up)

        with pytest.raises(OSError, match="not there"):
            nursery.fork("w1", 20000)


async def test_a_nursery_can_be_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_nursery(monkeypatch, DYING, FORKING) as (nursery, _gone):
        await eventually(lambda: not nursery.is_up)

        await nursery.start()

        with nursery.fork("w1", 20000) as line:
            assert await heard_on(line) == b"switch.test"


async def test_a_nursery_that_died_as_it_was_asked_leaves_no_line_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with a_nursery(monkeypatch, FORKING) as (nursery, _gone):

        def refuse(*_asked: object) -> int:
            raise BrokenPipeError

        monkeypatch.setattr(socket, "send_fds", refuse)
        with pytest.raises(BrokenPipeError):
            nursery.fork("w1", 20000)


async def test_a_nursery_that_died_at_once_is_not_taken_for_one_that_is_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Deaf(socket.socket):
        def send(self, *_said: object) -> int:
            raise BrokenPipeError

    pair = socket.socketpair

    def deaf_pair(family: int, kind: int) -> tuple[socket.socket, socket.socket]:
        ours, theirs = pair(family, kind)
        return Deaf(fileno=ours.detach()), theirs

    monkeypatch.setattr(socket, "socketpair", deaf_pair)
    with pytest.raises(BrokenPipeError):
        async with a_nursery(monkeypatch, DYING):
            pass


async def test_a_nursery_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nurseries, "_STOP_WITHIN_S", 0.05)
    async with a_nursery(monkeypatch, HANGING) as (nursery, _gone):
        await nursery.stop()

        assert not nursery.is_up
