"""A real Kamailio on free loopback ports, a node for it to ask, and phones."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from switch.edge import credentials, rpc
from switch.edge.render import render, start_arguments
from switch.edge.settings import EdgeSettings, EdgeTrunk
from tests.contract.edge.peer import Peer
from tests.contract.edge.ua import DOMAIN, HOST, Ua

REPS = ("alice", "bob", "carol", "dave", "erin")
OpenUa = Callable[..., Awaitable[Ua]]


@dataclass(slots=True)
class Edge:
    """Is one running Kamailio."""

    settings: EdgeSettings
    program: subprocess.Popen[bytes]
    log: Path
    worker_ports: list[int]
    trunk_port: int

    def is_alive(self) -> bool:
        return self.program.poll() is None

    def stop(self) -> None:
        self.program.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.program.wait(5)
        # Whatever the first process left behind, a test may have killed it.
        with suppress(ProcessLookupError):
            os.killpg(self.program.pid, signal.SIGKILL)
        self.program.wait()


def free_ports(count: int, kind: socket.SocketKind = socket.SOCK_DGRAM) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket(socket.AF_INET, kind)) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return sorted(each.getsockname()[1] for each in sockets)


def settings_in(folder: Path, *, trunk_port: int, worker_ports: list[int]) -> EdgeSettings:
    sip_port, inner_port, evapi_port, rpc_port = free_ports(4, socket.SOCK_STREAM)
    (spare_port,) = free_ports(1)
    return EdgeSettings(
        domain=DOMAIN,
        address=HOST,
        sip_port=sip_port,
        inner_port=inner_port,
        evapi_port=evapi_port,
        rpc_port=rpc_port,
        worker_first_port=worker_ports[0],
        worker_last_port=worker_ports[-1],
        run_dir=folder,
        credentials=folder / "credentials.sqlite",
        locations=folder / "locations.sqlite",
        trunks=(
            EdgeTrunk(name="pstn", address=HOST, port=trunk_port),
            EdgeTrunk(name="spare", address=HOST, port=spare_port),
        ),
        has_account=True,
        probe_s=1,
        node_timeout_s=1.0,
        min_expires_s=1,
        memory_mb=64,
    )


def start(settings: EdgeSettings, *, trunk_port: int, worker_ports: list[int]) -> Edge:
    credentials.create(settings.credentials)
    credentials.create_locations(settings.locations)
    for rep in REPS:
        credentials.set_password(settings.credentials, rep, DOMAIN, f"secret-{rep}")
    config = settings.run_dir / "kamailio.cfg"
    config.write_text(render(settings))
    log = settings.run_dir / "kamailio.log"
    with log.open("ab") as output:
        program = subprocess.Popen(
            start_arguments(settings, config),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,
        )
    edge = Edge(settings, program, log, worker_ports, trunk_port)
    try:
        asyncio.run(asyncio.wait_for(rpc.until_ready(settings.rpc_port), 10))
    except TimeoutError:
        edge.stop()
        pytest.fail(f"Kamailio did not start:\n{log.read_text()}")
    return edge


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    # The workers' ports must be in one row; the trunk's is known by its number.
    trunk_port, first = free_ports(2)
    if trunk_port in range(first, first + 20):
        trunk_port, first = first, trunk_port
    worker_ports = list(range(first, first + 20))
    folder = tmp_path_factory.mktemp("edge")
    settings = settings_in(folder, trunk_port=trunk_port, worker_ports=worker_ports)
    running = start(settings, trunk_port=trunk_port, worker_ports=worker_ports)
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
async def node(edge: Edge) -> AsyncIterator[Peer]:
    peer = await Peer.connect(edge.settings.evapi_port)
    # The edge counts the connection in its own time; the count is what it decides by.
    await asyncio.sleep(0.05)
    yield peer
    await peer.close()


@pytest.fixture
async def phone(edge: Edge) -> AsyncIterator[OpenUa]:
    """Return a function that opens a phone of a transport."""
    opened: list[Ua] = []

    async def open_phone(transport: str = "udp") -> Ua:
        opened.append(await Ua.open(edge.settings.sip_port, transport))
        return opened[-1]

    yield open_phone
    for ua in opened:
        await ua.close()


@pytest.fixture
async def trunk(edge: Edge) -> AsyncIterator[Ua]:
    ua = await Ua.open(edge.settings.sip_port, port=edge.trunk_port)
    yield ua
    await ua.close()


@pytest.fixture
async def spare(edge: Edge) -> AsyncIterator[Ua]:
    """Give the second trunk."""
    ua = await Ua.open(edge.settings.sip_port, port=edge.settings.trunks[1].port or 0)
    yield ua
    await ua.close()


@pytest.fixture
async def worker(edge: Edge) -> AsyncIterator[Ua]:
    ua: Ua | None = None
    for port in edge.worker_ports:
        with suppress(OSError):
            ua = await Ua.open(edge.settings.inner_port, port=port)
            break
    assert ua, "no port for a worker"
    yield ua
    await ua.close()
