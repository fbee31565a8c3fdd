from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable

import structlog

from switch.desk.errors import StoreUnavailableError
from switch.desk.letters import read
from switch.desk.upkeep import Upkeep
from switch.records.leg import LegRecord

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


class Ageing:
    """A store that notes what is asked of it."""

    def __init__(self, expiring: list[int]) -> None:
        self.expiring = expiring
        self.asked: list[object] = []
        self.failures: list[StoreUnavailableError] = []
        self.stopping = asyncio.Event()
        self.loop = asyncio.get_running_loop()

    def read_letters_again(
        self, read_it: Callable[[str, bytes], LegRecord], *, kind: str | None = None
    ) -> int:
        assert read_it is read
        self.note(("letters", kind))
        return 1

    def expire(self, *, ended_before: str, at: str) -> int:
        self.note(("expire", ended_before, at))
        return self.expiring.pop(0)

    def drop_tombstones(self, *, expired_before: str) -> None:
        self.note(("tombstones", expired_before))
        if not self.expiring:
            self.loop.call_soon_threadsafe(self.stopping.set)

    def note(self, what: object) -> None:
        self.asked.append(what)
        if self.failures:
            raise self.failures.pop(0)


def upkeep(store: Ageing, keep_days: int | None) -> Upkeep:
    return Upkeep(store, keep_days=keep_days, now=lambda: NOW, every_s=0.01)


async def test_old_conversations_go_until_there_are_none_and_again_an_hour_later() -> None:
    store = Ageing([100, 3, 0, 0])

    await upkeep(store, 90).run(store.stopping)

    expired = ("expire", "2026-08-24T12:00:00.000Z", "2026-11-22T12:00:00.000Z")
    dropped = ("tombstones", "2026-10-23T12:00:00.000Z")
    assert store.asked == [
        ("letters", "newer_version"),
        *[expired] * 3,
        dropped,
        expired,
        dropped,
    ]


async def test_kept_for_ever_nothing_goes() -> None:
    store = Ageing([])
    store.loop.call_later(0.05, store.stopping.set)

    await upkeep(store, None).run(store.stopping)

    assert store.asked == [("letters", "newer_version")]


async def test_a_store_that_is_away_is_asked_again_later() -> None:
    structlog.reset_defaults()
    store = Ageing([0])
    store.failures = [StoreUnavailableError("here", "away"), StoreUnavailableError("here", "away")]

    await upkeep(store, 1).run(store.stopping)

    assert [asked[0] for asked in store.asked if isinstance(asked, tuple)] == [
        "letters",
        "expire",
        "expire",
        "tombstones",
    ]
