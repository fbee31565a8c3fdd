"""Enough workers, and not too many; real lines, scripted workers."""

from __future__ import annotations

import asyncio
import socket

import msgspec
import pytest

from dialplan import RepRoute
from switch.node import pool as pools
from switch.node import workers
from switch.wire.nursery import NurseryHello
from switch.wire.worker import (
    LINE_LIMIT_BYTES,
    Digit,
    Leave,
    Noticed,
    Ready,
    Resting,
    encode,
)
from tests.node.fakes import PATIENCE_S, FakeNursery, FakeWorker, Hall, eventually

SOON_S = 0.02


async def test_the_warm_ones_are_made_at_the_start() -> None:
    async with Hall(FakeNursery(), warm=2, most=4) as hall:
        await eventually(lambda: hall.pool.counts["free"] == 2)

        assert [worker.name for worker in hall.nursery.forked] == ["w1", "w2"]
        assert len({worker.port for worker in hall.nursery.forked}) == 2


async def test_a_pool_is_warm_when_one_is_free() -> None:
    async with Hall(FakeNursery(ready=False), warm=1) as hall:
        warming = asyncio.create_task(hall.pool.until_warm())
        await eventually(lambda: hall.pool.counts["forked"] == 1)
        assert not warming.done()

        hall.nursery.forked[0].is_ready()

        await asyncio.wait_for(warming, PATIENCE_S)


async def test_a_pool_without_warm_ones_need_not_wait() -> None:
    async with Hall(FakeNursery(), warm=0) as hall:
        await asyncio.wait_for(hall.pool.until_warm(), PATIENCE_S)

        assert hall.nursery.forked == []
        assert await hall.pool.take("c1") is not None


async def test_who_is_taken_is_replaced_by_another_warm_one() -> None:
    async with Hall(FakeNursery(), warm=1, most=4) as hall:
        taken = await hall.pool.take("c1")

        assert taken is not None
        assert taken.conversation_id == "c1"
        assert hall.pool.at(taken.port) is taken
        await eventually(lambda: hall.pool.counts == counts(taken=1, free=1))


async def test_the_pool_grows_on_demand_up_to_the_most() -> None:
    async with Hall(FakeNursery(), warm=1, most=3) as hall:
        taken = [await hall.pool.take(f"c{number}") for number in range(3)]

        assert len({worker.port for worker in taken if worker}) == 3
        assert await hall.pool.take("c4") is None
        assert hall.pool.refused == 1


async def test_calls_that_come_at_once_each_get_a_worker() -> None:
    async with Hall(FakeNursery(), warm=1, most=5) as hall:
        taken = await asyncio.gather(*(hall.pool.take(f"c{number}") for number in range(7)))

        assert [worker is not None for worker in taken] == [True] * 5 + [False] * 2
        assert len({worker.port for worker in taken if worker}) == 5


async def test_a_call_waits_for_a_worker_that_rests() -> None:
    async with Hall(FakeNursery(), warm=1, most=1) as hall:
        first = await hall.pool.take("c1")
        worker = hall.worker_of(first)
        worker.says(Resting(conversation_id="c1"))
        await eventually(lambda: hall.pool.counts["resting"] == 1)

        waiting = asyncio.create_task(hall.pool.take("c2"))
        await asyncio.sleep(0)
        worker.says(Ready(conversations=1))

        assert await waiting is first
        assert hall.pool.refused == 0


async def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "_FREE_WITHIN_S", SOON_S)
    async with Hall(FakeNursery(ready=False), warm=1, most=1) as hall:
        assert await hall.pool.take("c1") is None


async def test_what_one_may_call_is_forgotten_with_the_conversation() -> None:
    async with Hall(FakeNursery(), warm=1, most=1) as hall:
        taken = await hall.pool.take("c1")
        assert taken is not None
        taken.routes["saul"] = RepRoute(rep="saul", extension="102", display_name="Saul")

        hall.worker_of(taken).says(Resting(conversation_id="c1"))

        await eventually(lambda: taken.conversation_id is None)
        assert taken.routes == {}


async def test_who_has_rested_since_last_is_taken_first() -> None:
    async with Hall(FakeNursery(), warm=3, most=3) as hall:
        await eventually(lambda: hall.pool.counts["free"] == 3)
        first, second = await hall.pool.take("c1"), await hall.pool.take("c2")
        hall.worker_of(first).says(Resting(conversation_id="c1"), Ready(conversations=1))
        await eventually(lambda: hall.pool.counts["free"] == 2)
        hall.worker_of(second).says(Resting(conversation_id="c2"), Ready(conversations=1))
        await eventually(lambda: hall.pool.counts["free"] == 3)

        assert await hall.pool.take("c3") is second
        assert await hall.pool.take("c4") is first


async def test_a_worker_that_crashes_is_reported_and_replaced() -> None:
    async with Hall(FakeNursery(), warm=1, most=1) as hall:
        taken = await hall.pool.take("c1")

        hall.worker_of(taken).dies()

        await eventually(lambda: hall.lost == ["c1"])
        await eventually(lambda: hall.pool.counts["free"] == 1)
        assert hall.pool.replaced == 1
        assert await hall.pool.take("c2") is not None


async def test_a_worker_that_dies_without_a_conversation_lost_nothing() -> None:
    async with Hall(FakeNursery(), warm=1, most=1) as hall:
        await hall.pool.until_warm()

        hall.nursery.forked[0].dies()

        await eventually(lambda: len(hall.nursery.forked) == 2)
        assert hall.lost == []


async def test_a_worker_that_was_never_ready_is_not_made_again_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pools, "_STILLBORN_PAUSE_S", SOON_S)
    async with Hall(FakeNursery(ready=False), warm=1, most=1) as hall:
        await eventually(lambda: hall.pool.counts["forked"] == 1)
        began_s = asyncio.get_running_loop().time()

        hall.nursery.forked[0].dies()

        await eventually(lambda: len(hall.nursery.forked) == 2)
        assert asyncio.get_running_loop().time() - began_s >= SOON_S


async def test_a_worker_that_has_served_its_time_makes_room_for_another() -> None:
    async with Hall(FakeNursery(), warm=1, most=1) as hall:
        taken = await hall.pool.take("c1")
        worker = hall.worker_of(taken)

        worker.says(Resting(conversation_id="c1"))
        worker.dies()

        await eventually(lambda: len(hall.nursery.forked) == 2)
        assert hall.lost == []
        assert hall.pool.replaced == 0
        assert await hall.pool.take("c2") is not None


async def test_a_spare_that_was_idle_for_long_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "_LOOK_EVERY_S", SOON_S)
    monkeypatch.setattr(workers, "_SPARE_FOR_S", -1)
    async with Hall(FakeNursery(), warm=1, most=2) as hall:
        taken = await hall.pool.take("c1")
        await eventually(lambda: hall.pool.counts == counts(taken=1, free=1))
        hall.worker_of(taken).says(Resting(conversation_id="c1"), Ready(conversations=1))

        await eventually(lambda: sum(Leave() in one.told for one in hall.nursery.forked) == 1)
        await eventually(lambda: hall.pool.counts == counts(free=1))
        assert len(hall.nursery.forked) == 2


async def test_of_the_spare_ones_that_leaves_who_was_idle_longest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "_SPARE_FOR_S", -1)
    async with Hall(FakeNursery(), warm=2, most=3) as hall:
        taken = await hall.pool.take("c1")
        await eventually(lambda: hall.pool.counts == counts(taken=1, free=2))
        monkeypatch.setattr(pools, "_LOOK_EVERY_S", SOON_S)
        hall.worker_of(taken).says(Resting(conversation_id="c1"), Ready(conversations=1))

        await eventually(lambda: len(left(hall)) == 1)
        assert left(hall) != [hall.worker_of(taken)]


def left(hall: Hall) -> list[FakeWorker]:
    return [worker for worker in hall.nursery.forked if Leave() in worker.told]


async def test_a_worker_that_leaves_gets_no_conversation_any_more() -> None:
    async with Hall(FakeNursery(), warm=1, most=1) as hall:
        taken = await hall.pool.take("c1")
        assert taken is not None
        worker = hall.worker_of(taken)
        worker.script = lambda _message: [Ready(conversations=1)]

        hall.pool.dismiss(taken)

        await eventually(lambda: worker.told == [Leave()])
        assert taken.state == "leaving"
        replacement = await hall.pool.take("c2")
        assert replacement is not taken
        assert hall.lost == []


async def test_without_a_nursery_the_free_ones_still_serve() -> None:
    async with Hall(FakeNursery(), warm=1, most=2) as hall:
        await hall.pool.until_warm()
        hall.nursery.is_up = False

        assert await hall.pool.take("c1") is not None
        assert await hall.pool.take("c2") is None


async def test_workers_are_made_again_when_the_nursery_is_back() -> None:
    async with Hall(FakeNursery(), warm=1, most=2) as hall:
        taken = hall.worker_of(await hall.pool.take("c1"))
        await eventually(lambda: hall.pool.counts["free"] == 1)
        hall.nursery.is_up = False
        next(one for one in hall.nursery.forked if one is not taken).dies()
        await eventually(lambda: hall.pool.counts == counts(taken=1))

        hall.nursery.is_up = True
        hall.pool.nursery_says(NurseryHello(pid=1))

        await eventually(lambda: hall.pool.counts == counts(taken=1, free=1))


async def test_a_nursery_that_dies_while_it_is_asked_costs_no_more_than_that_worker() -> None:
    class Dying(FakeNursery):
        def fork(self, worker: str, port: int) -> None:
            raise BrokenPipeError

    async with Hall(Dying(), warm=1, most=2) as hall:
        assert await hall.pool.take("c1") is None
        assert hall.pool.counts == counts()


async def test_a_port_that_somebody_has_is_left_alone() -> None:
    hall = Hall(FakeNursery(), warm=1, most=2)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", hall.pool._places.start))
        async with hall:
            await hall.pool.until_warm()

            assert hall.nursery.forked[0].port == hall.pool._places.start + 1
            await hall.pool.take("c1")
            assert await hall.pool.take("c2") is None


async def test_what_cannot_be_read_harms_nothing() -> None:
    async with Hall(FakeNursery(ready=False), warm=1, most=1) as hall:
        await eventually(lambda: hall.nursery.forked)
        worker = hall.nursery.forked[0]
        notice = Noticed(level="info", event="x")

        worker.writes(b'{"type":"sing"}\n\n{"type":"\xff"}\n' + encode(notice))
        worker.is_ready()

        await hall.pool.until_warm()
        assert [message for _name, message in hall.heard] == [notice, Ready(conversations=0)]


async def test_a_line_without_an_end_harms_nothing() -> None:
    async with Hall(FakeNursery(ready=False), warm=1, most=1) as hall:
        await eventually(lambda: hall.nursery.forked)
        worker = hall.nursery.forked[0]
        await eventually(lambda: hall.pool.counts["forked"] == 1)

        line = b"x" * (3 * LINE_LIMIT_BYTES) + b"\n"
        await asyncio.get_running_loop().sock_sendall(worker.end, line)
        worker.is_ready()

        await asyncio.wait_for(hall.pool.until_warm(), PATIENCE_S)


async def test_at_the_end_all_are_told_to_leave() -> None:
    async with Hall(FakeNursery(), warm=2, most=3) as hall:
        await eventually(lambda: hall.pool.counts["free"] == 2)
        await hall.pool.take("c1")

    assert all(worker.told == [Leave()] for worker in hall.nursery.forked)
    assert hall.lost == []
    assert hall.pool.counts == counts()


async def test_after_the_end_there_is_nobody_to_take() -> None:
    async with Hall(FakeNursery(), warm=1, most=2) as hall:
        await hall.pool.until_warm()

    assert await hall.pool.take("c1") is None


def counts(**expected: int) -> dict[str, int]:
    return dict.fromkeys(["forked", "free", "taken", "resting", "leaving"], 0) | expected


async def test_a_key_is_told_to_the_worker_whose_call_it_is_and_to_nobody_else() -> None:
    async with Hall(FakeNursery(), warm=2, most=2) as hall:
        mine = hall.worker_of(await hall.pool.take("c1"))
        other = hall.worker_of(await hall.pool.take("c12"))
        digit = Digit(conversation_id="c1", leg_id="c1-1", digit="5", lasted_s=0.1)

        hall.pool.tell_of_digit(digit)
        for conversation_id in ("", "c", "c123"):
            hall.pool.tell_of_digit(msgspec.structs.replace(digit, conversation_id=conversation_id))

        await eventually(lambda: mine.told == [digit])
        assert other.told == []


async def test_a_place_that_is_lent_is_taken_when_none_is_vacant() -> None:
    hall = Hall(FakeNursery(), warm=1, most=1)
    lent = [*hall.pool._places]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heir:
        heir.bind(("127.0.0.1", lent[0]))
        hall.pool.lent_by(lent.pop)

        async with hall:
            await eventually(lambda: hall.pool.counts["free"] == 1)

    assert lent == []
