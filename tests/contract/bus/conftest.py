"""A real broker on a free port, which can be stopped and started in the middle of a test."""

import asyncio
import contextlib
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import aiomqtt
import pytest

from switch.desk.assembler import Assembler, BusAddress
from switch.desk.ports import ThreadStore
from switch.node.bus import Broker as Address
from switch.node.journal import Journal
from switch.node.ledger import Ledger
from switch.node.publisher import Publisher
from switch.records.leg import LegRecord
from switch.run import broker

PATIENCE_S = 20
"""Only a hang breaks it."""


class Broker:
    """A mosquitto of this test's own."""

    def __init__(self, folder: Path, username: str | None = None, more: str = "") -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.host = "127.0.0.1"
        self._settings = broker.BrokerSettings(
            host=self.host,
            port=self.port,
            folder=folder,
            username=username,
            password="secret" if username else None,
        )
        self._more = more
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        written = broker.write(self._settings)
        with written.open("a") as lines:
            lines.write(self._more)
        command = broker.command(written)
        self._child = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            assert self._child.poll() is None, "mosquitto ended at once"
            with (
                contextlib.suppress(OSError),
                socket.create_connection((self.host, self.port), timeout=1),
            ):
                return
            time.sleep(0.02)
        pytest.fail("mosquitto does not listen")

    def reload(self) -> None:
        """Have it read its access list anew."""
        assert self._child is not None
        self._child.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        if self._child is not None:
            self._child.terminate()
            self._child.wait(PATIENCE_S)
            self._child = None

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait(PATIENCE_S)
            self._child = None


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Broker]:
    running = Broker(tmp_path / "broker")
    running.start()
    try:
        yield running
    finally:
        running.kill()


class Voice(Publisher):
    """A publisher with a journal of its own."""

    def __init__(
        self,
        bus: Broker,
        path: Path,
        *,
        node: str = "node1",
        username: str | None = None,
        password: str | None = None,
    ) -> None:
        self.journal = Journal(Ledger.open(path))
        address = Address(host=bus.host, port=bus.port, username=username, password=password)
        super().__init__(self.journal, node=node, broker=address)

    def start(self) -> None:
        self.journal.start()
        super().start()

    async def publish_leg(self, record: LegRecord) -> None:
        self.journal.note(self.leg(record))

    async def stop(self, timeout_s: float = 2.0) -> bool:
        is_all_said = await super().stop(timeout_s)
        await self.journal.stop()
        return is_all_said


@pytest.fixture
async def publish(bus: Broker, tmp_path: Path) -> AsyncIterator[Voice]:
    publisher = Voice(bus, tmp_path / "node.sqlite")
    publisher.start()
    try:
        yield publisher
    finally:
        await publisher.stop(timeout_s=1)


class Desk:
    """An assembler that listens, and can be ended and begun again."""

    def __init__(self, bus: Broker, store: ThreadStore) -> None:
        self.assembler = Assembler(store)
        self._address = BusAddress(host=bus.host, port=bus.port, client_id="softswitch-desk-1")
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._stopping.clear()
        connections = self.assembler.counts.connections
        self._task = asyncio.create_task(self.assembler.run(self._address, self._stopping))
        await eventually(lambda: self.assembler.counts.connections > connections)

    async def stop(self) -> None:
        self._stopping.set()
        if self._task is not None:
            await asyncio.wait_for(self._task, PATIENCE_S)
            self._task = None


@pytest.fixture
async def make_desk(
    bus: Broker,
) -> AsyncIterator[Callable[[ThreadStore], Awaitable[Desk]]]:
    made: list[Desk] = []

    async def make(store: ThreadStore) -> Desk:
        desk = Desk(bus, store)
        made.append(desk)
        await desk.start()
        return desk

    yield make
    for desk in made:
        await desk.stop()


async def eventually(is_so: Callable[[], bool]) -> None:
    """Return once it is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, "it never came about"
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def listener(bus: Broker, topic: str) -> AsyncIterator[aiomqtt.Client]:
    """Somebody else on the bus, who hears what is published to the topic."""
    async with aiomqtt.Client(
        bus.host, bus.port, protocol=aiomqtt.ProtocolVersion.V5, timeout=PATIENCE_S
    ) as client:
        await client.subscribe(topic, qos=1)
        yield client


async def heard(client: aiomqtt.Client) -> aiomqtt.Message:
    """Return the next message."""
    return await asyncio.wait_for(anext(client.messages), PATIENCE_S)
