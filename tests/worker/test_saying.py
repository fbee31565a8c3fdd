"""What a worker says again to a node that may not have heard it."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from switch.call.choice import Choice, ChoiceState
from switch.call.target import Party, Target
from switch.sip.dialog import SipDialog
from switch.wire.survival import Salvaged, Standing
from switch.wire.worker import (
    AskingBack,
    AskingTransfer,
    Back,
    Changed,
    Choosing,
    FromWorker,
    Noticed,
    Resting,
    Transfer,
    decode_from_worker,
    encode,
)
from switch.worker.saying import Saying
from tests.node.samples import DIALOG, RECORD

BACK = AskingBack(conversation_id="c1", rep="alice")
DIALLED = AskingTransfer(conversation_id="c1", rep="alice", dialled="102")
STANDING = Standing(conversation_id="c1", leg_id="c1-1", dialog=DIALOG)
NOBODY = Salvaged(conversation_id="c1", waiting=None)


class Ear:
    """A node that hears, or does not."""

    def __init__(self) -> None:
        self.heard: list[FromWorker] = []
        self.waited: list[bool] = []
        self.about: list[str | None] = []
        self.saying = Saying(self.hear)

    def hear(self, line: bytes, *, may_wait: bool, about: str | None) -> None:
        self.heard.append(decode_from_worker(line))
        self.about.append(about)
        self.waited.append(may_wait)

    def says(self, *messages: FromWorker) -> None:
        for message in messages:
            self.saying.say(message)


@pytest.fixture
async def ear() -> Ear:
    return Ear()


def changed(number: int) -> Changed:
    return Changed(record=RECORD, number=number)


async def test_records_are_numbered_and_said_again_until_they_are_kept(ear: Ear) -> None:
    ear.says(*[Changed(record=RECORD)] * 3)
    assert ear.heard == ear.saying.again() == [changed(1), changed(2), changed(3)]

    ear.saying.kept(2)

    assert ear.saying.again() == [changed(3)]
    ear.saying.kept(3)
    assert ear.saying.again() == []
    ear.says(Changed(record=RECORD))
    assert ear.saying.again() == [changed(4)]


async def test_who_leaves_waits_for_his_records_and_no_longer_than_he_may(ear: Ear) -> None:
    await asyncio.wait_for(ear.saying.until_all_kept(60), 5)
    ear.says(Changed(record=RECORD))
    await ear.saying.until_all_kept(0)

    waiting = asyncio.create_task(ear.saying.until_all_kept(60))
    await asyncio.sleep(0)
    ear.saying.kept(1)

    await asyncio.wait_for(waiting, 5)


async def test_how_it_stands_is_said_again_as_it_is_now(ear: Ear) -> None:
    newer = msgspec.structs.replace(STANDING, dialog=confirmed(DIALOG))
    choosing = Choosing(conversation_id="c1", choice=None)

    ear.says(STANDING, choosing, newer, NOBODY, Noticed(level="info", event="x"))

    assert ear.saying.again() == [newer, NOBODY, choosing]


def choice(state: ChoiceState) -> Choice:
    return Choice(
        transferor=Party(role="rep", rep="alice"),
        transferee=Party(role="customer", number="+12065550100"),
        target="saul",
        outcome="declined",
        state=state,
        since_s=0.0,
        until_s=None,
    )


def confirmed(dialog: SipDialog) -> SipDialog:
    return msgspec.structs.replace(dialog, is_confirmed=True)


async def test_with_a_call_goes_all_that_is_no_record(ear: Ear) -> None:
    ear.says(STANDING, NOBODY, Changed(record=RECORD), BACK, DIALLED)

    ear.says(Resting(conversation_id="c1"))

    assert ear.saying.again() == [changed(1)]


async def test_a_question_is_asked_again_until_it_is_answered(ear: Ear) -> None:
    ear.says(BACK, DIALLED)
    assert ear.saying.again() == [BACK, DIALLED]

    # Who is on another call is asked for until he is free: the next node must know of him.
    ear.saying.heard(Back(conversation_id="c1", rep="alice", allowed=False))
    assert ear.saying.again() == [BACK, DIALLED]
    ear.saying.heard(Back(conversation_id="c1", rep="alice", allowed=True))
    assert ear.saying.again() == [DIALLED]
    saul = Target(user="saul", kind="rep", rep="saul")
    ear.saying.heard(Transfer(question="q", rep="alice", target=saul))
    assert ear.saying.again() == [DIALLED]
    ear.saying.heard(Transfer(question="q", rep="alice", target=saul, dialled=True))

    assert ear.saying.again() == []


async def test_nobody_is_asked_for_any_more_once_he_is_called(ear: Ear) -> None:
    choosing = Choosing(conversation_id="c1", choice=choice("waiting"))
    ear.says(BACK, choosing)
    assert ear.saying.again() == [choosing, BACK]

    called = Choosing(conversation_id="c1", choice=choice("calling"))
    ear.says(called)

    assert ear.saying.again() == [called]


class Left:
    """What is left behind, as lines."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def add(self, line: bytes) -> None:
        self.lines.append(line)

    def clear(self) -> None:
        self.lines.clear()


async def test_how_a_conversation_stands_is_left_behind_until_it_is_over_and_kept() -> None:
    left = Left()
    ear = Ear()
    saying = Saying(ear.hear, left)

    saying.say(STANDING)
    saying.say(Changed(record=RECORD))
    saying.kept(1)
    saying.say(Noticed(level="info", event="nothing"))
    assert left.lines == [encode(STANDING), encode(changed(1))]

    saying.say(Changed(record=RECORD))
    saying.say(Resting(conversation_id="c1"))
    assert left.lines[2:] == [encode(changed(2)), encode(Resting(conversation_id="c1"))]

    saying.kept(2)
    assert left.lines == []
    # What is not left behind, and whatever a rep's state hangs on, is heard at once.
    assert ear.waited == [not isinstance(one, Noticed | Changed) for one in ear.heard]


async def test_what_is_left_behind_nowhere_is_sent_at_once(ear: Ear) -> None:
    ear.says(STANDING, Changed(record=RECORD), Resting(conversation_id="c1"))

    assert ear.waited == [False] * 3


async def test_of_how_a_dialog_stands_only_the_newest_need_be_heard(ear: Ear) -> None:
    ear.says(STANDING, Changed(record=RECORD), STANDING)

    assert ear.about == ["c1-1", None, "c1-1"]
