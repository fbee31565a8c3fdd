"""A media server that was started anew: what it is told again, and which phones are."""

from __future__ import annotations

import time

import pytest

from switch.call.commands import AnswerLeg, JoinLegs, MuteLeg, PlayMusic, PlayPrompt, Prompt
from switch.call.ids import LegId
from switch.call.roster import Part
from switch.worker.facts import ReinviteAnswered
from switch.worker.moving import Reanchor, Redescribe
from tests.contract.media.phones import codecs_in, port_in, sdp_of
from tests.worker.scene import ALICE, CUSTOMER, SAUL, Scene, place, talking

NOBODY = LegId("customer-nobody")
TALKERS = {CUSTOMER: Part.TALKER, ALICE: Part.TALKER}


async def lost(scene: Scene, standing: dict[LegId, Part]) -> None:
    """Let the media server lose everything, and the worker hear of it."""
    scene.standing = standing
    scene.server.calls.clear()
    await scene.perform(Reanchor(began_s=time.monotonic() + 10))


def reinvited(scene: Scene) -> dict[LegId, str]:
    """Return who was sent a re-INVITE, and its description."""
    return {leg_id: said["sdp"] for deed, leg_id, said in scene.stack.done if deed == "reinvite"}


def answers(scene: Scene, leg_id: LegId, sip_status: int) -> None:
    scene.performer.reinvited(ReinviteAnswered(leg_id=leg_id, sip_status=sip_status, sdp=None))


async def test_two_talkers_are_told_of_new_ports() -> None:
    scene = await talking()
    before = {leg_id: scene.media.told_to(leg_id) or "" for leg_id in TALKERS}

    await lost(scene, TALKERS)

    told = reinvited(scene)
    assert told.keys() == TALKERS.keys()
    for leg_id, sdp in told.items():
        assert port_in(sdp) != port_in(before[leg_id])
        assert version(sdp) == version(before[leg_id]) + 1
        assert codecs_in(sdp) == codecs_in(before[leg_id])
    assert set(scene.server.calls["c1"]) == {CUSTOMER, ALICE}
    answers(scene, CUSTOMER, 200)
    answers(scene, ALICE, 200)
    assert scene.media.owed_to(CUSTOMER) is scene.media.owed_to(ALICE) is None


def version(sdp: str) -> int:
    return int(sdp.split("o=")[1].split()[2])


async def test_who_holds_is_told_that_he_still_does() -> None:
    scene = await talking()
    scene.media.told_by(ALICE, sdp_of(4002, direction="sendonly"))
    await scene.media.reinvited(ALICE, CUSTOMER)
    await scene.perform(MuteLeg(leg_id=ALICE), PlayMusic(leg_id=CUSTOMER))

    await lost(scene, TALKERS)

    told = reinvited(scene)
    assert "a=recvonly" in told[ALICE]
    assert "a=sendrecv" in told[CUSTOMER]
    parties = scene.server.calls["c1"]
    assert parties[CUSTOMER].hears == "/music.wav"
    assert parties[ALICE].is_muted


async def test_a_conversation_that_began_with_the_new_server_is_left_alone() -> None:
    scene = await talking()

    await scene.perform(Reanchor(began_s=time.monotonic() - 60))

    assert (scene.server.commands, scene.stack.deeds) == ([], [])


async def test_in_doubt_the_server_is_asked() -> None:
    scene = await talking()
    scene.standing = TALKERS

    await scene.perform(Reanchor(began_s=time.monotonic() + 0.5))
    assert scene.server.commands == ["query"]

    scene.server.calls.clear()
    await scene.perform(Reanchor(began_s=time.monotonic() + 0.5))
    assert reinvited(scene).keys() == TALKERS.keys()


async def test_in_doubt_a_server_that_says_nothing_is_told_all() -> None:
    scene = await talking()
    scene.standing = TALKERS
    scene.server.calls.clear()
    scene.server.broken["query"] = "it does not answer"

    await scene.perform(Reanchor(began_s=time.monotonic() + 0.5))

    assert reinvited(scene).keys() == TALKERS.keys()


async def test_what_an_offer_has_made_there_since_is_made_anew() -> None:
    scene = await talking()
    scene.server.calls.clear()
    await scene.media.answered(ALICE, CUSTOMER)
    scene.standing = TALKERS

    await scene.perform(Reanchor(began_s=time.monotonic() + 10))

    assert "delete" in scene.server.commands
    assert reinvited(scene).keys() == TALKERS.keys()


async def test_a_transferee_hears_music_again_though_nobody_is_there() -> None:
    scene = await talking()
    await scene.perform(
        MuteLeg(leg_id=CUSTOMER), PlayMusic(leg_id=CUSTOMER), place(SAUL, keep_codecs=True)
    )
    scene.stack.done.clear()

    await lost(scene, {CUSTOMER: Part.TRANSFEREE, SAUL: Part.TARGET})

    parties = scene.server.calls["c1"]
    assert set(parties) == {CUSTOMER, NOBODY, SAUL}
    assert parties[CUSTOMER].hears == "/music.wav"
    assert parties[SAUL].is_muted
    # Who rings cannot be told yet.
    assert reinvited(scene).keys() == {CUSTOMER}


async def test_who_rang_is_told_as_soon_as_he_has_answered() -> None:
    scene = await talking()
    await scene.perform(PlayMusic(leg_id=CUSTOMER), place(SAUL, keep_codecs=True))
    await lost(scene, {CUSTOMER: Part.TRANSFEREE, SAUL: Part.TARGET})
    answers(scene, CUSTOMER, 200)
    scene.stack.done.clear()
    scene.media.told_by(SAUL, sdp_of(4004))

    await scene.perform(JoinLegs(leg_id=CUSTOMER, peer=SAUL), Redescribe(leg_id=SAUL))

    assert reinvited(scene).keys() == {SAUL}
    assert scene.server.calls["c1"][CUSTOMER].hears == ""


async def test_a_transferor_who_waits_is_told_when_he_gets_the_call_back() -> None:
    scene = await talking()
    await scene.perform(MuteLeg(leg_id=ALICE), PlayMusic(leg_id=CUSTOMER))

    await lost(scene, {CUSTOMER: Part.TRANSFEREE, ALICE: Part.TRANSFEROR})
    assert reinvited(scene).keys() == {CUSTOMER}
    await scene.perform(JoinLegs(leg_id=CUSTOMER, peer=ALICE))

    assert reinvited(scene).keys() == {CUSTOMER, ALICE}


async def test_a_caller_with_early_media_is_told_with_what_follows_his_ack() -> None:
    scene = Scene()
    scene.media.told_by(CUSTOMER, sdp_of(4000))
    await scene.perform(place())
    scene.media.told_by(ALICE, sdp_of(4002))
    await scene.media.accept(ALICE)

    await lost(scene, {CUSTOMER: Part.CALLER, ALICE: Part.CALLEE})
    assert reinvited(scene) == {}
    await scene.perform(AnswerLeg(leg_id=CUSTOMER, answered_by=ALICE))
    await scene.perform(Redescribe(leg_id=CUSTOMER))

    assert reinvited(scene).keys() == {CUSTOMER}


async def test_a_caller_who_was_told_nothing_is_told_right_at_once() -> None:
    scene = Scene()
    scene.media.told_by(CUSTOMER, sdp_of(4000))
    await scene.perform(place())

    await lost(scene, {CUSTOMER: Part.CALLER, ALICE: Part.CALLEE})
    scene.media.told_by(ALICE, sdp_of(4002))
    await scene.perform(AnswerLeg(leg_id=CUSTOMER, answered_by=ALICE))
    for leg_id in (CUSTOMER, ALICE):
        await scene.perform(Redescribe(leg_id=leg_id))

    assert reinvited(scene).keys() == {ALICE}


async def test_a_prompt_is_played_from_its_beginning() -> None:
    scene = await talking()
    scene.server.lasts_ms = 60_000
    await scene.perform(PlayPrompt(leg_id=ALICE, prompt=Prompt.MENU))

    await lost(scene, {CUSTOMER: Part.TRANSFEREE, ALICE: Part.CHOOSER})

    assert scene.server.calls["c1"][ALICE].hears == "/menu.wav"
    scene.performer.close()


async def test_a_command_that_finds_its_conversation_gone_is_carried_out_all_the_same() -> None:
    """The node has not noticed yet."""
    scene = await talking()
    scene.standing = TALKERS
    scene.server.calls.clear()

    await scene.perform(PlayMusic(leg_id=CUSTOMER))

    assert scene.server.calls["c1"][CUSTOMER].hears == "/music.wav"
    assert reinvited(scene).keys() == TALKERS.keys()
    assert scene.notices == []


@pytest.mark.parametrize("part", [Part.TALKER, Part.TRANSFEREE, Part.CHOOSER])
async def test_a_phone_that_refuses_ends_the_conversation(part: Part) -> None:
    scene = await talking()
    await lost(scene, {CUSTOMER: part, ALICE: Part.TALKER})

    answers(scene, CUSTOMER, 488)

    assert scene.endings == ["media_lost"]


async def test_one_who_has_left_meanwhile_may_refuse() -> None:
    scene = await talking()
    await lost(scene, TALKERS)
    scene.standing = {CUSTOMER: Part.TALKER}

    answers(scene, ALICE, 488)

    assert scene.endings == []


async def test_a_refusal_of_other_news_ends_nothing() -> None:
    scene = await talking()
    await lost(scene, TALKERS)
    answers(scene, CUSTOMER, 200)

    answers(scene, CUSTOMER, 488)

    assert scene.endings == []


async def test_a_server_that_cannot_ends_the_conversation() -> None:
    scene = await talking()
    scene.server.broken["offer"] = "Ran out of ports"

    await lost(scene, TALKERS)

    assert scene.endings == ["media_lost"]
    assert scene.notices == [("re-anchor", "rtpengine could not 'offer': Ran out of ports")]


async def test_a_server_that_is_lost_again_and_again_ends_the_conversation() -> None:
    scene = await talking()
    scene.server.broken["answer"] = "Unknown call-id"

    await lost(scene, TALKERS)

    assert scene.endings == ["media_lost"]
    assert scene.server.commands.count("answer") == 5


async def test_for_want_of_music_no_call_ends() -> None:
    scene = await talking()
    await scene.perform(PlayMusic(leg_id=CUSTOMER))
    scene.server.broken["play media"] = "Failed to open media file"

    await lost(scene, TALKERS)

    assert scene.endings == []
    assert reinvited(scene).keys() == TALKERS.keys()
