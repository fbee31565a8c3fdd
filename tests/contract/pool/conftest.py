"""A real nursery, pool and door between them; the workers are real too, but nobody calls them."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from switch import roll
from switch.call.recording import NO_POLICY
from switch.call.target import Party, Target
from switch.node.door import Door
from switch.node.nursery import Nursery
from switch.node.pool import Pool
from switch.node.pooled import PooledWorker
from switch.wire.nursery import (
    NODE_SOCKET,
    Exited,
    FromNursery,
    Prompts,
    RecallSettings,
    RecordingSettings,
    WorkerSettings,
)
from switch.wire.survival import Kept
from switch.wire.worker import Changed, Expect, FromWorker
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
    run_dir: Path
    most: int
    recycle_after: int
    pool: Pool = field(init=False)
    door: Door = field(init=False)
    nursery: asyncio.subprocess.Process = field(init=False)
    heard: list[tuple[str, FromWorker]] = field(default_factory=list)
    lost: list[tuple[str, str | None]] = field(default_factory=list)
    exited: list[tuple[str, int]] = field(default_factory=list)

    async def start_nursery(self) -> None:
        self.nursery = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "switch.worker.nursery", "--run", str(self.run_dir)
        )

    async def open(self, *, warm: int) -> None:
        """Be the next node."""
        nursery = Nursery(settings(self.recycle_after), heard=self.note_nursery)
        self.pool = Pool(
            nursery,
            warm=warm,
            most=self.most,
            first_port=self.first_port,
            heard=self.note,
            lost=self.note_loss,
        )
        self.pool.expect(roll.living(self.run_dir))
        self.door = Door(self.run_dir / NODE_SOCKET, nursery=nursery, pool=self.pool)
        await self.door.open()
        await self.pool.start()
        async with asyncio.timeout(PATIENCE_S):
            await self.pool.until_warm()

    async def die(self) -> None:
        """Let everything of this node be gone, as when it is killed."""
        self.pool.let_go()
        await self.door.close()

    async def stop(self, within_s: float = 4) -> None:
        """Stop as the switch does: the workers first, then the nursery."""
        await self.pool.stop(within_s)
        await self.door.close()
        if self.nursery.returncode is None:
            self.nursery.terminate()
            await self.nursery.wait()

    def pids(self) -> dict[str, int]:
        return {one.worker: one.pid for one in roll.living(self.run_dir)}

    def note_nursery(self, message: FromNursery) -> None:
        if isinstance(message, Exited):
            self.exited.append((message.worker, message.status))
        self.pool.nursery_says(message)

    def note(self, worker: PooledWorker, message: FromWorker) -> None:
        self.heard.append((worker.name, message))
        if isinstance(message, Changed):
            worker.tell(Kept(number=message.number))

    def note_loss(self, worker: PooledWorker) -> None:
        if worker.conversation_id is not None:
            self.lost.append((worker.name, worker.conversation_id))

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


def processes_of_ours(running: Running) -> list[psutil.Process]:
    """Return the nursery and the workers of this test that live."""
    living = []
    for pid in (running.nursery.pid, *running.pids().values()):
        try:
            process = psutil.Process(pid)
            if process.status() != psutil.STATUS_ZOMBIE:
                living.append(process)
        except psutil.NoSuchProcess:
            continue
    return living


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def settings(recycle_after: int) -> WorkerSettings:
    return WorkerSettings(
        domain="switch.test",
        address="127.0.0.1",
        edge="127.0.0.1:9",
        ng_host="127.0.0.1",
        ng_port=9,
        codecs=("PCMU",),
        music="/nowhere.wav",
        prompts=Prompts(menu="/m.wav", wrong="/w.wav", goodbye="/g.wav", ringing="/r.wav"),
        recording=RecordingSettings(spool="/nowhere", ending="flac", policy=NO_POLICY),
        recall=RecallSettings(ring_s=20, retries=1, pause_s=10, wait_s=60, menu_s=None),
        accept_status=202,
        rest_s=0.05,
        recycle_after=recycle_after,
        log_level="error",
        log_format="json",
    )


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[OpenPool]:
    """Return a function that opens a pool; it is stopped in the end."""
    made: list[Running] = []

    async def open_pool(
        *, warm: int = 1, most: int = 4, recycle_after: int = 300, first_port: int | None = None
    ) -> Running:
        # Longer than the kernel takes for the path of a socket.
        run_dir = tmp_path / ("x" * 100) / "run"
        run_dir.mkdir(mode=0o700, parents=True)
        running = Running(first_port or ports_in_a_row(most), run_dir, most, recycle_after)
        await running.start_nursery()
        made.append(running)
        await running.open(warm=warm)
        return running

    yield open_pool
    for running in made:
        await running.stop(2)
        roll.sweep(running.run_dir)
