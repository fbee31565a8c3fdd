"""Calls that are begun for a rep: who may, and what a worker is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from switch.config import ResponseTimes
from switch.node import asking as askings
from switch.node import clicks as clicking
from switch.node.clicks import Clicks
from switch.records.commands import Answer, CallCommand
from switch.wire.control import Summon
from switch.wire.edge import Contacts
from switch.wire.worker import Expecting, FromWorker, ToWorker
from tests.dialplan.samples import plan as dialplan
from tests.node.fakes import obedient
from tests.node.house import House, a_house
from tests.node.test_choices import talks, told

ID = "20261129-020000-abc"


def willing(message: ToWorker) -> Iterable[FromWorker]:
    if isinstance(message, Summon):
        return [Expecting(conversation_id=message.conversation_id)]
    return obedient(message)


def a_click(house: House) -> Clicks:
    house.reps.contacts(Contacts(rep="alice", count=1))
    return Clicks(
        dialplan=dialplan(),
        pool=house.hall.pool,
        asking=house.asking,
        outside=house.outside,
        reps=house.reps,
        new_id=lambda: ID,
        ring_s=60,
        response=ResponseTimes.of(20),
    )


def call(target: str = "saul", rep: str = "alice") -> CallCommand:
    return CallCommand(rep=rep, target=target)


async def test_a_worker_is_told_to_call_the_rep_first() -> None:
    async with a_house(script=willing) as house:
        clicks = a_click(house)

        answer = await clicks.call(call("+12065550100"))

        assert answer == Answer(status=200, conversation=ID)
        (summon,) = [one for worker in house.hall.nursery.forked for one in told(worker, Summon)]
        assert (summon.caller.rep, summon.target.number) == ("alice", "+12065550100")
        assert (summon.dialled, summon.ring_s, summon.response_s) == ("+12065550100", 60, 20)


async def test_two_at_once_are_one_call_and_the_next_comes_when_that_is_over() -> None:
    async with a_house(script=willing) as house:
        clicks = a_click(house)

        answers = await asyncio.gather(clicks.call(call()), clicks.call(call("bob")))
        assert sorted(one.status for one in answers) == [200, 486]
        clicks.conversation_over("another")
        assert (await clicks.call(call())).status == 486

        clicks.conversation_over(ID)
        assert (await clicks.call(call())).status == 200
        clicks.leg(ID, None)
        clicks.leg(ID, "alice")
        talks(house, "alice", ID)
        assert (await clicks.call(call())).status == 486


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (call(rep="zoe"), 404),
        (call(rep="saul"), 480),
        (call("nobody"), 404),
        (call("alice"), 482),
        (call("+19005550100"), 403),
    ],
)
async def test_what_cannot_be_is_refused_and_nobody_is_called(
    monkeypatch: pytest.MonkeyPatch, command: CallCommand, status: int
) -> None:
    monkeypatch.setattr(clicking, "_OTHERS_FIRST_S", 0.0)
    async with a_house(script=willing) as house:
        answer = await a_click(house).call(command)

        assert (answer.status, answer.conversation) == (status, None)
        assert answer.problem
        assert [one for worker in house.hall.nursery.forked for one in told(worker, Summon)] == []


async def test_a_switch_that_is_full_or_silent_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(askings, "_WITHIN_S", 0.05)
    async with a_house(most=1) as house:  # an obedient worker knows no summons
        clicks = a_click(house)

        first = await clicks.call(call())
        second = await clicks.call(call())

        assert {first.status, second.status} == {503}
        assert "does not answer" in (first.problem or "")
