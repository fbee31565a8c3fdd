"""Who hangs up, holds and is muted by command, and what his worker is told."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from switch.node import asking as askings
from switch.records.commands import Answer, CallsCommand, HangUpCommand, HoldCommand, MuteCommand
from switch.wire.control import HangUp, Hold, Mute
from switch.wire.worker import Answered, FromWorker, ToWorker
from tests.node.fakes import FakeWorker, Script, obedient
from tests.node.house import House, a_house
from tests.node.test_choices import id_of, talks, told


def answering(status: int) -> Script:
    def script(message: ToWorker) -> Iterable[FromWorker]:
        if isinstance(message, HangUp | Hold | Mute):
            return [Answered(question=message.question, sip_status=status)] if status else []
        return obedient(message)

    return script


async def ask(house: House, command: CallsCommand) -> Answer:
    answer = await house.choices.handle(command)
    assert answer is not None
    return answer


def told_of_control(worker: FakeWorker) -> list[HangUp | Hold | Mute]:
    return [*told(worker, HangUp), *told(worker, Hold), *told(worker, Mute)]


@pytest.mark.parametrize("rep", ["alice", None])
async def test_a_command_reaches_the_worker(rep: str | None) -> None:
    async with a_house(script=answering(200)) as house:
        worker = await house.call()
        whole = id_of(worker)
        talks(house, "alice", whole)

        for command in (
            HoldCommand(conversation=whole, action="on", rep=rep),
            MuteCommand(conversation=whole, action="off", rep=rep),
            HangUpCommand(conversation=whole, rep=rep),
        ):
            assert await ask(house, command) == Answer(status=200, conversation=whole)

        hang_up, hold, mute = told_of_control(worker)
        assert (hang_up.rep, hold.rep, mute.rep) == (rep, rep, rep)
        assert isinstance(hold, Hold)
        assert isinstance(mute, Mute)
        assert (hold.on, mute.on) == (True, False)


async def test_another_reps_call_is_none_of_his() -> None:
    async with a_house(script=answering(200)) as house:
        worker = await house.call()
        whole = id_of(worker)
        talks(house, "alice", whole)

        for command in (
            HoldCommand(conversation=whole, action="on", rep="bob"),
            MuteCommand(conversation=whole, action="on", rep="bob"),
            HangUpCommand(conversation=whole, rep="bob"),
        ):
            answer = await ask(house, command)
            assert (answer.status, answer.problem) == (403, "it is no call of bob's: it is alice's")
        assert told_of_control(worker) == []


async def test_a_rep_who_is_rung_may_hang_up_and_hold_nobody() -> None:
    async with a_house(script=answering(200)) as house:
        worker = await house.call()
        whole = id_of(worker)
        talks(house, "alice", whole, state="alerted", answered_at=None)

        assert (await ask(house, HangUpCommand(conversation=whole, rep="alice"))).status == 200
        held = await ask(house, HoldCommand(conversation=whole, action="on", rep="alice"))
        assert (held.status, held.problem) == (403, "it is no call of alice's: it is no rep's now")


async def test_of_two_reps_it_must_be_said_for_whom() -> None:
    async with a_house(script=answering(200)) as house:
        worker = await house.call()
        whole = id_of(worker)
        talks(house, "alice", whole)
        talks(house, "saul", whole)

        answer = await ask(house, HoldCommand(conversation=whole, action="on"))

        assert (answer.status, answer.problem) == (409, "alice and saul talk in it: say for whom")
        assert (await ask(house, HangUpCommand(conversation=whole))).status == 200


@pytest.mark.parametrize(
    ("status", "answered", "word"),
    [(481, 481, "no rep talks"), (0, 504, "does not answer"), (403, 403, "with 403")],
)
async def test_what_is_not_done_is_said(
    monkeypatch: pytest.MonkeyPatch, status: int, answered: int, word: str
) -> None:
    monkeypatch.setattr(askings, "_WITHIN_S", 0.05)
    async with a_house(script=answering(status)) as house:
        worker = await house.call()
        talks(house, "alice", id_of(worker))

        answer = await ask(house, HoldCommand(conversation=id_of(worker), action="on"))

        assert answer.status == answered
        assert word in (answer.problem or "")


async def test_without_a_worker_it_is_503() -> None:
    async with a_house() as house:
        house.unattended["2"] = "2026-x"

        answer = await ask(house, HoldCommand(conversation="2", action="on"))

        assert (answer.status, answer.conversation) == (503, "2026-x")
