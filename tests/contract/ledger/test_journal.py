"""The journal, on a real ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from switch.node.entries import Entry, ToPublish
from switch.node.errors import LedgerUnavailable
from switch.node.journal import Journal
from switch.node.ledger import Ledger
from tests.contract.bus.conftest import PATIENCE_S, eventually
from tests.contract.ledger.samples import CALL, path_in, published, revisions, talking
from tests.records.samples import customer

pytestmark = pytest.mark.contract


class FailingLedger(Ledger):
    """A ledger on a disk that is full for a while."""

    is_full = False

    def commit(self, entries: Iterable[Entry]) -> None:
        if self.is_full:
            raise LedgerUnavailable(path=self.path, problem="database or disk is full")
        super().commit(entries)


@pytest.fixture
def ledger(tmp_path: Path) -> FailingLedger:
    return FailingLedger.open(path_in(tmp_path))


@pytest.fixture
async def journal(ledger: FailingLedger) -> AsyncIterator[Journal]:
    started = Journal(ledger, first_pause_s=0.01)
    started.start()
    yield started
    await started.stop()


def on_disk(folder: Path) -> list[int]:
    reader = Ledger.open_to_read(path_in(folder))
    try:
        return revisions(reader)
    finally:
        reader.close()


async def test_what_was_noted_is_on_disk_once_it_is_said_so(
    journal: Journal, tmp_path: Path
) -> None:
    await asyncio.wait_for(journal.note(published(customer()), talking(), CALL), PATIENCE_S)

    assert on_disk(tmp_path) == [1]
    assert (journal.waiting, journal.counts.entries, journal.counts.commits) == (0, 3, 1)


async def test_many_notes_share_a_transaction_and_keep_their_order(
    journal: Journal, tmp_path: Path
) -> None:
    notes = [journal.note(published(customer(revision=n))) for n in range(1, 501)]

    await asyncio.wait_for(asyncio.gather(*notes), PATIENCE_S)

    assert on_disk(tmp_path) == list(range(1, 501))
    assert journal.counts.commits <= 3


async def test_a_full_disk_loses_nothing_and_is_told_of(
    journal: Journal, ledger: FailingLedger, tmp_path: Path
) -> None:
    ledger.is_full = True
    notes = [journal.note(published(customer(revision=n))) for n in range(1, 4)]
    await eventually(lambda: journal.counts.failures > 2)
    await eventually(lambda: not journal.is_healthy)
    notes.append(journal.note(published(customer(revision=4))))
    assert not any(note.done() for note in notes)

    ledger.is_full = False
    await asyncio.wait_for(asyncio.gather(*notes), PATIENCE_S)

    assert on_disk(tmp_path) == [1, 2, 3, 4]
    await eventually(lambda: journal.is_healthy)


async def test_who_no_longer_waits_for_a_note_takes_it_from_nobody(
    journal: Journal, tmp_path: Path
) -> None:
    first, second = (journal.note(published(customer(revision=n))) for n in (1, 2))
    first.cancel()

    await asyncio.wait_for(second, PATIENCE_S)

    assert on_disk(tmp_path) == [1, 2]


async def test_what_was_sent_is_written_with_the_next_note_or_soon(
    journal: Journal, tmp_path: Path
) -> None:
    await journal.note(published(customer(revision=1)), published(customer(revision=2)))

    journal.note_sent(1, 1000.0)
    await journal.note(published(customer(revision=3)))

    assert on_disk(tmp_path) == [2, 3]
    assert journal.counts.commits == 2
    journal.note_sent(2, 1001.0)
    await eventually(lambda: journal.counts.commits == 3)
    assert on_disk(tmp_path) == [3]


async def test_the_publisher_is_given_what_is_unsent_as_soon_as_it_is_on_disk(
    journal: Journal,
) -> None:
    waiting = asyncio.create_task(journal.next_unsent(0, 10))
    await asyncio.sleep(0)

    journal.note(ToPublish("a", b"1"), ToPublish("a", b"2"))
    rows = await asyncio.wait_for(waiting, PATIENCE_S)

    assert [row.payload for row in rows] == [b"1", b"2"]
    assert await journal.next_unsent(1, 10) == rows[1:]


async def test_a_publisher_that_waits_misses_nothing_however_it_and_writing_meet(
    journal: Journal,
) -> None:
    seen: list[int] = []

    async def follow() -> None:
        while len(seen) < 2000:
            rows = await journal.next_unsent(seen[-1] if seen else 0, 7)
            seen.extend(row.seq for row in rows)

    following = asyncio.create_task(follow())
    for number in range(2000):
        journal.note(ToPublish("a", b"%d" % number))
        if number % 10 == 0:
            await asyncio.sleep(number % 3 / 1000)

    await asyncio.wait_for(following, PATIENCE_S)
    assert seen == list(range(1, 2001))


async def test_a_journal_that_stops_writes_what_it_has(
    ledger: FailingLedger, tmp_path: Path
) -> None:
    journal = Journal(ledger)
    journal.start()
    note = journal.note(published(customer()))
    journal.note_sent(0, 1000.0)

    assert await journal.stop() == 0

    assert note.done()
    assert on_disk(tmp_path) == [1]


async def test_what_could_not_be_written_in_time_is_counted(ledger: FailingLedger) -> None:
    ledger.is_full = True
    journal = Journal(ledger, first_pause_s=0.01)
    journal.start()
    note = journal.note(published(customer()))

    assert await journal.stop(timeout_s=0.1) == 1

    assert note.cancelled()
