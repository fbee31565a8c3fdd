"""What a transferor chooses by command or by digits, and what he is asked meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import pytest

from switch.call.choice import Choice, ChoiceState
from switch.call.target import Party, Refusal, Target
from switch.node import asking as askings
from switch.records.commands import Answer, ResumeCommand, TransferCommand
from switch.wire.worker import (
    Answered,
    AskingBack,
    AskingTransfer,
    Back,
    Choosing,
    FromWorker,
    Resting,
    Resume,
    ToWorker,
    Transfer,
)
from tests.node.fakes import FakeWorker, eventually, obedient
from tests.node.house import House, a_house, expectation
from tests.records.samples import at, rep

SOON_S = 0.05


def id_of(worker: FakeWorker) -> str:
    return expectation(worker).conversation_id


def told(worker: FakeWorker, kind: type) -> list[Any]:
    return [message for message in worker.told if isinstance(message, kind)]


def talks(house: House, name: str, conversation_id: str, **changes: Any) -> None:
    """Let a rep talk in a conversation, or do there what the changes say."""
    fields = {"state": "answered", "answered_at": at(2)} | changes
    leg_id = f"{conversation_id}-{name}"
    house.reps.leg(rep(name, leg_id=leg_id, conversation_id=conversation_id, **fields))


def hangs_up(house: House, name: str, conversation_id: str) -> None:
    talks(house, name, conversation_id, revision=2, state="ended", ended_at=at(9))


def a_choice(state: ChoiceState = "asking", *, transferor: str | None = "alice") -> Choice:
    return Choice(
        transferor=Party(role="rep", rep=transferor),
        transferee=Party(role="customer", number="+14805550123"),
        target="saul",
        outcome="declined",
        state=state,
        since_s=0.0,
        until_s=None,
    )


async def can_choose(house: House, worker: FakeWorker, choice: Choice | None) -> None:
    before = len(house.published)
    worker.says(Choosing(conversation_id=id_of(worker), choice=choice))
    await eventually(lambda: len(house.published) > before)


def answering(sip_status: int) -> Callable[[ToWorker], Iterable[FromWorker]]:
    def script(message: ToWorker) -> Iterable[FromWorker]:
        if isinstance(message, Transfer | Resume):
            return [Answered(question=message.question, sip_status=sip_status)]
        return obedient(message)

    return script


async def transfer(house: House, worker: FakeWorker, target: str = "saul", **how: Any) -> Answer:
    command = TransferCommand(conversation=id_of(worker), target=target, **how)
    answer = await house.choices.handle(command)
    assert answer is not None
    return answer


async def resume(house: House, worker: FakeWorker, **how: Any) -> Answer:
    answer = await house.choices.handle(ResumeCommand(conversation=id_of(worker), **how))
    assert answer is not None
    return answer


# ---------------------------------------------------------------- commands


async def test_a_call_is_transferred_for_the_rep_who_talks() -> None:
    async with a_house(fallback=("seattle",)) as house:
        worker = await house.call()
        talks(house, "alice", id_of(worker))

        answer = await transfer(house, worker)

        assert answer == Answer(status=200, conversation=id_of(worker))
        (message,) = told(worker, Transfer)
        assert (message.rep, message.target.user) == ("alice", "saul")
        assert [one.user for one in message.fallbacks] == ["seattle"]
        assert (await house.place(worker, "saul")).user == "saul"


async def test_the_beginning_of_an_id_is_enough() -> None:
    async with a_house() as house:
        worker = await house.call()
        talks(house, "alice", id_of(worker))

        command = TransferCommand(conversation=id_of(worker)[:6], target="saul")
        answer = await house.choices.handle(command)

        assert answer == Answer(status=200, conversation=id_of(worker))


async def test_a_beginning_that_may_mean_several_calls_is_answered_with_them() -> None:
    async with a_house() as house:
        ids = sorted([id_of(await house.call()), id_of(await house.call())])

        answer = await house.choices.handle(ResumeCommand(conversation="20"))

        assert answer is not None
        assert (answer.status, answer.conversation) == (409, None)
        assert answer.problem == f"'20' may mean {ids[0]}, {ids[1]}: say more of it"


async def test_of_many_calls_only_some_are_named() -> None:
    async with a_house(most=7) as house:
        for _ in range(6):
            await house.call()

        answer = await house.choices.handle(ResumeCommand(conversation="20"))

        assert answer is not None
        assert answer.problem is not None
        assert ", or more: say more of it" in answer.problem


async def test_a_call_that_is_not_here_is_for_another_node_to_answer() -> None:
    async with a_house() as house:
        await house.call()

        assert await house.choices.handle(ResumeCommand(conversation="19")) is None


async def test_a_call_whose_worker_has_died_can_be_told_nothing() -> None:
    async with a_house() as house:
        house.unattended["20"] = "2026"

        answer = await house.choices.handle(TransferCommand(conversation="20", target="saul"))

        assert answer is not None
        assert (answer.status, answer.conversation) == (503, "2026")
        assert "talk on" in (answer.problem or "")


@pytest.mark.parametrize(
    ("target", "sip_status", "words"),
    [
        ("nobody", 404, "'nobody' is no rep, no territory, no extension"),
        ("alice", 482, "rep alice transferred to himself"),
        ("+442071838750", 403, "not allowed"),
    ],
)
async def test_a_target_that_the_dialplan_refuses_does_not_reach_the_worker(
    target: str, sip_status: int, words: str
) -> None:
    async with a_house() as house:
        worker = await house.call()
        talks(house, "alice", id_of(worker))

        answer = await transfer(house, worker, target)

        assert answer.status == sip_status
        assert words in (answer.problem or "")
        assert told(worker, Transfer) == []


@pytest.mark.parametrize(
    ("sip_status", "words"),
    [
        (403, "no rep"),
        (481, "the call is over"),
        (482, "to himself"),
        (491, "a transfer is under way"),
        (499, "refuses it with 499"),
    ],
)
async def test_what_the_worker_refuses_is_told_in_words(sip_status: int, words: str) -> None:
    async with a_house(script=answering(sip_status)) as house:
        worker = await house.call()
        talks(house, "alice", id_of(worker))

        answer = await transfer(house, worker)

        assert (answer.status, answer.conversation) == (sip_status, id_of(worker))
        assert words in (answer.problem or "")


async def test_a_worker_that_is_silent_is_said_to_be_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_house() as house:
        worker = await house.call()
        talks(house, "alice", id_of(worker))
        worker.script = lambda _message: []
        monkeypatch.setattr(askings, "_WITHIN_S", SOON_S)

        answer = await transfer(house, worker)

        assert answer.status == 504
        assert "does not answer" in (answer.problem or "")


async def test_somebody_elses_call_is_not_transferred() -> None:
    async with a_house() as house:
        worker = await house.call()
        talks(house, "alice", id_of(worker))

        answer = await transfer(house, worker, "seattle", rep="saul")

        assert answer.status == 403
        assert answer.problem == "it is no call of saul's to transfer: it is alice's"
        assert told(worker, Transfer) == []
        assert (await transfer(house, worker, rep="alice")).status == 200


async def test_a_call_that_no_rep_is_in_is_nobodys() -> None:
    async with a_house() as house:
        worker = await house.call()

        assert (await transfer(house, worker)).status == 481
        answer = await transfer(house, worker, rep="saul")

        assert (answer.status, answer.problem) == (
            403,
            "it is no call of saul's to transfer: it is nobody's now",
        )


async def test_of_two_reps_it_must_be_said_who_transfers() -> None:
    async with a_house() as house:
        worker = await house.call_by("alice", "saul")
        talks(house, "alice", id_of(worker))
        talks(house, "saul", id_of(worker))

        answer = await transfer(house, worker, "seattle")
        assert answer.status == 409
        assert answer.problem == "alice and saul talk with each other: say who of them transfers"

        assert (await transfer(house, worker, "seattle", rep="saul")).status == 200
        assert told(worker, Transfer)[0].rep == "saul"


async def test_a_call_that_nobody_took_goes_elsewhere_for_him_who_transferred_it() -> None:
    async with a_house() as house:
        worker = await house.call()
        await can_choose(house, worker, a_choice("recalling"))

        assert (await transfer(house, worker, "seattle", rep="saul")).status == 403
        assert (await transfer(house, worker, "seattle")).status == 200

        assert told(worker, Transfer)[0].rep == "alice"


async def test_a_call_whose_transferor_is_no_rep_is_nobodys() -> None:
    async with a_house() as house:
        worker = await house.call()
        await can_choose(house, worker, a_choice(transferor=None))

        assert (await transfer(house, worker)).status == 481


async def test_a_call_is_resumed_for_him_who_transferred_it() -> None:
    async with a_house() as house:
        worker = await house.call()
        await can_choose(house, worker, a_choice("ringing"))

        assert (await resume(house, worker, rep="saul")).status == 403
        assert await resume(house, worker, rep="alice") == Answer(
            status=200, conversation=id_of(worker)
        )
        assert (await resume(house, worker)).status == 200

        assert [message.rep for message in told(worker, Resume)] == ["alice", "alice"]


async def test_without_a_transfer_there_is_nothing_to_resume() -> None:
    async with a_house() as house:
        worker = await house.call()
        talks(house, "alice", id_of(worker))

        answer = await resume(house, worker)

        assert answer.status == 481
        assert "nothing to resume" in (answer.problem or "")
        assert told(worker, Resume) == []


# ---------------------------------------------------------------- digits


async def test_digits_mean_whom_they_would_mean_if_dialled() -> None:
    async with a_house(fallback=("seattle",)) as house:
        worker = await house.call()

        asked = AskingTransfer(conversation_id=id_of(worker), rep="alice", dialled="102")
        worker.says(asked, msgspec.structs.replace(asked, dialled="999"))

        await eventually(lambda: len(told(worker, Transfer)) == 2)
        found, refused = told(worker, Transfer)
        assert isinstance(found.target, Target)
        assert (found.rep, found.target.user) == ("alice", "saul")
        assert [one.user for one in found.fallbacks] == ["seattle"]
        assert isinstance(refused.target, Refusal)
        assert refused.target.sip_status == 404
        assert (found.dialled, refused.dialled) == (True, True)


# ---------------------------------------------------------------- what can be chosen


async def test_what_can_be_chosen_is_published_as_it_changes() -> None:
    async with a_house() as house:
        worker = await house.call()

        await can_choose(house, worker, a_choice("ringing"))
        await can_choose(house, worker, None)

        assert house.published == [(id_of(worker), a_choice("ringing")), (id_of(worker), None)]


async def test_when_a_conversation_is_over_nothing_can_be_chosen_in_it_any_more() -> None:
    async with a_house() as house:
        worker = await house.call()
        conversation_id = id_of(worker)
        await can_choose(house, worker, a_choice())

        worker.says(Resting(conversation_id=conversation_id))

        await eventually(lambda: house.published[-1] == (conversation_id, None))
        house.choices.conversation_over(conversation_id)
        assert len(house.published) == 2


async def test_what_is_said_of_another_conversation_is_not_believed() -> None:
    async with a_house() as house:
        worker = await house.call()

        worker.says(Choosing(conversation_id="another", choice=a_choice()))
        await can_choose(house, worker, a_choice())

        assert [one for one, _choice in house.published] == [id_of(worker)]


# ---------------------------------------------------------------- calling back


async def asks_back(house: House, worker: FakeWorker) -> list[bool]:
    """Let a worker ask whether alice may be called back; returns all it was told so far."""
    before = len(told(worker, Back))
    await can_choose(house, worker, a_choice("asking"))
    worker.says(AskingBack(conversation_id=id_of(worker), rep="alice"))
    await eventually(lambda: len(told(worker, Back)) > before)
    return backs(worker)


def backs(worker: FakeWorker) -> list[bool]:
    assert {message.rep for message in told(worker, Back)} <= {"alice"}
    return [message.allowed for message in told(worker, Back)]


async def test_a_transferor_on_no_other_call_may_be_called_back() -> None:
    async with a_house() as house:
        worker = await house.call()
        talks(house, "alice", id_of(worker))

        assert await asks_back(house, worker) == [True]


async def test_a_transferor_on_another_call_is_called_back_when_that_is_over() -> None:
    async with a_house() as house:
        house.register("alice")
        worker = await house.call()
        talks(house, "alice", "another")
        talks(house, "alice", "a third")
        assert await asks_back(house, worker) == [False]
        await can_choose(house, worker, a_choice("waiting"))

        hangs_up(house, "alice", "a third")
        house.register("saul")
        assert backs(worker) == [False]
        hangs_up(house, "alice", "another")

        await eventually(lambda: backs(worker) == [False, True])
        talks(house, "alice", "a fourth")
        hangs_up(house, "alice", "a fourth")
        assert (await asks_back(house, worker))[2:] == [True]


async def test_a_transferor_who_is_waited_for_no_longer_is_not_called_back_by_it() -> None:
    async with a_house() as house:
        house.register("alice")
        worker = await house.call()
        talks(house, "alice", "another")
        await asks_back(house, worker)

        await can_choose(house, worker, a_choice("falling_back"))
        hangs_up(house, "alice", "another")

        talks(house, "alice", "a third")
        assert await asks_back(house, worker) == [False, False]


async def test_a_transferor_is_forgotten_with_the_conversation() -> None:
    async with a_house() as house:
        house.register("alice")
        worker = await house.call()
        talks(house, "alice", "another")
        await asks_back(house, worker)

        house.choices.conversation_over(id_of(worker))
        hangs_up(house, "alice", "another")

        talks(house, "alice", "a third")
        assert await asks_back(house, worker) == [False, False]
