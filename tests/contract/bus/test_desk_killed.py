"""The desk is killed, and its database; whatever was published is stored all the same."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from switch.desk.letters import DeadLetter
from switch.desk.ports import ThreadStore
from switch.desk.store import Store, make_store, open_store
from switch.records import codec, topics
from switch.records.leg import LegRecord
from switch.threads.thread import fold
from switch.threads.view import ThreadView, view
from tests.contract.bus.conftest import Broker, Desk, eventually, listener
from tests.contract.bus.test_main import config, desk
from tests.contract.store.server import Server, serving
from tests.desk.fakes import MemoryStore
from tests.records.samples import at, given_back, story

__all__ = ["config"]

pytestmark = pytest.mark.contract

CALLS = 300
KILLS = 8
AT_ONCE = 100

MakeDesk = Callable[[ThreadStore], Awaitable[Desk]]


def stream(calls: int) -> list[LegRecord]:
    kinds = (story(), given_back(), story(["bob"], [7]))
    return [
        msgspec.structs.replace(record, conversation_id=f"c{number:03}")
        for number in range(calls)
        for record in kinds[number % 3]
    ]


def expected(records: Sequence[LegRecord]) -> set[ThreadView]:
    by_id: dict[str, list[LegRecord]] = {}
    for record in records:
        by_id.setdefault(record.conversation_id, []).append(record)
    return {view(fold(some)) for some in by_id.values()}


async def publish_all(bus: Broker, records: Sequence[LegRecord]) -> None:
    """Publish them, each until the broker has it, many at a time."""
    async with listener(bus, "nothing") as stranger:
        stranger.pending_calls_threshold = AT_ONCE
        for start in range(0, len(records), AT_ONCE):
            await asyncio.gather(
                *(
                    stranger.publish(
                        topics.leg(record.conversation_id, record.leg_id),
                        codec.encode(record, node="node1", at=at(0)),
                        qos=1,
                    )
                    for record in records[start : start + AT_ONCE]
                )
            )


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, config: Path) -> str:
    url = f"sqlite:///{config.parent}/data/threads.sqlite"
    if request.param == "postgresql":
        running: Server = request.getfixturevalue("server")
        url = running.fresh()
    with (config / "softswitch.toml").open("a") as file:
        file.write(f'[desk]\nstore = "{url}"\n')
    return url


class Victim:
    """A desk as a process of its own that is killed and started again."""

    def __init__(self, config: Path) -> None:
        self._config = config
        self._child: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self._child = desk(self._config)

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None


@pytest.fixture
def victim(config: Path) -> Iterator[Victim]:
    one = Victim(config)
    yield one
    one.kill()


async def test_a_desk_killed_at_any_moment_loses_nothing(
    bus: Broker, victim: Victim, store_url: str
) -> None:
    records = stream(CALLS)
    dice = random.Random(5)
    dice.shuffle(records)
    await asyncio.to_thread(victim.start)

    with contextlib.closing(open_store(store_url)) as store:
        publishing = asyncio.create_task(publish_all(bus, records))
        for _ in range(KILLS):
            # A few more are stored, so it is in the middle of the next.
            known = store.count()
            wanted = min(CALLS, known + dice.randint(0, CALLS // KILLS))
            await eventually(lambda wanted=wanted: store.count() >= wanted)  # type: ignore[misc]
            await asyncio.sleep(dice.uniform(0, 0.03))
            victim.kill()
            await asyncio.to_thread(victim.start)
        await publishing
        await eventually(lambda: set(store.newest(limit=2 * CALLS)) == expected(records))


@pytest.fixture
def two_victims(config: Path, server: Server) -> Iterator[tuple[str, list[Victim]]]:
    """Desks of two nodes, on one database."""
    url = server.fresh()
    text = (config / "softswitch.toml").read_text() + f'[desk]\nstore = "{url}"\n'
    victims = []
    for name in ("node1", "node2"):
        folder = config.parent / name / "config"
        shutil.copytree(config, folder)
        (folder / "softswitch.toml").write_text(
            text.replace("[switch]\n", f'[switch]\nnode = "{name}"\n')
        )
        victims.append(Victim(folder))
    yield url, victims
    for victim in victims:
        victim.kill()


async def test_two_desks_killed_in_turn_lose_nothing_and_double_nothing(
    bus: Broker, two_victims: tuple[str, list[Victim]]
) -> None:
    records = stream(CALLS // 3) * 2
    random.Random(6).shuffle(records)
    url, victims = two_victims

    for victim in victims:
        await asyncio.to_thread(victim.start)
    with contextlib.closing(open_store(url)) as store:
        publishing = asyncio.create_task(publish_all(bus, records))
        for victim in victims * 2:
            known = store.count()
            await eventually(lambda known=known: store.count() > min(known, 60))  # type: ignore[misc]
            victim.kill()
            await asyncio.to_thread(victim.start)
        await publishing
        await eventually(lambda: set(store.newest(limit=2 * CALLS)) == expected(records))


@pytest.fixture
async def own_server() -> AsyncIterator[Server]:
    with serving() as running:
        yield running


async def test_while_the_database_is_away_the_broker_keeps_what_comes(
    bus: Broker, make_desk: MakeDesk, own_server: Server
) -> None:
    records = stream(200)
    store = make_store(own_server.fresh())
    running = await make_desk(store)
    third = len(records) // 3
    await publish_all(bus, records[:third])
    await eventually(lambda: running.assembler.counts.news == third)

    await asyncio.to_thread(own_server.stop)
    await publish_all(bus, records[third:])
    await asyncio.to_thread(own_server.start)

    await eventually(lambda: running.assembler.counts.news == len(records))
    assert set(store.newest(limit=1000)) == expected(records)
    await running.stop()
    store.close()


class CountingStore(MemoryStore):
    """Notes how many records came at once."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def add(self, records: Sequence[LegRecord], letters: Sequence[DeadLetter] = ()) -> int:
        self.sizes.append(len(records))
        return super().add(records, letters)


async def test_many_are_taken_at_once_and_not_a_few_a_round_trip(
    bus: Broker, make_desk: MakeDesk
) -> None:
    store = CountingStore()
    running = await make_desk(store)
    await running.stop()
    records = stream(150)
    await publish_all(bus, records)

    await running.start()
    await eventually(lambda: running.assembler.counts.news == len(records))

    assert max(store.sizes) == 256


async def test_the_whole_stream_published_again_fills_an_empty_store_alike(
    bus: Broker, make_desk: MakeDesk, tmp_path: Path
) -> None:
    records = stream(60)
    first, second = (make_store(tmp_path / name) for name in ("first", "second"))
    running = await make_desk(first)
    await publish_all(bus, records)
    await eventually(lambda: running.assembler.counts.news == len(records))
    await running.stop()

    again = await make_desk(second)
    await publish_all(bus, records)
    await eventually(lambda: again.assembler.counts.news == len(records))
    await again.stop()

    assert _rows(first) == _rows(second) == expected(records)
    for store in (first, second):
        store.close()


def _rows(store: Store) -> set[ThreadView]:
    return set(store.newest(limit=1000))
