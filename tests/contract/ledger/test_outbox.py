"""The outbox: watched, limited, and kept small."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from switch.node.entries import Sent, ToPublish
from switch.node.journal import Journal
from switch.node.outbox import Outbox
from tests.contract.bus.conftest import PATIENCE_S, eventually
from tests.contract.ledger.samples import path_in
from tests.contract.ledger.test_journal import FailingLedger

pytestmark = pytest.mark.contract

MB = 1024 * 1024
DAY_S = 86400.0
A_MESSAGE = ToPublish("topic", bytes(1000))


class Clock:
    """A clock on the wall, and time as it goes by."""

    utc_s = 1_800_000_000.0
    steady_s = 0.0

    def pass_(self, seconds: float) -> None:
        self.utc_s += seconds
        self.steady_s += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    started = Journal(FailingLedger.open(path_in(tmp_path)), first_pause_s=0.01)
    started.start()
    yield started
    await started.stop()


@pytest.fixture
def outbox(journal: Journal, clock: Clock) -> Outbox:
    return Outbox(
        journal,
        keep_s=DAY_S,
        most_bytes=MB,
        utc_s=lambda: clock.utc_s,
        steady_s=lambda: clock.steady_s,
        looks_each_s=0.01,
    )


async def messages(journal: Journal, count: int) -> None:
    await asyncio.wait_for(journal.note(*[A_MESSAGE] * count), PATIENCE_S)


async def look_until_nothing_is_dropped(outbox: Outbox) -> None:
    while await outbox.look():
        pass


async def test_one_that_is_full_takes_no_calls_until_the_broker_has_taken_some(
    outbox: Outbox, journal: Journal, clock: Clock
) -> None:
    assert outbox.takes_calls
    with capture_logs() as logs:
        for count in (600, 80, 80, 400):
            await messages(journal, count)
            await look_until_nothing_is_dropped(outbox)

    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("outbox.filling", "warning"),
        ("outbox.filling", "warning"),
        ("outbox.full", "error"),
    ]
    assert (outbox.is_full, outbox.takes_calls) == (True, False)
    assert outbox.fill is not None
    assert outbox.fill.unsent == 1160

    with capture_logs() as logs:
        await journal.note(Sent(1100, clock.utc_s))
        await look_until_nothing_is_dropped(outbox)

    assert outbox.takes_calls
    assert [line["event"] for line in logs] == ["outbox.has_room"]


async def test_what_was_sent_makes_room_first_and_is_nothing_to_warn_of(
    outbox: Outbox, journal: Journal, clock: Clock
) -> None:
    with capture_logs() as logs:
        await messages(journal, 2000)
        await journal.note(Sent(1500, clock.utc_s))
        await look_until_nothing_is_dropped(outbox)

    assert logs == []
    assert outbox.takes_calls
    assert outbox.fill is not None
    assert outbox.fill.used_bytes <= MB
    assert (await journal.next_unsent(0, 1))[0].seq == 1501


async def test_a_disk_that_fails_takes_no_calls(outbox: Outbox, journal: Journal) -> None:
    ledger = await journal.ask(lambda ledger: ledger)
    assert isinstance(ledger, FailingLedger)
    ledger.is_full = True
    note = journal.note(A_MESSAGE)
    await eventually(lambda: not outbox.takes_calls)

    ledger.is_full = False
    await asyncio.wait_for(note, PATIENCE_S)

    await eventually(lambda: outbox.takes_calls)


async def test_what_was_kept_long_enough_goes_while_the_node_runs(
    outbox: Outbox, journal: Journal, clock: Clock
) -> None:
    await messages(journal, 20)
    await journal.note(Sent(10, clock.utc_s))
    running = asyncio.create_task(outbox.run())
    await eventually(lambda: outbox.fill is not None)

    for _ in range(25):
        clock.pass_(DAY_S / 24)
        before = outbox.fill
        await eventually(lambda before=before: outbox.fill is not before)  # type: ignore[misc]

    await eventually(lambda: outbox.fill is not None and outbox.fill.messages == 10)
    running.cancel()


async def test_a_clock_that_was_set_makes_nothing_old_for_an_hour(
    outbox: Outbox, journal: Journal, clock: Clock
) -> None:
    await messages(journal, 20)
    await journal.note(Sent(10, clock.utc_s))
    await outbox.look()
    clock.utc_s += 400 * DAY_S

    assert await outbox.look() == 0
    clock.utc_s -= 400 * DAY_S
    assert await outbox.look() == 0
    clock.utc_s += 400 * DAY_S
    await outbox.look()
    clock.pass_(3500)
    assert await outbox.look() == 0
    clock.pass_(200)

    assert await outbox.look() == 10  # it was right, after all


async def test_a_file_that_cannot_be_read_is_looked_at_again(
    outbox: Outbox, journal: Journal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with capture_logs() as logs, monkeypatch.context() as broken:
        broken.setattr("switch.node.keeping.SENT_THROUGH", "(SELECT broken)")
        running = asyncio.create_task(outbox.run())
        await eventually(lambda: "outbox.cannot_look" in [line["event"] for line in logs])
    await eventually(lambda: outbox.fill is not None)
    running.cancel()
