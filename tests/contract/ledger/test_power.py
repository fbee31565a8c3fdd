"""Power fails, and processes are killed: what was confirmed is there, and nothing half."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from switch.node.entries import Entry, LegKept
from switch.node.ledger import Ledger
from tests.contract.bus.conftest import PATIENCE_S
from tests.contract.ledger.samples import CALL, path_in, published, revisions
from tests.records.samples import customer

pytestmark = pytest.mark.contract

BEFORE = 20
MOST_CUTS = 500


def a_transaction(number: int) -> list[Entry]:
    """Return what comes together: three records of a leg, and the leg as it is then."""
    records = [customer(revision=3 * number + n) for n in (1, 2, 3)]
    return [CALL, *map(published, records), *map(LegKept, records)]


def assert_whole(path: Path, transactions: set[int]) -> None:
    """Have the file hold so many whole transactions and nothing else, and take another."""
    ledger = Ledger.open(path)
    try:
        found = revisions(ledger)
        count, rest = divmod(len(found), 3)
        assert rest == 0
        assert count in transactions
        assert found == list(range(1, 3 * count + 1))
        (call,) = ledger.calls()
        assert call.legs["leg-0"].revision == 3 * count
        with ledger.reading() as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        ledger.commit(a_transaction(count))
        assert len(revisions(ledger)) == 3 * count + 3
    finally:
        ledger.close()


def cuts(start: int, end: int) -> Iterator[int]:
    """Yield where the log is cut: at every byte, or at as many as there is time for."""
    edges = {offset + by for offset in range(start, end, 4096 + 24) for by in (-1, 0, 1, 24, 25)}
    step = max(1, (end - start) // MOST_CUTS)
    yield from sorted((edges | set(range(start, end, step)) | {end - 1}) & set(range(start, end)))


@pytest.mark.parametrize("tail", ["cut", "zeroes", "noise"])
def test_a_transaction_cut_at_any_byte_leaves_all_before_it_and_nothing_of_itself(
    tmp_path: Path, tail: str
) -> None:
    path = path_in(tmp_path)
    wal = path.with_name(path.name + "-wal")
    ledger = Ledger.open(path)
    for number in range(BEFORE):
        ledger.commit(a_transaction(number))
    start = wal.stat().st_size
    ledger.commit(a_transaction(BEFORE))
    before, log = path.read_bytes(), wal.read_bytes()
    ledger.close()
    assert len(log) > start + 4096
    noise = random.Random(1)
    places = list(cuts(start, len(log)))
    if tail != "cut":
        places = places[:: max(1, len(places) // 100)]

    for place in places:
        after = tmp_path / "after"
        after.mkdir()
        rest = len(log) - place
        torn = {"cut": b"", "zeroes": bytes(rest), "noise": noise.randbytes(rest)}[tail]
        path_in(after).write_bytes(before)
        path_in(after).with_name(wal.name).write_bytes(log[:place] + torn)

        assert_whole(path_in(after), {BEFORE})

        shutil.rmtree(after)


def test_power_that_fails_while_the_log_is_written_back_costs_nothing(tmp_path: Path) -> None:
    path = path_in(tmp_path)
    wal = path.with_name(path.name + "-wal")
    ledger = Ledger.open(path)
    for number in range(BEFORE):
        ledger.commit(a_transaction(number))
    old, log = path.read_bytes(), wal.read_bytes()
    ledger.close()  # writes it all back
    new = path.read_bytes()
    assert len(new) > len(old)

    for place in range(0, len(new), 1021):
        after = tmp_path / "after"
        after.mkdir()
        path_in(after).write_bytes(new[:place] + old[place:])
        path_in(after).with_name(wal.name).write_bytes(log)

        assert_whole(path_in(after), {BEFORE})

        shutil.rmtree(after)


_NODE = """
import asyncio, sys
from pathlib import Path
from switch.node.journal import Journal
from switch.node.ledger import Ledger
from tests.contract.ledger.test_power import a_transaction

async def main() -> None:
    journal = Journal(Ledger.open(Path(sys.argv[1])), linger_s=0.001)
    journal.start()
    number = journal.last_seq // 3
    while True:
        notes = [journal.note(*a_transaction(number + n)) for n in range(5)]
        for note in notes:
            await note
            number += 1
            print(number, flush=True)

asyncio.run(main())
"""


def test_a_node_that_is_killed_while_it_writes_loses_nothing_it_has_confirmed(
    tmp_path: Path,
) -> None:
    path = path_in(tmp_path)
    chance = random.Random(2)
    confirmed = 0
    for _ in range(6):
        child = subprocess.Popen(
            [sys.executable, "-c", _NODE, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        for _ in range(chance.randint(1, 300)):
            confirmed = int(child.stdout.readline())
        child.kill()
        for line in child.stdout:
            if line.endswith("\n"):
                confirmed = int(line)
        child.wait(PATIENCE_S)
        child.stdout.close()

        ledger = Ledger.open(path)
        found = revisions(ledger)
        kept = ledger.calls()[0].legs["leg-0"].revision
        ledger.close()
        assert found == list(range(1, len(found) + 1))
        assert len(found) == kept
        assert confirmed * 3 <= len(found) <= confirmed * 3 + 30

    assert confirmed > 6
