"""What a node makes of the calls that it has not taken itself."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from dialplan import Did, Rep
from switch import bequest, roll
from switch.bequest import Bequest
from switch.call.target import Party
from switch.config import embedded
from switch.demo.ports import free_ports
from switch.node.bus import Broker
from switch.node.entries import KeptCall
from switch.node.journal import Journal
from switch.node.last_words import LastWords, last_words
from switch.node.ledger import Ledger
from switch.node.pooled import Memory, PooledWorker
from switch.node.publisher import Publisher
from switch.node.switchboard import Switchboard
from switch.records import codec
from switch.wire.survival import About, Standing
from switch.wire.worker import Changed, Resting, encode
from tests.node.fakes import FakeNursery, FakeWorker, Hall, eventually, obedient
from tests.node.samples import RECORD
from tests.sip.test_dialog import alices

MEMORY = Memory(
    caller=Party(role="customer", number="+12065550100", trunk="pstn"),
    dialled="+14805550100",
    max_forwards=70,
    private=False,
    owners={"b@c": "alice"},
    users=["alice", "nobody"],
)
ALICES = msgspec.structs.replace(RECORD, leg_id="c1-2", role="rep", rep="alice", side="callee")
ENDED = msgspec.structs.replace(
    ALICES,
    revision=2,
    state="ended",
    ended_at="2026-11-22T12:46:01.000Z",
    end_reason="completed",
    ended_by="party",
)
ABOUT = About(call_id="a@b", caller=MEMORY.caller, dialled=MEMORY.dialled, user="alice")


class _NoMedia:
    """A media server that nobody asks: nothing is orphaned here."""

    async def request(self, command: str, **_fields: Any) -> dict[str, Any]:
        raise AssertionError(command)


@dataclasses.dataclass(slots=True)
class Desk:
    """A switchboard, and a worker that was there before it."""

    hall: Hall
    board: Switchboard
    journal: Journal
    worker: FakeWorker
    run_dir: Path

    def kept(self, *, pid: int | None = None, memory: bytes | None = None) -> KeptCall:
        return KeptCall(
            conversation_id="c1",
            worker=self.worker.name,
            port=self.worker.port,
            pid=pid or self.worker.process.pid,
            memory=MEMORY.encoded() if memory is None else memory,
            legs={"c1-2": ALICES},
            dialogs={},
            waiting=None,
        )


@contextlib.asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[Desk]:
    config = embedded(
        folder,
        ports=free_ports(),
        reps=[
            Rep(name=name, extension=number, display_name=name.title())
            for name, number in {"alice": "101", "saul": "102"}.items()
        ],
        dids=[Did(number="+14805550100", rep="alice")],
    )
    config.switch.run_dir.mkdir(exist_ok=True)
    journal = Journal(Ledger.open(config.ledger_path))
    broker = Broker(host="127.0.0.1", port=9, username=None, password=None)
    hall = Hall(FakeNursery(), warm=0, most=2)
    board = Switchboard(
        config,
        hall.pool,
        media=_NoMedia(),
        journal=journal,
        publisher=Publisher(journal, node="node1", broker=broker),
        send=lambda _plan: None,
    )
    hall.listener = board.heard

    def remember(worker: PooledWorker) -> None:
        board.calls.remember(worker)

    hall.remember = remember
    worker = FakeWorker("w7", hall.pool._places[-1], hall.pool, obedient)
    hall.nursery.forked.append(worker)
    hall.pool.expect([roll.Enrolled(pid=worker.process.pid, worker="w7", port=worker.port)])
    async with hall:
        yield Desk(hall, board, journal, worker, config.switch.run_dir)
    board.caretaker.heirs.close()
    await journal.stop()


async def test_a_call_of_the_node_before_is_as_if_it_were_its_own(tmp_path: Path) -> None:
    async with desk(tmp_path) as made:
        assert made.board.restore([made.kept()]) == []

        (worker,) = made.hall.pool.having("c1")
        assert worker.memory == MEMORY
        assert list(worker.routes) == ["alice"]
        assert made.board.reps.states() == {"alice": "on_call", "saul": "offline"}
        made.worker.connects("c1")
        await eventually(lambda: worker.line is not None)
        assert made.hall.pool.counts["taken"] == 1


async def test_a_call_whose_worker_has_died_is_given_back_to_be_looked_after(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as made:
        another = made.kept(pid=made.worker.process.pid + 1)

        assert made.board.restore([another]) == [another]
        assert made.hall.pool.having("c1") == []
        made.worker.dies()


async def test_what_another_version_remembered_costs_no_call(tmp_path: Path) -> None:
    async with desk(tmp_path) as made:
        assert made.board.restore([made.kept(memory=b"?")]) == []

        (worker,) = made.hall.pool.having("c1")
        assert worker.memory is None
        # The worker itself knows the most of it.
        made.worker.connects("c1", about=ABOUT)
        await eventually(lambda: worker.memory is not None)
        assert list(worker.routes) == ["alice"]


async def test_a_call_that_the_node_before_had_no_time_to_write_down_is_known_by_its_worker(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as made:
        assert made.board.restore([]) == []
        caller = Party(role="rep", rep="saul", number="102")

        made.worker.connects(
            "c1", about=About(call_id="a@b", caller=caller, dialled="101", user="alice")
        )

        await eventually(lambda: made.hall.pool.having("c1"))
        (worker,) = made.hall.pool.having("c1")
        await eventually(lambda: worker.memory is not None)
        assert worker.memory is not None
        assert worker.memory.owners == {"a@b": "saul"}
        made.journal.start()
        await made.journal.note()
        (kept,) = await made.journal.ask(Ledger.calls)
        assert (kept.conversation_id, kept.pid) == ("c1", made.worker.process.pid)


async def test_what_a_dead_worker_has_left_is_read_and_burnt_once_it_is_on_disk(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as made:
        call = made.kept(pid=made.worker.process.pid + 1)
        left = Bequest.begin(made.run_dir, call.pid)
        left.add(b"of another version\n")
        left.add(encode(Changed(record=ENDED, number=1)))
        left.add(encode(Resting(conversation_id="c1")))
        made.board.restore([call])

        made.board.orphaned(call)

        assert made.board.reps.states() == {"alice": "offline", "saul": "offline"}
        assert bequest.read(made.run_dir, call.pid) != []  # Killed now, we would need it.
        made.journal.start()
        await eventually(lambda: bequest.read(made.run_dir, call.pid) == [])
        assert await made.journal.ask(Ledger.calls) == []
        (sent,) = await made.journal.ask(lambda ledger: ledger.unsent(0, 9))
        assert codec.decode(sent.payload) == ENDED


async def test_a_call_whose_worker_said_only_to_its_file_that_it_had_begun_is_looked_after(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as made:
        call = dataclasses.replace(made.kept(pid=made.worker.process.pid + 1), legs={})
        dialog = msgspec.structs.replace(alices(), port=call.port)
        left = Bequest.begin(made.run_dir, call.pid)
        left.add(encode(Changed(record=ALICES, number=1)))
        left.add(encode(Standing(conversation_id="c1", leg_id="c1-2", dialog=dialog)))
        made.board.restore([call])

        made.board.orphaned(call, begun=False)

        made.journal.start()
        await made.journal.note()
        (sent,) = await made.journal.ask(lambda ledger: ledger.unsent(1, 9))
        last = codec.decode(sent.payload)
        assert (last.leg_id, last.end_reason) == ("c1-2", "worker_lost")
        words = await made.journal.ask(partial(last_words, now_s=time.time()))
        assert words == [LastWords(leg_id="c1-2", dialog=dialog, is_said=False)]
