"""A pool and workers that are there already, or lose their line: nobody is taken for dead."""

from __future__ import annotations

import asyncio
import time

import pytest

from dialplan import RepRoute
from switch import roll
from switch.call.target import Party
from switch.node import workers
from switch.node.pooled import Memory
from switch.wire.nursery import Exited, Forked
from switch.wire.worker import Digit, FromWorker, Leave, Ready, Resting
from tests.node.fakes import FakeNursery, FakeWorker, Hall, eventually, obedient

SOON_S = 0.05
DIGIT = Digit(conversation_id="c1", leg_id="c1-1", digit="5", lasted_s=0.1)


def left_by_another(hall: Hall, name: str = "w7") -> FakeWorker:
    """Return a worker that a node before has had made."""
    made = FakeWorker(name, hall.pool._places[-1], hall.pool, obedient)
    hall.nursery.forked.append(made)
    hall.pool.expect([roll.Enrolled(pid=made.process.pid, worker=name, port=made.port)])
    return made


async def test_a_worker_with_a_call_is_found_again_and_no_other_gets_its_place() -> None:
    hall = Hall(FakeNursery(), warm=1, most=2)
    old = left_by_another(hall)
    async with hall:
        old.connects("c1")

        await eventually(lambda: [one.name for one in hall.pool.having("c1")] == ["w7"])
        await eventually(lambda: hall.pool.counts["free"] == 1)
        assert [(one.name, one.port) for one in hall.nursery.forked[1:]] == [
            ("w8", hall.pool._places.start)
        ]
        assert hall.lost == []


async def test_free_ones_that_are_there_are_as_good_as_new_ones() -> None:
    hall = Hall(FakeNursery(), warm=1, most=2)
    old = left_by_another(hall)
    async with hall:
        old.connects()
        old.is_ready()

        await eventually(lambda: hall.pool.counts["free"] == 1)
        assert hall.nursery.forked == [old]


async def test_one_that_rests_is_free_when_it_says_so() -> None:
    hall = Hall(FakeNursery(), warm=1, most=1)
    old = left_by_another(hall)
    async with hall:
        old.connects(is_resting=True)
        await eventually(lambda: hall.pool.counts["resting"] == 1)

        old.is_ready()

        await eventually(lambda: hall.pool.counts["free"] == 1)


async def test_a_worker_that_nobody_has_heard_of_is_welcome() -> None:
    async with Hall(FakeNursery(), warm=0, most=2) as hall:
        stranger = FakeWorker("w5", hall.pool._places[1], hall.pool, obedient)
        hall.nursery.forked.append(stranger)

        stranger.connects("c1")

        await eventually(lambda: hall.pool.at(stranger.port) is not None)
        assert [one.conversation_id for one in hall.pool.having("c1")] == ["c1"]


async def test_one_whose_place_another_has_is_not_let_in() -> None:
    async with Hall(FakeNursery(), warm=1, most=1) as hall:
        await hall.pool.until_warm()
        (first,) = hall.nursery.forked
        second = FakeWorker("w5", first.port, hall.pool, obedient)
        hall.nursery.forked.append(second)

        second.connects("c1")

        await eventually(lambda: not second._tasks)
        assert hall.pool.having("c1") == []
        assert hall.pool.counts["free"] == 1


async def test_a_line_that_is_lost_is_no_death() -> None:
    async with Hall(FakeNursery(), warm=1, most=1) as hall:
        taken = await hall.pool.take("c1")
        assert taken is not None
        worker = hall.worker_of(taken)

        worker.hangs_up()
        await eventually(lambda: taken.line is None)
        taken.tell(DIGIT)
        worker.connects("c1")

        await eventually(lambda: worker.told == [DIGIT])
        assert hall.lost == []
        assert hall.pool.having("c1") == [taken]


async def test_a_free_one_without_a_line_is_given_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("switch.node.pool._FREE_WITHIN_S", SOON_S)
    async with Hall(FakeNursery(), warm=1, most=1) as hall:
        await hall.pool.until_warm()
        (worker,) = hall.nursery.forked
        worker.hangs_up()
        await eventually(lambda: hall.pool._free() is None)

        assert await hall.pool.take("c1") is None


async def test_a_call_that_ended_while_nobody_listened_is_over() -> None:
    async with Hall(FakeNursery(), warm=1, most=1) as hall:
        taken = await hall.pool.take("c1")
        assert taken is not None
        worker = hall.worker_of(taken)
        worker.hangs_up()
        await eventually(lambda: taken.line is None)

        worker.connects()
        worker.is_ready()

        await eventually(lambda: hall.pool.counts["free"] == 1)
        said = [message for _name, message in hall.heard]
        over: list[FromWorker] = [Resting(conversation_id="c1"), Ready(conversations=0)]
        assert said[-2:] == over


async def test_one_that_does_not_come_back_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("switch.node.pool._LOOK_EVERY_S", SOON_S)
    monkeypatch.setattr(workers, "_HELLO_WITHIN_S", SOON_S)
    killed: list[int] = []

    def kill(pid: int, *, within_ms: int) -> None:
        killed.append(pid)
        worker.dies()

    async with Hall(FakeNursery(), warm=1, most=1) as hall:
        taken = await hall.pool.take("c1")
        worker = hall.worker_of(taken)
        # The process that stands for it is none that the roll would kill.
        monkeypatch.setattr(roll, "kill", kill)

        worker.hangs_up()

        await eventually(lambda: hall.lost == ["c1"])
        assert killed == [worker.process.pid]


async def test_one_that_is_forked_and_never_comes_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("switch.node.pool._LOOK_EVERY_S", SOON_S)
    monkeypatch.setattr("switch.node.pool._STILLBORN_PAUSE_S", SOON_S)
    monkeypatch.setattr(workers, "_HELLO_WITHIN_S", SOON_S)
    nursery = FakeNursery()
    nursery.connects = False
    async with Hall(nursery, warm=1, most=1) as hall:
        await eventually(lambda: len(nursery.forked) == 2)

        nursery.connects = True

        await eventually(lambda: hall.pool.counts["free"] == 1)


async def test_one_that_dies_before_it_comes_is_known_by_its_process() -> None:
    nursery = FakeNursery()
    nursery.connects = False
    async with Hall(nursery, warm=1, most=1) as hall:
        await eventually(lambda: nursery.forked)
        (made,) = nursery.forked
        hall.pool.nursery_says(Forked(worker=made.name, port=made.port, pid=made.process.pid))
        hall.pool.nursery_says(Exited(worker=made.name, pid=made.process.pid, status=-9))

        made.dies()

        await eventually(lambda: hall.pool.at(made.port) is None)


async def test_what_is_known_of_a_call_is_told_whenever_it_changes() -> None:
    async with Hall(FakeNursery(), warm=1, most=1) as hall:
        told: list[bytes] = []
        taken = await hall.pool.take("c1")
        assert taken is not None
        hall.remember = lambda worker: told.append(
            worker.memory.encoded() if worker.memory else b""
        )
        taken.memory = Memory(
            caller=Party(role="customer", number="+12065550100"),
            dialled="101",
            max_forwards=70,
            private=False,
        )

        for _ in range(2):
            taken.allow("saul", RepRoute(rep="saul", extension="102", display_name="Saul"))
            taken.owns("a@b", "saul")
            taken.charge("+15045550100", "saul")

        assert len(told) == 3
        again = Memory.decoded(told[-1])
        assert again == taken.memory
        assert (again.users, again.owners, again.charged) == (
            ["saul"],
            {"a@b": "saul"},
            {"+15045550100": "saul"},
        )


async def test_one_that_comes_while_the_switch_stops_is_told_to_leave() -> None:
    nursery = FakeNursery()
    nursery.connects = False
    async with Hall(nursery, warm=1, most=1) as hall:
        await eventually(lambda: nursery.forked)
        stopping = asyncio.create_task(hall.pool.stop(5))
        await asyncio.sleep(0)
        began_s = time.monotonic()

        nursery.forked[0].connects()

        await stopping
        assert nursery.forked[0].told == [Leave()]
        assert time.monotonic() - began_s < 4
