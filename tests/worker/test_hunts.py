"""What a worker makes of a hunt behind one of its legs."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from switch.call.ids import LegId
from switch.call.recording import NO_POLICY
from switch.call.target import Party, Target
from switch.records.leg import Attempt, LegRecord
from switch.sip.errors import SipParseError
from switch.sip.message import parse_message
from switch.wire.nursery import Prompts, RecallSettings, RecordingSettings, WorkerSettings
from switch.wire.worker import (
    AttemptMade,
    Attempts,
    Changed,
    Expect,
    FromWorker,
    Noted,
    decode_from_worker,
)
from switch.worker.facts import Answered, Disconnected, Provisional
from switch.worker.node_line import NodeLine
from switch.worker.reading import rep_of
from switch.worker.serving import Serving
from switch.worker.stack import Stack
from switch.worker.worker import Worker
from tests.worker.fakes import FakeMediaServer, FakeStack

CALL_ID = "placed@127.0.0.1"
SUNDAY_NOON_S = 1795348800.0
NOON = "2026-11-22T12:00:00.000Z"
CUSTOMER = Party(role="customer", number="+12065550100", trunk="pstn")
OFFICE = Party(role="external", number="+12065550111", trunk="pstn")
BOB = Party(role="rep", rep="bob", number="103", name="Bob Ng")
SDP = (
    "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)
SETTINGS = WorkerSettings(
    domain="switch.test",
    address="127.0.0.1",
    edge="127.0.0.1:5070",
    ng_host="127.0.0.1",
    ng_port=2223,
    codecs=("PCMU",),
    music="music.wav",
    prompts=Prompts(
        menu="/menu.wav", wrong="/wrong.wav", goodbye="/goodbye.wav", ringing="/ringing.wav"
    ),
    recall=RecallSettings(ring_s=5, retries=1, pause_s=1, wait_s=5, menu_s=None),
    recording=RecordingSettings(spool="/nowhere", ending="flac", policy=NO_POLICY),
    accept_status=202,
    rest_s=0.6,
    recycle_after=300,
    log_level="info",
    log_format="console",
)
EXPECT = Expect(
    conversation_id="c1",
    call_id="a@192.0.2.9",
    caller=CUSTOMER,
    presented=CUSTOMER,
    dialled="+12065550180",
    target=Target(
        user="seattle",
        kind="territory",
        number="801",
        name="Seattle",
        territory="seattle",
        members=(BOB,),
        ring_s=35.0,
    ),
    ring_s=60,
    response_s=20,
)


class FakeLine:
    """A line to a node that keeps what is said."""

    def __init__(self) -> None:
        self.said: list[FromWorker] = []

    def say(self, line: bytes, *, may_wait: bool = False, about: str | None = None) -> None:
        self.said.append(decode_from_worker(line))


class Call:
    """A customer's call to a territory, whose leg has been placed."""

    def __init__(self) -> None:
        self.line = FakeLine()
        self.stack = FakeStack()
        self.worker = Worker(SETTINGS, cast("NodeLine", self.line), name="w1", port=20_000)
        self.serving = Serving(
            EXPECT,
            SETTINGS,
            stack=cast("Stack", self.stack),
            media_server=FakeMediaServer(),
            say=self.worker._saying.say,
        )
        self.worker._serving = self.serving
        self.caller, self.placed = list(self.serving.conversation.legs)
        self.stack.call_ids[self.placed] = CALL_ID

    def told(
        self,
        *attempts: AttemptMade,
        call_id: str = CALL_ID,
        party: Party | None = None,
        question: str | None = None,
    ) -> None:
        """Let the node tell the worker of a hunt."""
        self.worker._told(
            Attempts(call_id=call_id, attempts=attempts, party=party, question=question)
        )

    def records(self, leg_id: LegId) -> list[LegRecord]:
        return [
            message.record
            for message in self.line.said
            if isinstance(message, Changed) and message.record.leg_id == leg_id
        ]


@pytest.fixture
async def call() -> Call:
    return Call()


def rung(rep: str, outcome: str = "pending", *, to_s: float | None = None) -> AttemptMade:
    return AttemptMade(rep=rep, from_s=SUNDAY_NOON_S, to_s=to_s, outcome=outcome)


async def test_who_is_rung_is_published_with_the_leg(call: Call) -> None:
    call.told(rung("bob"), rung("carol", "busy", to_s=SUNDAY_NOON_S + 1.5))

    assert call.records(call.placed)[-1].attempts == (
        Attempt(rep="bob", from_at=NOON, outcome="pending"),
        Attempt(rep="carol", from_at=NOON, to_at="2026-11-22T12:00:01.500Z", outcome="busy"),
    )
    assert call.records(call.placed)[-1].territory == "seattle"


async def test_an_answer_is_given_when_one_is_asked_for_and_after_the_record(call: Call) -> None:
    call.told(rung("bob"))
    assert not any(isinstance(message, Noted) for message in call.line.said)

    call.told(rung("bob", "busy", to_s=SUNDAY_NOON_S + 1), question="hunt 7")

    assert [type(message) for message in call.line.said[-2:]] == [Changed, Noted]
    assert call.line.said[-1] == Noted(question="hunt 7")


async def test_a_question_about_a_call_that_is_over_is_answered_too(call: Call) -> None:
    call.worker._serving = None

    call.told(question="hunt 7")

    assert call.line.said == [Noted(question="hunt 7")]


async def test_news_of_a_leg_that_is_not_known_is_dropped(call: Call) -> None:
    before = len(call.line.said)

    call.told(rung("bob"), call_id="another")

    assert call.line.said[before:] == []


async def test_news_that_comes_after_the_dialog_is_for_the_leg_that_was(call: Call) -> None:
    call.told(rung("bob"))
    del call.stack.call_ids[call.placed]
    call.serving.take(Disconnected(leg_id=call.placed, by_party=True, sip_status=480))

    call.told(rung("bob", "no_answer", to_s=SUNDAY_NOON_S + 30))

    last = call.records(call.placed)[-1]
    assert (last.state, last.attempts[0].outcome) == ("ended", "no_answer")


async def test_whoever_is_called_in_the_territorys_place_is_in_the_record(call: Call) -> None:
    call.told(rung("bob", "busy", to_s=SUNDAY_NOON_S), party=OFFICE, question="hunt 1")

    last = call.records(call.placed)[-1]
    assert (last.role, last.number, last.trunk) == ("external", OFFICE.number, "pstn")


async def test_whoever_the_edge_says_answered_is_the_party(call: Call) -> None:
    call.serving.take(Provisional(leg_id=call.placed, sip_status=180, sdp=None))
    call.serving.take(Answered(leg_id=call.placed, sdp=SDP, rep="bob"))

    last = call.records(call.placed)[-1]
    assert (last.rep, last.number, last.state) == ("bob", "103", "answered")
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("headers", "rep"),
    [
        (["X-Rep: bob"], "bob"),
        (["x-rep:  bob "], "bob"),
        (["X-Rep: bob", "X-Rep: carol"], "bob"),
        ([], None),
    ],
)
def test_the_edge_names_who_answered(headers: list[str], rep: str | None) -> None:
    assert rep_of(response(*headers)) == rep


def test_what_cannot_be_read_names_nobody() -> None:
    with pytest.raises(SipParseError):
        parse_message("SIP/2.0 200")
    assert rep_of("SIP/2.0 200") is None


def response(*headers: str) -> str:
    lines = [
        "SIP/2.0 200 OK",
        "Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1",
        "From: <sip:a@switch.test>;tag=f",
        "To: <sip:seattle@switch.test>;tag=t",
        f"Call-ID: {CALL_ID}",
        "CSeq: 1 INVITE",
        *headers,
        "Content-Length: 0",
    ]
    return "\r\n".join(lines) + "\r\n\r\n"
