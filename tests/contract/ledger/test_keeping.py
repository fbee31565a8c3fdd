"""How long messages are kept that were sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from switch.node import keeping
from switch.node.entries import Sent, SetAside, ToPublish
from switch.node.ledger import Ledger
from tests.contract.ledger.samples import path_in

pytestmark = pytest.mark.contract

MUCH = 1 << 30
NOW_S = 1_800_000_000.0
HOUR_S = 3600.0


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger.open(path_in(tmp_path), utc_s=lambda: NOW_S)
    yield opened
    opened.close()


def filled(ledger: Ledger, *sent_at_s: float, bytes_each: int = 100) -> None:
    """Have ten messages sent at each of the times, and ten that are not sent."""
    for tens, at_s in enumerate(sent_at_s, start=1):
        ledger.commit([ToPublish("topic", bytes(bytes_each))] * 10)
        ledger.commit([Sent(10 * tens, at_s)])
    ledger.commit([ToPublish("topic", bytes(bytes_each))] * 10)


def numbers(ledger: Ledger) -> list[int]:
    with ledger.reading() as connection:
        return [row[0] for row in connection.execute("SELECT seq FROM outbox ORDER BY seq")]


def drop_all(ledger: Ledger, before_s: float | None = None, most_bytes: int = MUCH) -> None:
    while keeping.drop_sent(ledger, before_s=before_s, most_bytes=most_bytes):
        pass


def test_what_was_sent_long_ago_is_dropped_and_nothing_else(ledger: Ledger) -> None:
    filled(ledger, NOW_S - 3 * HOUR_S, NOW_S - HOUR_S)

    drop_all(ledger, before_s=NOW_S - 2 * HOUR_S)

    assert numbers(ledger) == list(range(11, 31))
    assert [row.seq for row in ledger.unsent(0, 99)] == list(range(21, 31))


def test_what_is_sent_stays_sent_when_all_of_it_is_dropped(ledger: Ledger, tmp_path: Path) -> None:
    filled(ledger, NOW_S - HOUR_S)

    drop_all(ledger, before_s=NOW_S)

    assert numbers(ledger) == list(range(11, 21))
    assert ledger.sent_through == 10
    assert keeping.measure(ledger).unsent == 10


def test_a_clock_that_was_set_back_drops_nothing_early_and_nothing_unsent(ledger: Ledger) -> None:
    filled(ledger, NOW_S, NOW_S - 5 * HOUR_S, NOW_S - 4 * HOUR_S)

    drop_all(ledger, before_s=NOW_S - 6 * HOUR_S)
    assert numbers(ledger) == list(range(1, 41))

    drop_all(ledger, before_s=NOW_S - 4.5 * HOUR_S)
    assert numbers(ledger) == list(range(21, 41))


def test_of_a_full_file_the_oldest_are_dropped_that_are_sent(ledger: Ledger) -> None:
    filled(ledger, *[NOW_S + n for n in range(200)], bytes_each=1000)
    used_bytes = keeping.measure(ledger).used_bytes

    drop_all(ledger, most_bytes=used_bytes // 2)

    left = numbers(ledger)
    assert left == list(range(left[0], 2011))
    assert 0 < keeping.measure(ledger).used_bytes <= used_bytes // 2
    drop_all(ledger, most_bytes=0)
    assert numbers(ledger) == list(range(2001, 2011))


def test_the_file_shrinks_in_steps(ledger: Ledger) -> None:
    filled(ledger, *[NOW_S + n for n in range(1000)], bytes_each=1000)
    drop_all(ledger, most_bytes=0)

    def pages() -> int:
        with ledger.reading() as connection:
            return int(connection.execute("PRAGMA page_count").fetchone()[0])

    before = pages()
    keeping.shrink(ledger)
    assert 0 < before - pages() < before / 4
    for _ in range(20):
        keeping.shrink(ledger)
    assert pages() * 4096 < 5_000_000 < before * 4096


def test_it_is_known_how_full_it_is(ledger: Ledger) -> None:
    assert keeping.measure(ledger).messages == 0
    filled(ledger, NOW_S, bytes_each=5000)
    ledger.commit([SetAside(11, "too large")])

    fill = keeping.measure(ledger)

    assert (fill.messages, fill.unsent, fill.aside) == (20, 10, 1)
    assert fill.oldest_unsent_at_s == NOW_S
    assert 0.4 < fill.unsent_bytes / fill.used_bytes < 0.6
    ledger.commit([Sent(20, NOW_S)])
    assert keeping.measure(ledger).oldest_unsent_at_s is None


def test_what_was_sent_since_is_found_and_what_comes_after(ledger: Ledger) -> None:
    filled(ledger, NOW_S - 3 * HOUR_S, NOW_S - HOUR_S, NOW_S - 2 * HOUR_S)

    assert keeping.first_since(ledger, NOW_S - 9 * HOUR_S) == 1
    assert keeping.first_since(ledger, NOW_S - 2.5 * HOUR_S) == 11
    assert keeping.first_since(ledger, NOW_S - 1.5 * HOUR_S) == 11
    assert keeping.first_since(ledger, NOW_S) is None
    assert keeping.kept_since(ledger) == NOW_S - 3 * HOUR_S


def test_what_is_sent_can_be_read_again_and_what_was_set_aside(ledger: Ledger) -> None:
    filled(ledger, NOW_S)
    ledger.commit([SetAside(4, "too large"), Sent(11, NOW_S)])

    rows = keeping.sent_rows(ledger, after_seq=2, limit=8)

    assert [row.seq for row in rows] == [3, 4, 5, 6, 7, 8, 9, 10]
    assert [row.seq for row in keeping.sent_rows(ledger, after_seq=10, limit=8)] == [11]


def test_marks_are_few(ledger: Ledger) -> None:
    ledger.commit([ToPublish("topic", b"")] * 1000)
    for number in range(1, 1001):
        ledger.commit([Sent(number, NOW_S + number / 20)])

    with ledger.reading() as connection:
        marks = connection.execute("SELECT count(*), max(through) FROM sent").fetchone()
    assert marks[0] <= 12
    assert marks[1] == 1000
