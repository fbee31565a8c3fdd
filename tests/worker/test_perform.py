from __future__ import annotations

import asyncio

import pytest

from switch.call.commands import (
    AlertLeg,
    AnswerAsk,
    AnswerLeg,
    AnswerRefer,
    AnswerReinvite,
    AskBack,
    AskTransfer,
    HangUpLeg,
    JoinLegs,
    MuteLeg,
    PlayMusic,
    PlayRinging,
    RejectLeg,
    SendNotify,
    StopMusic,
    UnmuteLeg,
)
from switch.call.events import LegEnded
from switch.call.target import MediaPolicy, Party
from switch.wire.worker import Answered, AskingBack, AskingTransfer, ReferAnswered
from tests.contract.media.phones import codecs_in, port_in, sdp_of
from tests.worker.scene import ALICE, ANN, CUSTOMER, SAUL, Scene, place, talking

# ------------------------------------------------------------ placing


async def test_a_leg_is_placed_to_its_target_with_the_media_of_the_other() -> None:
    scene = Scene()
    scene.media.told_by(CUSTOMER, sdp_of(4000, codecs="8 0"))

    await scene.perform(place())

    [(deed, leg_id, said)] = scene.stack.done
    assert (deed, leg_id, said["uri"]) == ("place", ALICE, "sip:alice@switch.test")
    assert said["headers"] == {"X-Conversation": "c1"}
    assert port_in(said["sdp"]) == scene.server.calls["c1"][ALICE].port
    assert set(codecs_in(said["sdp"])) == {"PCMU", "PCMA"}


@pytest.mark.parametrize(
    ("persona", "from_"),
    [
        (ANN, '"Ann Lee" <sip:+14805550123@switch.test>'),
        (Party(role="rep", rep="bob", number="103"), "<sip:103@switch.test>"),
        (
            Party(role="customer", number="103", name='The "boss" \\ <x>'),
            '"The \\"boss\\" \\\\ <x>" <sip:103@switch.test>',
        ),
        (
            Party(role="customer", name="Nobody"),
            '"Anonymous" <sip:anonymous@anonymous.invalid>',
        ),
    ],
)
async def test_the_targets_phone_shows_the_persona(persona: Party, from_: str) -> None:
    scene = Scene()
    scene.media.told_by(CUSTOMER, sdp_of(4000))

    await scene.perform(place(persona=persona))

    assert scene.last[2]["persona"] == from_


@pytest.mark.parametrize("number", ["a b", "x;y", "50%", "a@b", "<>", "naïve"])
async def test_an_odd_number_breaks_no_header(number: str) -> None:
    scene = Scene()
    scene.media.told_by(CUSTOMER, sdp_of(4000))

    await scene.perform(place(persona=Party(role="customer", number=number)))

    persona = scene.last[2]["persona"]
    user = persona.removeprefix("<sip:").removesuffix("@switch.test>")
    assert persona == f"<sip:{user}@switch.test>"
    assert not set(user) & set(' @<>"\r\n')


async def test_a_transfer_says_who_it_is_by() -> None:
    scene = await talking()

    await scene.perform(place(SAUL, keep_codecs=True, referred_by="alice"))

    assert scene.last[2]["headers"] == {
        "X-Conversation": "c1",
        "Referred-By": "<sip:alice@switch.test>",
    }
    assert codecs_in(scene.last[2]["sdp"]) == ("PCMU",)


async def test_who_is_called_first_is_offered_nobodys_media_and_hears_it_ring() -> None:
    scene = Scene()

    await scene.perform(place(offered_from=None, why="summons"))
    done, leg_id, fields = scene.last
    assert (done, leg_id, fields["headers"]["Subject"]) == ("place", ALICE, "your call")
    scene.media.told_by(ALICE, sdp_of(4002))
    await scene.perform(PlayRinging(leg_id=ALICE))

    assert scene.server.commands[-2:] == ["answer", "play media"]
    assert scene.server.asked[-1][1]["file"] == "/ringing.wav"
    assert scene.server.asked[0][1]["from_tag"] == "alice-nobody"


async def test_a_leg_is_placed_when_there_is_a_node_to_ask_for_the_way() -> None:
    scene = Scene()
    scene.media.told_by(CUSTOMER, sdp_of(4000))
    scene.node_is_here.clear()

    placing = asyncio.create_task(scene.perform(place()))
    for _ in range(20):
        await asyncio.sleep(0)
    assert scene.stack.done == []
    scene.node_is_here.set()
    await placing

    assert scene.stack.deeds == ["place"]


@pytest.mark.parametrize("broken", ["media", "stack"])
async def test_a_leg_that_cannot_be_placed_has_ended(broken: str) -> None:
    scene = Scene()
    scene.media.told_by(CUSTOMER, sdp_of(4000))
    if broken == "media":
        scene.server.broken["offer"] = "out of ports"
    else:
        scene.stack.over.add(ALICE)

    await scene.perform(place())

    assert scene.events == [LegEnded(leg_id=ALICE, by_party=False, sip_status=500)]
    assert [command for command, _why in scene.notices] == ["PlaceLeg"]


async def test_a_leg_that_shares_no_codec_has_ended_because_of_that() -> None:
    scene = Scene()
    # Nothing turns iLBC into anything.
    scene.media.obey(CUSTOMER, MediaPolicy(codecs=("iLBC",)))
    scene.media.told_by(CUSTOMER, sdp_of(4000, codecs="97") + "a=rtpmap:97 iLBC/8000\r\n")

    await scene.perform(place())

    assert scene.events == [LegEnded(leg_id=ALICE, by_party=False, sip_status=488)]


# ------------------------------------------------------------ answering


async def test_ringing_is_passed_on() -> None:
    scene = await talking()

    await scene.perform(AlertLeg(leg_id=CUSTOMER, early_media_from=None))

    assert scene.stack.done == [("answer", CUSTOMER, {"sip_status": 180, "sdp": None})]


async def test_early_media_is_passed_on() -> None:
    scene = await talking()

    await scene.perform(AlertLeg(leg_id=CUSTOMER, early_media_from=ALICE))

    _deed, _leg_id, said = scene.last
    assert said["sip_status"] == 183
    assert port_in(said["sdp"]) == scene.server.calls["c1"][CUSTOMER].port


async def test_an_answer_is_passed_on_with_its_description() -> None:
    scene = await talking()

    await scene.perform(AnswerLeg(leg_id=CUSTOMER, answered_by=ALICE))

    _deed, leg_id, said = scene.last
    assert (leg_id, said["sip_status"]) == (CUSTOMER, 200)
    assert port_in(said["sdp"]) == scene.server.calls["c1"][CUSTOMER].port


async def test_a_caller_who_cannot_be_answered_is_refused() -> None:
    scene = await talking()
    scene.server.broken["answer"] = "it does not answer"

    await scene.perform(AnswerLeg(leg_id=CUSTOMER, answered_by=ALICE))

    assert scene.last == ("hang_up", CUSTOMER, {"sip_status": 500})


async def test_a_refusal_is_passed_on() -> None:
    scene = Scene()

    await scene.perform(RejectLeg(leg_id=CUSTOMER, sip_status=486), HangUpLeg(leg_id=ALICE))

    assert scene.stack.done == [
        ("hang_up", CUSTOMER, {"sip_status": 486}),
        ("hang_up", ALICE, {"sip_status": 0}),
    ]


# ------------------------------------------------------------ media


async def test_who_shall_not_be_heard_is_muted_and_who_waits_hears_music() -> None:
    scene = await talking()
    parties = scene.server.calls["c1"]

    await scene.perform(MuteLeg(leg_id=ALICE), PlayMusic(leg_id=CUSTOMER))
    assert parties[ALICE].is_muted
    assert parties[CUSTOMER].hears == "/music.wav"

    await scene.perform(UnmuteLeg(leg_id=ALICE), StopMusic(leg_id=CUSTOMER))
    assert not parties[ALICE].is_muted
    assert parties[CUSTOMER].hears == ""


async def test_two_who_are_joined_hear_each_other_and_no_phone_is_told() -> None:
    scene = await talking()
    await scene.perform(
        MuteLeg(leg_id=CUSTOMER),
        PlayMusic(leg_id=CUSTOMER),
        place(SAUL, keep_codecs=True),
    )
    scene.media.told_by(SAUL, sdp_of(4004))
    scene.stack.done.clear()

    await scene.perform(JoinLegs(leg_id=CUSTOMER, peer=SAUL))

    parties = scene.server.calls["c1"]
    assert not parties[CUSTOMER].is_muted
    assert not parties[SAUL].is_muted
    assert parties[CUSTOMER].hears == ""
    assert scene.stack.done == []


async def test_a_target_that_cannot_be_joined_is_hung_up() -> None:
    scene = await talking()
    await scene.perform(place(SAUL, keep_codecs=True))
    scene.media.told_by(SAUL, sdp_of(4004))
    scene.server.broken["answer"] = "Unknown call-id"

    await scene.perform(JoinLegs(leg_id=CUSTOMER, peer=SAUL))

    assert scene.last == ("hang_up", SAUL, {"sip_status": 0})
    assert scene.notices[-1][0] == "JoinLegs"


async def test_a_target_that_never_described_itself_is_hung_up_and_no_process_ends() -> None:
    scene = await talking()
    await scene.perform(place(SAUL, keep_codecs=True))

    await scene.perform(JoinLegs(leg_id=CUSTOMER, peer=SAUL))

    assert scene.last == ("hang_up", SAUL, {"sip_status": 0})


async def test_a_hold_is_answered() -> None:
    scene = await talking()
    scene.media.told_by(ALICE, sdp_of(4002, direction="sendonly"))

    await scene.perform(AnswerReinvite(leg_id=ALICE, peer=CUSTOMER))

    deed, leg_id, said = scene.last
    assert (deed, leg_id) == ("answer_reinvite", ALICE)
    assert "a=recvonly" in said["sdp"]


async def test_a_reinvite_before_the_peer_has_said_anything_ends_no_process() -> None:
    scene = Scene()
    await scene.perform(place())  # the caller offered nothing
    scene.media.told_by(ALICE, sdp_of(4002))
    await scene.perform(AnswerLeg(leg_id=CUSTOMER, answered_by=ALICE))
    scene.media.told_by(ALICE, sdp_of(4002, direction="sendonly"))

    await scene.perform(AnswerReinvite(leg_id=ALICE, peer=CUSTOMER))

    deed, leg_id, said = scene.last
    assert (deed, leg_id) == ("answer_reinvite", ALICE)
    assert "a=recvonly" in said["sdp"]
    assert scene.notices == []


async def test_a_reinvite_that_the_media_server_refuses_is_refused() -> None:
    scene = await talking()
    scene.server.broken["offer"] = "it does not answer"
    scene.media.told_by(ALICE, sdp_of(4002, direction="sendonly"))

    await scene.perform(AnswerReinvite(leg_id=ALICE, peer=CUSTOMER))

    assert scene.last == ("refuse_reinvite", ALICE, {"sip_status": 500})


async def test_music_that_cannot_be_played_ends_nothing() -> None:
    scene = await talking()
    scene.server.broken["play media"] = "no such file"

    await scene.perform(PlayMusic(leg_id=CUSTOMER))

    assert scene.stack.done == []
    assert scene.notices == [("PlayMusic", "rtpengine could not 'play media': no such file")]


# ------------------------------------------------------------ transfers


async def test_what_is_asked_of_the_node_is_said() -> None:
    scene = Scene()

    await scene.perform(
        AnswerAsk(question="q1", sip_status=491),
        AskBack(leg_id=CUSTOMER, rep="alice"),
        AskTransfer(leg_id=CUSTOMER, rep="alice", dialled="103"),
    )

    assert scene.said == [
        Answered(question="q1", sip_status=491),
        AskingBack(conversation_id="c1", rep="alice"),
        AskingTransfer(conversation_id="c1", rep="alice", dialled="103"),
    ]


async def test_a_call_back_rings_as_configured_and_no_other_call_does() -> None:
    scene = Scene(alert_info="<urn:alert:service:recall-callback>", call_info="<urn:x>;purpose=x")
    scene.media.told_by(CUSTOMER, sdp_of(4000))

    await scene.perform(place(why="recall"))
    assert scene.last[2]["headers"] == {
        "X-Conversation": "c1",
        "Alert-Info": "<urn:alert:service:recall-callback>",
        "Call-Info": "<urn:x>;purpose=x",
    }
    await scene.perform(place(SAUL, why="transfer", without=("bob", "carol")))
    assert scene.last[2]["headers"] == {"X-Conversation": "c1", "X-Without": "bob,carol"}


@pytest.mark.parametrize("accept_status", [200, 202])
async def test_a_refer_is_accepted_as_configured(accept_status: int) -> None:
    scene = Scene(accept_status=accept_status)

    await scene.perform(AnswerRefer(leg_id=ALICE, refer_id="r1", accepted=True, sip_status=202))

    assert scene.said == [ReferAnswered(refer_id="r1", sip_status=accept_status)]


async def test_a_refer_is_refused_with_the_status_of_its_refusal() -> None:
    scene = Scene()

    await scene.perform(AnswerRefer(leg_id=ALICE, refer_id="r1", accepted=False, sip_status=404))

    assert scene.said == [ReferAnswered(refer_id="r1", sip_status=404)]


@pytest.mark.parametrize("final", [False, True])
async def test_a_notify_says_how_the_transfer_goes(*, final: bool) -> None:
    scene = Scene()
    scene.subscriptions.add("r1", cseq=101)
    scene.subscriptions.replied("r1")

    await scene.perform(SendNotify(leg_id=ALICE, refer_id="r1", sip_status=486, final=final))

    assert scene.stack.done == [
        (
            "notify",
            ALICE,
            {
                "refer_id": "r1",
                "event_id": 101,
                "sipfrag": "SIP/2.0 486 Busy Here\r\n",
                "expires_s": None if final else 50,
            },
        )
    ]


async def test_who_has_hung_up_is_told_nothing_and_nobody_is_bothered() -> None:
    scene = Scene()
    scene.subscriptions.add("r1", cseq=101)
    scene.subscriptions.replied("r1")
    scene.stack.over.add(ALICE)

    await scene.perform(SendNotify(leg_id=ALICE, refer_id="r1", sip_status=200, final=True))

    assert scene.stack.done == []
    assert scene.notices == []


async def test_what_comes_too_late_is_noted_and_ends_nothing() -> None:
    scene = await talking()
    scene.stack.over |= {CUSTOMER, ALICE}

    await scene.perform(
        AlertLeg(leg_id=CUSTOMER, early_media_from=None),
        AnswerReinvite(leg_id=ALICE, peer=CUSTOMER),
    )

    assert [command for command, _why in scene.notices] == ["AlertLeg", "AnswerReinvite"]
    assert scene.stack.deeds == ["refuse_reinvite"]
    assert scene.events == []
