"""Keys and prompts as a worker serves them, and what a phone says of its media unasked."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest

from switch.call.ids import LegId
from switch.call.target import Target
from switch.wire.worker import AskingTransfer, Back, Transfer
from switch.worker.facts import (
    Acknowledged,
    Answered,
    Disconnected,
    Fact,
    Invited,
    KeyPressed,
    ReinviteAnswered,
)
from tests.contract.media.phones import port_in, sdp_of
from tests.worker.test_serving import SETTINGS, Stage, talk

SAUL = Target(user="saul", kind="rep", rep="saul", number="102")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    recall = msgspec.structs.replace(SETTINGS.recall, menu_s=30)
    made = Stage(msgspec.structs.replace(SETTINGS, recall=recall))
    yield made
    made.running.cancel()


async def called_back(stage: Stage) -> LegId:
    """Let alice transfer, saul decline, and alice answer the call back; returns her leg."""
    alice = await talk(stage)
    stage.serving.asked(Transfer(question="q1", rep="alice", target=SAUL))
    await stage.settle()
    saul = stage.callee()
    await stage.take(
        Disconnected(leg_id=alice, by_party=False, sip_status=200),
        Disconnected(leg_id=saul, by_party=True, sip_status=603),
    )
    stage.serving.back(Back(conversation_id="c1", rep="alice", allowed=True))
    await stage.settle()
    back = stage.callee()
    await stage.take(Answered(leg_id=back, sdp=sdp_of(4004)))
    return back


def keys(leg_id: LegId, digits: str) -> list[Fact]:
    """Return what a phone says that sends each key both ways."""
    return [
        fact
        for digit in digits
        for fact in (
            KeyPressed(leg_id=leg_id, digit=digit, way="info"),
            KeyPressed(leg_id=leg_id, digit=digit, way="rtp", lasted_s=0.1),
        )
    ]


async def test_one_who_was_called_back_hears_the_menu_and_the_customer_music(
    stage: Stage,
) -> None:
    back = await called_back(stage)

    parties = stage.server.calls["c1"]
    assert parties[back].hears == "/menu.wav"
    assert parties[stage.caller].hears == "/music.wav"
    assert parties[stage.caller].is_muted
    assert stage.did("reinvite") == []


async def test_a_key_resumes(stage: Stage) -> None:
    back = await called_back(stage)

    await stage.take(*keys(back, "1"))

    parties = stage.server.calls["c1"]
    assert [parties[leg_id].hears for leg_id in (back, stage.caller)] == ["", ""]
    assert not parties[stage.caller].is_muted
    assert stage.did("reinvite") == []


async def test_keys_that_are_sent_both_ways_are_dialled_once(stage: Stage) -> None:
    back = await called_back(stage)

    await stage.take(*keys(back, "21033#"))

    asked = [message for message in stage.said if isinstance(message, AskingTransfer)]
    assert asked == [AskingTransfer(conversation_id="c1", rep="alice", dialled="1033")]


async def test_a_key_of_a_leg_that_is_not_ours_means_nothing(stage: Stage) -> None:
    await talk(stage)

    await stage.take(*keys(LegId("stranger"), "1"))

    assert stage.notices() == []


async def test_a_phone_that_moves_when_we_ask_it_is_heard_where_it_is(stage: Stage) -> None:
    await talk(stage)
    stage.server.asked.clear()

    answer = ReinviteAnswered(leg_id=stage.caller, sip_status=200, sdp=sdp_of(4100))
    await stage.take(answer, answer)

    [(offer, fields), (_answer, _fields)] = stage.server.asked
    assert (offer, fields["from_tag"], port_in(fields["sdp"])) == ("offer", stage.caller, 4100)


@pytest.mark.parametrize("sdp", [None, "", "rubbish", "v=0\r\nm=audio x RTP/AVP 0\r\n"])
async def test_what_is_no_description_moves_nobody(stage: Stage, sdp: str | None) -> None:
    await talk(stage)
    stage.server.asked.clear()

    await stage.take(
        ReinviteAnswered(leg_id=stage.caller, sip_status=200, sdp=sdp),
        Acknowledged(leg_id=stage.caller, sdp=sdp),
    )

    assert stage.server.asked == []
    assert stage.notices() == []


async def test_a_late_answer_that_is_no_description_is_no_call_to_crash_on(stage: Stage) -> None:
    await stage.take(Invited(leg_id=stage.caller, sdp=None))
    callee = stage.callee()
    await stage.take(
        Answered(leg_id=callee, sdp=sdp_of(4002)),
        Acknowledged(leg_id=stage.caller, sdp="rubbish"),
    )

    assert stage.notices() == []
    assert not stage.running.done()
