"""The desk's numbers are what it did, and nobody is named in them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from switch.desk.errors import StoreUnavailableError
from switch.desk.intake import Counts
from switch.desk.letters import DeadLetter
from switch.desk.meters import Metered, Meters
from switch.desk.store import make_store
from tests.desk.fakes import MemoryStore
from tests.records.samples import story

LETTER = DeadLetter(
    at="2026-11-22T12:00:00.000Z", topic="x", kind="syntax", problem="x", payload=b"x"
)


def seen(meters: Meters, name: str, **labels: str) -> float | None:
    return meters.registry.get_sample_value(f"softswitch_desk_{name}", labels)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while True:
            if is_so():
                return
            await asyncio.sleep(0.001)


def test_what_nobody_has_told_yet_is_not_there() -> None:
    meters = Meters()

    assert (seen(meters, "pages"), seen(meters, "bus_up")) == (0, 0)
    assert seen(meters, "records_total", kind="news") is None
    assert seen(meters, "threads") is None


def test_what_came_over_the_bus_is_counted() -> None:
    meters = Meters()
    meters.counts = Counts(news=5, repetitions=2, refused=Counter(syntax=3), connections=1)
    meters.pages, meters.is_connected = lambda: 7, lambda: True

    assert seen(meters, "records_total", kind="news") == 5
    assert seen(meters, "records_total", kind="repetition") == 2
    assert seen(meters, "refused_total", kind="syntax") == 3
    assert (seen(meters, "bus_connections_total"), seen(meters, "bus_up")) == (1, 1)
    assert seen(meters, "pages") == 7


async def test_what_the_store_has_is_counted_now_and_then(tmp_path: Path) -> None:
    store = make_store(tmp_path / "threads.sqlite")
    store.told_after_s = 0.0
    meters = Meters(utc_s=lambda: 4e9)
    Metered(store, meters).add(story(), [LETTER])
    running = asyncio.create_task(meters.run(store, every_s=0.001))
    await until(lambda: meters.holdings is not None)

    assert seen(meters, "threads") == 1
    assert seen(meters, "dead_letters") == 1
    assert seen(meters, "webhooks_waiting") == 1
    assert (seen(meters, "webhooks_oldest_seconds") or 0) > 0
    assert seen(meters, "store_up") == 1
    assert "480555" not in generate_latest(meters.registry).decode()

    def away() -> None:
        raise StoreUnavailableError("x", "gone")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "holdings", away)
        await until(lambda: meters.holdings is None)
        # A count that is old would be taken for one of now.
        assert (seen(meters, "store_up"), seen(meters, "threads")) == (0, None)
    await until(lambda: meters.holdings is not None)
    assert seen(meters, "store_up") == 1
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    store.close()


def test_an_empty_queue_is_not_late(tmp_path: Path) -> None:
    store = make_store(tmp_path / "threads.sqlite")
    meters = Meters()
    meters.holdings = store.holdings()

    assert (seen(meters, "webhooks_waiting"), seen(meters, "webhooks_oldest_seconds")) == (0, 0)
    store.close()


def test_writing_is_timed_and_what_fails_is_told() -> None:
    inner, meters = MemoryStore(), Meters()
    store = Metered(inner, meters)

    assert store.add(story()) == len(story())
    assert seen(meters, "store_write_seconds_count") == 1
    inner.failures = [StoreUnavailableError("x", "gone")]
    with pytest.raises(StoreUnavailableError):
        store.add(story())
    assert seen(meters, "store_up") == 0
    assert store.add(story()) == 0
    assert (seen(meters, "store_up"), seen(meters, "store_write_seconds_count")) == (1, 3)
