"""The figures of a day are worked out once, of what is news, by the clocks of this machine."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from switch.desk.daybook import Daybook
from switch.desk.store import Store, make_store
from switch.records.leg import LegRecord
from tests.records.samples import at, customer, story

DAY = dt.date(2026, 11, 22)


class Counting:
    """Counts what is read of a store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.looks = 0
        self.read: list[str] = []

    def marks(self, *, since: str, until: str) -> dict[str, int]:
        self.looks += 1
        return self.store.marks(since=since, until=until)

    def records(self, ids: Sequence[str]) -> dict[str, list[LegRecord]]:
        self.read += ids
        return self.store.records(ids)


@pytest.fixture
def counting(tmp_path: Path) -> Iterator[Counting]:
    store = make_store(tmp_path / "threads.sqlite")
    yield Counting(store)
    store.close()


@pytest.fixture
def arizona(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "America/Phoenix")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def book_of(counting: Counting, **settings: float) -> tuple[Daybook, list[float]]:
    """Return a book, and the time by its clock."""
    times = [1000.0]
    store: Store = counting  # type: ignore[assignment]
    now_s = dt.datetime(2026, 11, 23, 3, tzinfo=dt.UTC).timestamp()
    return Daybook(store, now=lambda: now_s, clock=lambda: times[0], **settings), times


async def test_many_who_look_at_once_have_it_worked_out_once(counting: Counting) -> None:
    counting.store.add(story())
    book, _ = book_of(counting)

    seen = await asyncio.gather(*(book.figures(DAY) for _ in range(20)))

    assert counting.looks == 1
    assert all(one is seen[0] for one in seen)


async def test_figures_are_worked_out_again_once_they_are_old(counting: Counting) -> None:
    book, times = book_of(counting, fresh_s=3.0)
    await book.figures(DAY)
    counting.store.add(story())

    times[0] += 2.9
    young = await book.figures(DAY)
    times[0] += 0.1
    old = await book.figures(DAY)

    assert (young.inbound.calls, old.inbound.calls) == (0, 1)


async def test_a_conversation_is_read_again_only_if_it_has_changed(counting: Counting) -> None:
    book, _ = book_of(counting, fresh_s=0.0)
    counting.store.add(story(conversation_id="c1"))
    counting.store.add([customer(conversation_id="c2")])
    await book.figures(DAY)
    await book.figures(DAY)
    counting.store.add([customer(conversation_id="c2", revision=2, state="alerted")])
    await book.figures(DAY)

    assert counting.read == ["c1", "c2", "c2"]


async def test_a_day_that_was_not_looked_at_for_long_is_forgotten(counting: Counting) -> None:
    book, _ = book_of(counting)
    counting.store.add(story(conversation_id="c1"))
    for days in range(5):
        await book.figures(DAY + dt.timedelta(days=days))
    await book.figures(DAY)

    assert counting.read == ["c1", "c1"]


async def test_the_day_is_that_of_the_clocks_of_this_machine(
    counting: Counting, arizona: None
) -> None:
    counting.store.add([customer(conversation_id="late", offered_at="2026-11-23T02:59:59.000Z")])
    counting.store.add([customer(conversation_id="next", offered_at="2026-11-23T07:00:00.000Z")])
    book, _ = book_of(counting)

    seen = await book.figures()

    assert (seen.day, seen.zone, seen.inbound.calls) == ("2026-11-22", "MST", 1)
    assert (seen.from_at, seen.to_at) == ("2026-11-22T07:00:00.000Z", "2026-11-23T07:00:00.000Z")


async def test_a_day_on_which_clocks_are_set_is_as_long_as_it_is(
    counting: Counting, monkeypatch: pytest.MonkeyPatch, arizona: None
) -> None:
    monkeypatch.setenv("TZ", "America/Denver")
    time.tzset()
    book, _ = book_of(counting)

    seen = await book.figures(dt.date(2026, 3, 8))

    assert (seen.from_at, seen.to_at) == ("2026-03-08T07:00:00.000Z", "2026-03-09T06:00:00.000Z")
    assert at(0) > seen.to_at
