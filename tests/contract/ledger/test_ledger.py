"""The ledger in a real file."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from switch.call.endings import EndReason
from switch.call.ids import LegId
from switch.call.salvage import Salvage
from switch.node.entries import (
    CallKept,
    CallOver,
    DialogKept,
    Entry,
    LegKept,
    SetAside,
    ToPublish,
    WaitingKept,
)
from switch.node.errors import LedgerMissing, LedgerTooNew, LedgerUnavailable
from switch.node.ledger import Ledger
from switch.wire.survival import Waiting
from tests.contract.ledger.samples import CALL, DIALOG, path_in, published, revisions, talking
from tests.records.samples import at, customer

pytestmark = pytest.mark.contract

WAITING = Waiting(
    salvage=Salvage(
        legs=(),
        transferee=LegId("leg-0"),
        transferor=LegId("leg-1"),
        target=None,
        failure=None,
        fallbacks=(),
        decliners=("saul",),
    ),
    remote_sdp="v=0",
    told_sdp="v=0",
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger.open(path_in(tmp_path))
    yield opened
    opened.close()


def test_what_is_to_be_published_comes_back_in_its_order(ledger: Ledger) -> None:
    ledger.commit(ToPublish(f"topic/{n}", b"%d" % n) for n in range(5))
    ledger.commit([ToPublish("topic/5", b"5")])

    rows = ledger.unsent(0, 4)
    rows += ledger.unsent(rows[-1].seq, 4)

    assert [(row.topic, row.payload) for row in rows] == [
        (f"topic/{n}", b"%d" % n) for n in range(6)
    ]


def test_what_was_sent_is_unsent_no_more_also_after_a_restart(
    ledger: Ledger, tmp_path: Path
) -> None:
    ledger.commit(published(customer(revision=n)) for n in range(1, 6))

    ledger.sent(ledger.unsent(0, 3)[-1].seq, at_s=1000.0)

    assert revisions(ledger) == [4, 5]
    again = Ledger.open(path_in(tmp_path))
    assert revisions(again) == [4, 5]
    again.close()


def test_numbers_go_on_when_all_rows_are_gone(ledger: Ledger, tmp_path: Path) -> None:
    ledger.commit([ToPublish("a", b"1"), ToPublish("a", b"2")])
    ledger.sent(2, at_s=1000.0)
    with ledger.writing() as connection:
        connection.execute("DELETE FROM outbox")
    ledger.close()

    again = Ledger.open(path_in(tmp_path))
    again.commit([ToPublish("a", b"3")])

    assert [row.payload for row in again.unsent(0, 9)] == [b"3"]
    again.close()


def test_a_call_comes_back_with_all_that_was_kept_of_it(ledger: Ledger, tmp_path: Path) -> None:
    kept = DialogKept("conversation-1", "leg-0", DIALOG)
    ledger.commit([CALL, talking(), kept, WaitingKept("conversation-1", WAITING)])
    ledger.close()

    again = Ledger.open(path_in(tmp_path))
    (call,) = again.calls()
    again.close()

    assert (call.conversation_id, call.worker, call.port, call.pid, call.memory) == (
        CALL.conversation_id,
        CALL.worker,
        CALL.port,
        CALL.pid,
        CALL.memory,
    )
    assert call.legs == {"leg-0": talking().record}
    assert call.dialogs == {"leg-0": DIALOG}
    assert call.waiting == WAITING


def test_of_each_leg_the_newest_counts(ledger: Ledger) -> None:
    ledger.commit([CALL, talking(), talking(revision=2)])
    ledger.commit([talking(revision=3)])

    assert ledger.calls()[0].legs == {"leg-0": talking(revision=3).record}


@pytest.mark.parametrize("is_one_transaction", [True, False])
def test_a_leg_that_has_ended_is_forgotten_and_its_dialog_with_it(
    ledger: Ledger, *, is_one_transaction: bool
) -> None:
    kept = DialogKept("conversation-1", "leg-0", DIALOG)
    ended = customer(
        revision=2, state="ended", ended_at=at(9), end_reason=EndReason.COMPLETED, ended_by="party"
    )
    entries: list[Entry] = [CALL, talking(), kept, talking(leg_id="leg-1"), LegKept(ended)]
    for some in [entries] if is_one_transaction else [[entry] for entry in entries]:
        ledger.commit(some)

    (call,) = ledger.calls()
    assert (set(call.legs), call.dialogs) == ({"leg-1"}, {})


def test_who_waits_no_more_is_forgotten(ledger: Ledger) -> None:
    ledger.commit([CALL, WaitingKept("conversation-1", WAITING)])
    ledger.commit([WaitingKept("conversation-1", None)])

    assert ledger.calls()[0].waiting is None


def test_a_call_that_is_over_is_forgotten_but_not_what_is_to_be_published(ledger: Ledger) -> None:
    kept = DialogKept("conversation-1", "leg-0", DIALOG)
    other = CallKept("conversation-2", "worker-2", 20001, 4712, b"{}")
    waiting = WaitingKept("conversation-1", WAITING)
    ledger.commit([CALL, other, talking(), kept, waiting, published(customer())])

    ledger.commit([talking(revision=2), CallOver("conversation-1")])

    assert [call.conversation_id for call in ledger.calls()] == ["conversation-2"]
    assert revisions(ledger) == [1]
    ledger.commit([CALL])
    assert (ledger.calls()[0].legs, ledger.calls()[0].dialogs) == ({}, {})


def test_what_is_kept_after_a_call_was_over_counts(ledger: Ledger) -> None:
    ledger.commit([CALL, talking(), CallOver("conversation-1"), CALL, talking(leg_id="leg-7")])

    assert set(ledger.calls()[0].legs) == {"leg-7"}


def test_what_no_broker_takes_is_kept_apart_and_waits_no_more(ledger: Ledger) -> None:
    ledger.commit([ToPublish("a", b"1"), ToPublish("a", b"2" * 9000)])

    ledger.commit([SetAside(2, "too large")])

    assert [row.payload for row in ledger.unsent(0, 9)] == [b"1"]
    with ledger.reading() as connection:
        assert connection.execute("SELECT seq, why FROM aside").fetchall() == [(2, "too large")]


def test_one_that_fails_keeps_nothing_of_its_transaction(ledger: Ledger) -> None:
    impossible = CallKept("conversation-2", None, 0, 0, b"")  # type: ignore[arg-type]

    with pytest.raises(LedgerUnavailable, match="NOT NULL"):
        ledger.commit([ToPublish("a", b"1"), impossible])

    assert ledger.unsent(0, 9) == []
    ledger.commit([ToPublish("a", b"2")])
    assert [row.payload for row in ledger.unsent(0, 9)] == [b"2"]


def test_only_the_user_of_the_switch_may_read_it(ledger: Ledger, tmp_path: Path) -> None:
    ledger.commit([ToPublish("a", b"1")])

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}

    assert modes == {"node.sqlite": 0o600, "node.sqlite-wal": 0o600, "node.sqlite-shm": 0o600}


def test_somebody_else_reads_while_the_node_writes(ledger: Ledger, tmp_path: Path) -> None:
    reader = Ledger.open_to_read(path_in(tmp_path))
    ledger.commit([published(customer()), CALL])

    assert revisions(reader) == [1]
    assert len(reader.calls()) == 1
    with pytest.raises(LedgerUnavailable, match="readonly"):
        reader.commit([CALL])
    reader.close()


def test_where_no_node_has_run_there_is_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(LedgerMissing, match="has it run with this data folder"):
        Ledger.open_to_read(path_in(tmp_path))

    assert list(tmp_path.iterdir()) == []


def test_the_file_of_a_later_release_is_left_alone(tmp_path: Path) -> None:
    Ledger.open(path_in(tmp_path)).close()
    with sqlite3.connect(path_in(tmp_path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(LedgerTooNew, match="start the release that wrote it"):
        Ledger.open(path_in(tmp_path))


def test_what_is_no_ledger_is_refused_with_its_name(tmp_path: Path) -> None:
    path_in(tmp_path).write_bytes(b"no database at all, but long enough to be one" * 100)

    with pytest.raises(LedgerUnavailable, match=r"node\.sqlite cannot be used: file is not"):
        Ledger.open(path_in(tmp_path))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(LedgerUnavailable, match="cannot be used"):
        Ledger.open(tmp_path / "file" / "node.sqlite")
