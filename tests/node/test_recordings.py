"""Who wants a call recorded: by command, and by SIP INFO of a phone."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from switch.call.recording import Wish
from switch.node import asking as askings
from switch.records.commands import RecordCommand
from switch.wire.edge import Asked
from switch.wire.recording import Record
from switch.wire.worker import Answered, FromWorker, ToWorker
from tests.node.fakes import FakeWorker, Script, asked, obedient, request
from tests.node.house import a_house
from tests.node.test_choices import id_of, talks, told


def info(worker: FakeWorker, *headers: str, port: int | None = None) -> Asked:
    uri = f"sip:switch@127.0.0.1:{port or worker.port}"
    message = request("INFO", uri, *headers, body="", to_tag=";tag=t1")
    return asked(message, event="info", source="rep", name="")


def refusing(status: int) -> Script:
    def script(message: ToWorker) -> Iterable[FromWorker]:
        if isinstance(message, Record):
            return [Answered(question=message.question, sip_status=status)]
        return obedient(message)

    return script


def silent_about_it(message: ToWorker) -> Iterable[FromWorker]:
    return [] if isinstance(message, Record) else obedient(message)


@pytest.mark.parametrize("said", ["on", " Off ", "PAUSE", "resume"])
async def test_the_key_of_a_phone_reaches_its_worker(said: str) -> None:
    async with a_house() as house:
        worker = await house.call()

        plan = await house.recordings.plan(info(worker, f"Record: {said}"))

        assert (plan.action, plan.code) == ("reply", 200)
        (record,) = told(worker, Record)
        assert record.wish == said.strip().lower()
        assert (record.call_id, record.from_tag, record.to_tag) == ("a@192.0.2.9", "f1", "t1")


@pytest.mark.parametrize("headers", [["Record: perhaps"], ["Record:"], ["Record: on"] * 2])
async def test_what_it_does_not_say_is_400(headers: list[str]) -> None:
    async with a_house() as house:
        worker = await house.call()

        plan = await house.recordings.plan(info(worker, *headers))

        assert (plan.code, told(worker, Record)) == (400, [])


async def test_what_cannot_be_read_is_400() -> None:
    async with a_house() as house:
        plan = await house.recordings.plan(asked(b"INFO\r\n\r\n", event="info"))

        assert plan.code == 400


async def test_a_port_without_a_call_is_481() -> None:
    async with a_house() as house:
        worker = await house.call()

        plan = await house.recordings.plan(info(worker, "Record: on", port=9))

        assert plan.code == 481


async def test_a_worker_that_says_nothing_is_503_or_504(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(askings, "_WITHIN_S", 0.05)
    async with a_house(script=silent_about_it) as house:
        worker = await house.call()

        plan = await house.recordings.plan(info(worker, "Record: on"))
        answer = await house.choices.handle(RecordCommand(conversation=id_of(worker), action="on"))

        assert plan.code == 503
        assert answer is not None
        assert answer.status == 504


@pytest.mark.parametrize("action", ["on", "off", "pause", "resume"])
async def test_a_command_reaches_the_worker(action: Wish) -> None:
    async with a_house() as house:
        worker = await house.call()
        talks(house, "alice", id_of(worker))

        command = RecordCommand(conversation=id_of(worker), action=action, rep="alice")
        answer = await house.choices.handle(command)

        assert answer is not None
        assert (answer.status, answer.problem) == (200, None)
        (record,) = told(worker, Record)
        assert (record.wish, record.call_id) == (action, None)


async def test_a_rep_who_does_not_talk_in_it_may_not() -> None:
    async with a_house() as house:
        worker = await house.call()
        talks(house, "alice", id_of(worker))

        command = RecordCommand(conversation=id_of(worker), action="on", rep="saul")
        answer = await house.choices.handle(command)

        assert answer is not None
        assert (answer.status, answer.problem) == (403, "saul does not talk in it")


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (481, "the call is over, or nothing of it is recorded"),
        (500, "it cannot be recorded; the log says why"),
        (503, "there is no room for another recording; softswitch doctor says more"),
        (403, "refused with 403"),
    ],
)
async def test_what_the_worker_refuses_is_told(status: int, why: str) -> None:
    async with a_house(script=refusing(status)) as house:
        worker = await house.call()

        command = RecordCommand(conversation=id_of(worker), action="pause")
        answer = await house.choices.handle(command)

        assert answer is not None
        assert (answer.status, answer.problem) == (status, why)
