"""What the node notes of the calls that are up, and what the next one makes of it."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from switch.call.target import Party
from switch.node.calls import Calls
from switch.node.entries import (
    CallKept,
    CallOver,
    DialogKept,
    Entry,
    KeptCall,
    LegKept,
    ToPublish,
    WaitingKept,
)
from switch.node.pooled import Memory, PooledWorker
from switch.records.leg import LegRecord
from switch.wire.survival import Kept, Salvaged, Standing
from switch.wire.worker import Changed, Resting, ToWorker
from tests.node.samples import DIALOG, ENDED, LATER, RECORD
from tests.node.test_inheritance import WAITING

MEMORY = Memory(
    caller=Party(role="customer", number="+12065550100"),
    dialled="101",
    max_forwards=70,
    private=False,
)


class Paper:
    """A journal that is written when a test says so."""

    def __init__(self) -> None:
        self.noted: list[Entry] = []
        self._written: list[asyncio.Future[None]] = []

    def note(self, *entries: Entry) -> asyncio.Future[None]:
        self.noted += entries
        written = asyncio.get_running_loop().create_future()
        self._written.append(written)
        return written

    async def is_written(self) -> None:
        for written in self._written:
            written.set_result(None)
        self._written.clear()
        for _ in range(3):
            await asyncio.sleep(0)

    def is_lost(self) -> None:
        for written in self._written:
            written.cancel()


class Worker(PooledWorker):
    """A worker that keeps what it is told."""

    told: list[ToWorker]

    def tell(self, message: ToWorker) -> None:
        self.told.append(message)

    @property
    def pid(self) -> int:
        return 4711


class Office:
    """Calls, and whatever they tell."""

    def __init__(self) -> None:
        self.paper = Paper()
        self.changed: list[LegRecord] = []
        self.over: list[str] = []
        self.orphans: list[tuple[KeptCall, bool]] = []
        self.calls = Calls(
            self.paper,
            publish=lambda record: ToPublish(record.leg_id, b"%d" % record.revision),
            changed=self.changed.append,
            over=self.over.append,
            orphaned=lambda call, begun: self.orphans.append((call, begun)),
            confirms_after_s=0,
        )

    def has(self) -> Worker:
        """Let a worker have a call."""
        worker = Worker(name="w1", port=20_000, conversation_id="c1", memory=MEMORY)
        worker.told = []
        self.calls.remember(worker)
        return worker


@pytest.fixture
async def office() -> Office:
    return Office()


async def test_who_has_a_call_is_noted_with_what_is_known_of_it(office: Office) -> None:
    office.has()

    assert office.paper.noted == [
        CallKept("c1", worker="w1", port=20_000, pid=4711, memory=MEMORY.encoded())
    ]


async def test_nothing_is_noted_of_a_worker_without_a_call(office: Office) -> None:
    office.calls.remember(Worker(name="w1", port=20_000))

    assert office.paper.noted == []


async def test_a_record_is_confirmed_when_it_is_on_disk(office: Office) -> None:
    worker = office.has()

    office.calls.heard(worker, Changed(record=RECORD, number=7))

    assert office.paper.noted[1:] == [ToPublish("c1-1", b"1"), LegKept(RECORD)]
    assert office.changed == [RECORD]
    assert worker.told == []
    await office.paper.is_written()
    assert worker.told == [Kept(number=7)]


async def test_what_is_said_again_is_confirmed_again_and_not_published(office: Office) -> None:
    worker = office.has()
    office.calls.heard(worker, Changed(record=LATER, number=2))

    for number, record in enumerate((RECORD, LATER), start=1):
        office.calls.heard(worker, Changed(record=record, number=number))

    assert office.changed == [LATER]
    await office.paper.is_written()
    assert worker.told == [Kept(number=2)]  # that says it of all before, too


async def test_what_could_not_be_written_is_not_confirmed(office: Office) -> None:
    worker = office.has()
    office.calls.heard(worker, Changed(record=RECORD, number=1))

    office.paper.is_lost()
    await asyncio.sleep(0)

    assert worker.told == []


async def test_a_record_of_a_call_that_is_not_known_is_published_all_the_same(
    office: Office,
) -> None:
    worker = Worker(name="w1", port=20_000)
    worker.told = []

    office.calls.heard(worker, Changed(record=ENDED, number=1))

    assert office.changed == [ENDED]


async def test_dialogs_and_who_waits_are_noted_once(office: Office) -> None:
    worker = office.has()
    standing = Standing(conversation_id="c1", leg_id="c1-1", dialog=DIALOG)

    for _ in range(2):
        office.calls.heard(worker, standing)
        office.calls.heard(worker, Salvaged(conversation_id="c1", waiting=None))

    assert office.paper.noted[1:] == [DialogKept("c1", "c1-1", DIALOG)]
    assert not [one for one in office.paper.noted if isinstance(one, WaitingKept)]


async def test_a_call_whose_worker_dies_is_told_of_as_it_was_kept(office: Office) -> None:
    worker = office.has()
    office.calls.heard(worker, Changed(record=RECORD, number=1))
    other = msgspec.structs.replace(ENDED, leg_id="c1-2")
    office.calls.heard(worker, Changed(record=other, number=2))
    for leg_id in ("c1-1", "c1-2"):
        office.calls.heard(worker, Standing(conversation_id="c1", leg_id=leg_id, dialog=DIALOG))

    office.calls.lost(worker)

    kept = KeptCall(
        conversation_id="c1",
        worker="w1",
        port=20_000,
        pid=4711,
        memory=MEMORY.encoded(),
        legs={"c1-1": RECORD},
        dialogs={"c1-1": DIALOG},
        waiting=None,
    )
    assert office.orphans == [(kept, True)]


async def test_a_call_is_told_of_that_has_not_begun_or_is_over_but_for_its_worker(
    office: Office,
) -> None:
    office.calls.lost(office.has())
    (not_begun,) = office.orphans
    assert (not_begun[0].legs, not_begun[1]) == ({}, False)

    worker = office.has()
    office.calls.heard(worker, Changed(record=ENDED, number=1))
    office.calls.lost(worker)

    assert (office.orphans[1][0].legs, office.orphans[1][1]) == ({}, True)
    assert office.over == []


async def test_what_a_dead_worker_has_left_is_taken_as_if_it_had_been_heard(
    office: Office,
) -> None:
    office.calls.heard(office.has(), Changed(record=RECORD, number=1))

    kept = office.calls.inherit(
        "c1",
        [
            Changed(record=RECORD, number=1),
            Standing(conversation_id="c1", leg_id="c1-1", dialog=DIALOG),
            Changed(record=LATER, number=2),
            Salvaged(conversation_id="c1", waiting=WAITING),
        ],
    )

    assert kept is not None
    assert (kept.legs, kept.dialogs) == ({"c1-1": LATER}, {"c1-1": DIALOG})
    assert kept.waiting == WAITING
    assert office.changed == [RECORD, LATER]  # What was heard before is not published again.
    assert office.paper.noted[-1] == WaitingKept("c1", WAITING)
    assert office.over == []


async def test_what_a_worker_has_left_of_the_conversation_before_is_nothing_to_this_one(
    office: Office,
) -> None:
    office.has()
    before = msgspec.structs.replace(RECORD, conversation_id="c0")

    kept = office.calls.inherit(
        "c1",
        [
            Changed(record=before, number=1),
            Standing(conversation_id="c0", leg_id="c0-1", dialog=DIALOG),
            Salvaged(conversation_id="c0", waiting=WAITING),
            Resting(conversation_id="c0"),
        ],
    )

    assert kept is not None
    assert (kept.legs, kept.dialogs, kept.waiting) == ({}, {}, None)
    assert (office.changed, office.over) == ([], [])


async def test_a_conversation_that_a_dead_worker_had_brought_to_its_end_is_over(
    office: Office,
) -> None:
    office.has()

    left: list[Changed | Resting] = [Changed(record=ENDED, number=1), Resting(conversation_id="c1")]
    assert office.calls.inherit("c1", left) is None

    assert (office.changed, office.over) == ([ENDED], ["c1"])
    assert office.calls.inherit("c1", left) is None
    assert office.over == ["c1"]


async def test_a_call_that_is_over_is_forgotten(office: Office) -> None:
    worker = office.has()
    office.calls.over("c1")
    office.calls.lost(worker)

    assert (office.over, office.orphans) == (["c1"], [])
    assert office.paper.noted[-1] == CallOver("c1")


async def test_the_next_node_goes_on_where_the_last_one_ended(office: Office) -> None:
    told: list[LegRecord] = []
    kept = KeptCall(
        conversation_id="c1",
        worker="w1",
        port=20_000,
        pid=4711,
        memory=MEMORY.encoded(),
        legs={"c1-1": LATER},
        dialogs={"c1-1": DIALOG},
        waiting=None,
    )

    office.calls.restore([kept], told=told.append)

    assert told == [LATER]
    worker = Worker(name="w1", port=20_000, conversation_id="c1")
    worker.told = []
    office.calls.heard(worker, Changed(record=RECORD, number=1))
    office.calls.heard(worker, Changed(record=LATER, number=2))
    assert office.changed == []
    office.calls.lost(worker)
    assert office.orphans == [(kept, True)]
