"""Two desks on one database, as processes of their own: the rows come out the same."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Sequence
from contextlib import closing
from multiprocessing.synchronize import Barrier

import msgspec
import pytest

from switch.desk.letters import DeadLetter
from switch.desk.store import Store, make_store
from switch.records.leg import LegRecord
from switch.threads.thread import fold
from switch.threads.view import view
from tests.records.samples import at, given_back, story

pytestmark = pytest.mark.contract

PATIENCE_S = 120
CALLS = 60
BATCH = 40


def stream() -> list[LegRecord]:
    kinds = (story(), given_back(), story(["bob"], [7]))
    return [
        msgspec.structs.replace(record, conversation_id=f"c{number:03}")
        for number in range(CALLS)
        for record in kinds[number % 3]
    ]


def letters(seed: int) -> list[DeadLetter]:
    made = [
        DeadLetter.of("a/b", b"%d" % number, at=at(number), kind="foreign", problem="none")
        for number in range(30)
    ]
    random.Random(seed).shuffle(made)
    return made


def desk(url: str, seed: int, start: Barrier) -> None:
    """Store everything in an order of one's own, with old records and letters in between."""
    records = stream() * 2
    random.Random(seed).shuffle(records)
    aside = letters(seed)
    with closing(make_store(url)) as store:
        start.wait(PATIENCE_S)
        for place in range(0, len(records), BATCH):
            store.add(records[place : place + BATCH], aside[place % 29 : place % 29 + 2])
        store.add([], aside)


def together(url: str, seeds: Sequence[int]) -> None:
    """Run such desks at the same time, and see that all end well."""
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Barrier(len(seeds))
    desks = [spawn.Process(target=desk, args=(url, seed, start)) for seed in seeds]
    for one in desks:
        one.start()
    for one in desks:
        one.join(PATIENCE_S)
        if one.is_alive():
            one.kill()
    assert [one.exitcode for one in desks] == [0] * len(seeds)


def threads_of(records: Sequence[LegRecord]) -> set[object]:
    by_id: dict[str, list[LegRecord]] = {}
    for record in records:
        by_id.setdefault(record.conversation_id, []).append(record)
    return {view(fold(some)) for some in by_id.values()}


def test_the_same_records_from_two_desks_end_in_the_same_rows(url: str) -> None:
    together(url, (1, 2))

    with closing(make_store(url)) as store:
        assert set(store.newest(limit=1000)) == threads_of(stream())
        assert store.add(stream()) == 0
        assert len(store.letters(limit=1000)) == 30


def test_all_published_again_into_a_new_store_is_the_same(url: str, real_store: Store) -> None:
    records = stream()
    real_store.add(records)
    before = real_store.newest(limit=1000)

    # The newest first, and every record thrice: what a replay sends may be what is known.
    for record in reversed(records * 3):
        real_store.add([record])

    assert real_store.newest(limit=1000) == before
    assert set(before) == threads_of(records)
