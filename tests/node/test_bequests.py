"""What dead workers have left of calls that the node never came to write down."""

from __future__ import annotations

from pathlib import Path

import msgspec

from switch import bequest
from switch.bequest import Bequest
from switch.node.entries import ToPublish
from switch.node.ledger import Ledger
from switch.records import codec, topics
from switch.records.leg import LegRecord
from switch.wire.survival import Standing
from switch.wire.worker import Changed, Resting, encode
from tests.node.fakes import eventually
from tests.node.test_switchboard import ALICES, ENDED, Desk, desk
from tests.sip.test_dialog import alices

PID = 4_194_304 + 7
"""Nobody's: there is no higher one than 2^22."""


def leaves(made: Desk, *messages: Changed | Standing | Resting) -> None:
    left = Bequest.begin(made.run_dir, PID)
    for message in messages:
        left.add(encode(message))


async def published(made: Desk) -> list[LegRecord]:
    await made.journal.note()
    rows = await made.journal.ask(lambda ledger: ledger.unsent(0, 99))
    return [codec.decode(row.payload) for row in rows]


async def test_a_call_that_only_its_worker_knew_is_published_and_over(tmp_path: Path) -> None:
    async with desk(tmp_path) as made:
        made.journal.start()
        leaves(made, Changed(record=ALICES), Changed(record=ENDED), Resting(conversation_id="c1"))
        assert made.board.bequests.besides({PID}) == []
        assert made.board.bequests.besides({1}) == [PID]

        await made.board.bequests.take(PID)

        assert await published(made) == [ALICES, ENDED]
        assert await made.journal.ask(Ledger.calls) == []
        await eventually(lambda: bequest.pids(made.run_dir) == [])


async def test_a_call_that_only_its_worker_knew_and_that_goes_on_is_ended(tmp_path: Path) -> None:
    async with desk(tmp_path) as made:
        made.journal.start()
        dialog = msgspec.structs.replace(alices(), port=made.worker.port)
        standing = Standing(conversation_id="c1", leg_id="c1-2", dialog=dialog)
        leaves(made, Changed(record=ALICES), standing)

        await made.board.bequests.take(PID)

        first, last = await published(made)
        assert first == ALICES
        assert (last.state, last.end_reason) == ("ended", "worker_lost")
        assert made.board.caretaker.heirs.has(made.worker.port)


async def test_what_was_published_before_is_not_taken_for_news(tmp_path: Path) -> None:
    async with desk(tmp_path) as made:
        made.journal.start()
        payload = codec.encode(ENDED, node="node1", at="2026-11-22T12:46:01.000Z")
        other = topics.leg("c11", "c11-2")
        made.journal.note(
            ToPublish(topics.leg("c1", "c1-2"), payload), ToPublish(other, b"of another version")
        )
        leaves(made, Changed(record=ALICES), Changed(record=ENDED))

        made.board.bequests.take_later(PID)

        await eventually(lambda: bequest.pids(made.run_dir) == [])
        rows = await made.journal.ask(lambda ledger: ledger.unsent(0, 99))
        assert len(rows) == 2


async def test_a_call_that_is_looked_after_is_left_alone(tmp_path: Path) -> None:
    async with desk(tmp_path) as made:
        made.journal.start()
        leaves(made, Changed(record=ALICES))

        await made.board.bequests.take(PID, but="c1")

        assert await published(made) == []


def test_there_are_no_files_where_there_is_no_folder(tmp_path: Path) -> None:
    assert bequest.pids(tmp_path) == []
