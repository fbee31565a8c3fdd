"""A real nursery and pool, whose workers are real too; nobody calls them."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from switch.call.target import Party, Target
from switch.node.nursery import Nursery
from switch.node.pool import Pool
from switch.node.pooled import PooledWorker
from switch.wire.nursery import Prompts, RecallSettings, WorkerSettings
from switch.wire.worker import Expect, FromWorker
from tests.run.processes import PATIENCE_S, until

OpenPool = Callable[..., Awaitable["Running"]]


def ports_in_a_row(count: int) -> int:
    """Return the first of so many free UDP ports in a row."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            first: int = probe.getsockname()[1]
        try:
            with ExitStack() as stack:
                for port in range(first, first + count):
                    one = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                    one.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first


def expect(conversation_id: str) -> Expect:
    return Expect(
        conversation_id=conversation_id,
        call_id=f"{conversation_id}@test",
        caller=Party(role="customer", number="+14805550123", trunk="pstn"),
        presented=Party(role="customer", number="+14805550123"),
        dialled="alice",
        target=Target(user="alice", kind="rep", rep="alice", number="101"),
        ring_s=5,
        response_s=5,
    )


@dataclass(slots=True)
class Running:
    """A pool and what was heard of it."""

    first_port: int
    pool: Pool = field(init=False)
    nursery: Nursery = field(init=False)
    heard: list[tuple[str, FromWorker]] = field(default_factory=list)
    lost: list[tuple[str, str | None]] = field(default_factory=list)
    exited: list[tuple[str, int]] = field(default_factory=list)

    def note(self, worker: PooledWorker, message: FromWorker) -> None:
        self.heard.append((worker.name, message))

    def note_loss(self, worker: PooledWorker) -> None:
        self.lost.append((worker.name, worker.conversation_id))

    def note_exit(self, worker: str, status: int) -> None:
        self.exited.append((worker, status))

    def free(self) -> int:
        return self.pool.counts["free"]

    async def until(self, wanted: Callable[[], bool]) -> None:
        await until(wanted)

    async def take(self, conversation_id: str) -> PooledWorker:
        worker = await self.pool.take(conversation_id)
        assert worker is not None
        return worker

    async def until_expecting(self, worker: PooledWorker, conversation_id: str) -> None:
        worker.tell(expect(conversation_id))
        await self.until(
            lambda: any(
                name == worker.name
                and getattr(message, "conversation_id", "") == conversation_id
                and type(message).__name__ == "Expecting"
                for name, message in self.heard
            )
        )


def processes_of_ours() -> list[psutil.Process]:
    """Return the nursery and the workers of this test: all that descends from us and lives."""
    living = []
    for child in psutil.Process(os.getpid()).children(recursive=True):
        try:
            name = child.name()
            if name.startswith("softswitch:") and child.status() != psutil.STATUS_ZOMBIE:
                living.append(child)
        except psutil.NoSuchProcess:
            continue
    return living


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture
async def opened() -> AsyncIterator[OpenPool]:
    """Return a function that opens a pool; it is stopped in the end."""
    pools: list[Pool] = []

    async def open_pool(
        *, warm: int = 1, most: int = 4, recycle_after: int = 300, first_port: int | None = None
    ) -> Running:
        running = Running(first_port or ports_in_a_row(most))
        running.nursery = Nursery(
            WorkerSettings(
                domain="switch.test",
                address="127.0.0.1",
                edge="127.0.0.1:9",
                ng_host="127.0.0.1",
                ng_port=9,
                codecs=("PCMU",),
                music="/nowhere.wav",
                prompts=Prompts(menu="/m.wav", wrong="/w.wav", goodbye="/g.wav"),
                recall=RecallSettings(ring_s=20, retries=1, pause_s=10, wait_s=60, menu_s=None),
                accept_status=202,
                rest_s=0.05,
                recycle_after=recycle_after,
                log_level="error",
                log_format="json",
            ),
            exited=running.note_exit,
        )
        running.pool = Pool(
            running.nursery,
            warm=warm,
            most=most,
            first_port=running.first_port,
            heard=running.note,
            lost=running.note_loss,
        )
        pools.append(running.pool)
        await running.pool.start()
        async with asyncio.timeout(PATIENCE_S):
            await running.pool.until_warm()
        return running

    yield open_pool
    for pool in pools:
        await pool.stop(2)
