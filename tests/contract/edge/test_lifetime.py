"""Starting, ending and being killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from switch.edge import rpc
from tests.contract.edge.conftest import Edge, free_ports, settings_in, start
from tests.contract.edge.ua import Ua

pytestmark = pytest.mark.contract


@pytest.fixture
def own_edge(tmp_path: Path) -> Iterator[Edge]:
    trunk_port, first = free_ports(2)
    settings = settings_in(
        tmp_path / "odd \"na'me $x", trunk_port=trunk_port, worker_ports=[first, first]
    )
    settings.run_dir.mkdir()
    running = start(settings, trunk_port=trunk_port, worker_ports=[first, first])
    try:
        yield running
    finally:
        running.stop()


def processes_of(edge: Edge) -> list[psutil.Process]:
    first = psutil.Process(edge.program.pid)
    return [first, *first.children(recursive=True)]


async def registered(edge: Edge) -> dict[str, int]:
    return dict(await rpc.contacts(edge.settings.rpc_port))


def written(edge: Edge) -> set[str]:
    """Return whose registrations are on disk."""
    with closing(sqlite3.connect(edge.settings.locations)) as file:
        return {user for (user,) in file.execute("SELECT username FROM location")}


def test_sigterm_ends_every_part_of_it(own_edge: Edge) -> None:
    parts = processes_of(own_edge)

    own_edge.program.terminate()

    assert own_edge.program.wait(10) == 0
    assert psutil.wait_procs(parts, timeout=10)[1] == []


def test_the_credentials_are_ours_alone(own_edge: Edge) -> None:
    folder = own_edge.settings.run_dir
    for name in folder.glob("credentials.sqlite*"):
        assert name.stat().st_mode & 0o077 == 0, name


def test_registrations_survive_kill_9_and_the_next_start_is_not_refused(own_edge: Edge) -> None:
    async def register() -> None:
        over_udp = await Ua.open(own_edge.settings.sip_port)
        over_tcp = await Ua.open(own_edge.settings.sip_port, "tcp")
        assert (await over_udp.register("alice", "secret-alice")).status == 200
        assert (await over_tcp.register("bob", "secret-bob")).status == 200
        while written(own_edge) != {"alice", "bob"}:  # a moment later  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert await registered(own_edge) == {"alice": 1, "bob": 1}
        await over_udp.close()
        await over_tcp.close()

    asyncio.run(register())
    os.killpg(own_edge.program.pid, signal.SIGKILL)
    own_edge.program.wait()

    again = start(own_edge.settings, trunk_port=1, worker_ports=own_edge.worker_ports)

    try:
        # Nobody can reach a TCP phone whose connection is gone.
        assert asyncio.run(registered(again)) == {"alice": 1}
    finally:
        again.stop()
