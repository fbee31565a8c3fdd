"""Requests within a dialog that stands: re-INVITEs, UPDATE, REFER, NOTIFY."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from tests.contract.edge.ua import DOMAIN, HOST, Dialog, Message, as_callee, tag_of
from tests.contract.stack.partner import (
    A_MOMENT_S,
    OURS,
    THEIRS,
    Partner,
    Phone,
    Refused,
    description,
)

pytestmark = pytest.mark.contract

SDP_CONTENT = [("Content-Type", "application/sdp")]


@dataclass(slots=True)
class Talk:
    """A leg that was placed and answered."""

    stack: Partner
    phone: Phone
    dialog: Dialog

    def reinvite(self, body: str = "") -> None:
        contact = SDP_CONTENT if body else []
        self.phone.within(self.dialog, "INVITE", extra=contact, body=body)
        self.phone.last_invite = self.phone.last_sent

    async def ack(self) -> Message:
        ok = await self.phone.final("INVITE")
        assert ok.status == 200, ok.start
        self.phone.ack(self.dialog)
        return ok


@pytest.fixture
async def talk(stack: Partner, phone: Phone) -> Talk:
    await stack.place()
    invite = await phone.request("INVITE")
    ok = phone.answer(invite, 200, "OK", body=THEIRS)
    await stack.fact("Answered")
    await phone.request("ACK")
    dialog = as_callee(invite, ok)
    dialog.cseq = 100
    return Talk(stack, phone, dialog)


# ------------------------------------------------------------ re-INVITE


@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
async def test_a_hold_is_reported_and_answered_when_we_are_ready(
    talk: Talk, direction: str
) -> None:
    held = description(40000, direction=direction)
    talk.reinvite(held)

    assert (await talk.stack.fact("Reinvited"))["sdp"] == held
    await asyncio.sleep(A_MOMENT_S)
    assert not [m for m in talk.phone.inbox if m.status >= 200]
    answer = description(31000, direction="recvonly" if direction == "sendonly" else "inactive")
    await talk.stack.do("answer_reinvite", "callee", sdp=answer)

    ok = await talk.ack()
    assert answer.splitlines()[-1] in ok.body
    assert "m=audio 31000" in ok.body


async def test_after_a_hold_comes_a_retrieval(talk: Talk) -> None:
    for direction, mirrored in [("sendonly", "recvonly"), ("sendrecv", "sendrecv")] * 2:
        talk.reinvite(description(40000, direction=direction))
        await talk.stack.fact("Reinvited")
        ours = description(31000, direction=mirrored)
        await talk.stack.do("answer_reinvite", "callee", sdp=ours)
        assert f"a={mirrored}" in (await talk.ack()).body


@pytest.mark.parametrize("direction", ["sendonly", "inactive", "recvonly", "sendrecv"])
async def test_a_reinvite_without_a_description_is_offered_what_was_said_last(
    talk: Talk, direction: str
) -> None:
    """PJSIP answers it by itself, and tells of the ACK only who sends.

    So whoever moves that way is heard where he was; rtpengine learns from his packets.
    """
    talk.reinvite()

    ok = await talk.phone.final("INVITE")
    assert "m=audio 31000" in ok.body
    answer = description(40200, direction=direction)
    talk.phone.within(talk.dialog, "ACK", extra=SDP_CONTENT, body=answer, cseq=talk.dialog.cseq)
    fact = await talk.stack.fact("Reinvited")
    assert fact["answered"] == ok.body
    assert f"a={direction}\r\n" in fact["sdp"]
    assert "m=audio 40000" in fact["sdp"]
    assert await talk.stack.do("is_up", "callee")


async def test_who_holds_can_come_back_without_a_description(talk: Talk) -> None:
    talk.reinvite(description(40000, direction="sendonly"))
    await talk.stack.fact("Reinvited")
    await talk.stack.do("answer_reinvite", "callee", sdp=description(31000, direction="recvonly"))
    await talk.ack()

    talk.reinvite()

    ok = await talk.phone.final("INVITE")
    assert "a=sendrecv" in ok.body
    talk.phone.within(
        talk.dialog, "ACK", extra=SDP_CONTENT, body=description(40000), cseq=talk.dialog.cseq
    )
    assert "a=sendrecv" in (await talk.stack.fact("Reinvited"))["sdp"]


async def test_a_second_reinvite_while_one_waits_is_put_off(talk: Talk) -> None:
    talk.reinvite(description(40000, direction="sendonly"))
    await talk.stack.fact("Reinvited")
    first_cseq = talk.dialog.cseq

    talk.reinvite(description(40000))

    # RFC 3261 §14.2: 500, and when to ask again.
    refused = await talk.phone.until(
        lambda m: m.status >= 300 and m.get("CSeq").startswith(str(talk.dialog.cseq))
    )
    assert refused.status == 500
    assert 0 <= int(refused.get("Retry-After")) <= 10
    await talk.stack.do("answer_reinvite", "callee", sdp=description(31000, direction="recvonly"))
    ok = await talk.phone.final("INVITE")
    assert (ok.status, ok.get("CSeq")) == (200, f"{first_cseq} INVITE")
    assert await talk.stack.do("is_up", "callee")


async def test_a_reinvite_without_audio_is_refused_and_the_next_one_answered(talk: Talk) -> None:
    talk.reinvite(description(40000).replace("m=audio 40000", "m=audio 0"))

    assert (await talk.phone.final("INVITE")).status == 488
    talk.phone.ack(talk.dialog)
    assert await talk.stack.do("is_up", "callee")
    talk.reinvite(description(40000))
    await talk.stack.fact("Reinvited")
    await talk.stack.do("answer_reinvite", "callee", sdp=description(31000))
    await talk.ack()


async def test_a_broken_reinvite_leaves_the_dialog_as_it_was(talk: Talk) -> None:
    talk.reinvite("v=0\r\nrubbish")

    assert (await talk.phone.final("INVITE")).status in {400, 415, 488}
    assert talk.stack.facts == []
    assert await talk.stack.do("is_up", "callee")


async def test_a_reinvite_that_we_cannot_answer_is_refused_and_the_call_goes_on(
    talk: Talk,
) -> None:
    talk.reinvite(description(40000, direction="sendonly"))
    await talk.stack.fact("Reinvited")

    await talk.stack.do("refuse_reinvite", "callee", sip_status=500)

    assert (await talk.phone.final("INVITE")).status == 500
    assert await talk.stack.do("is_up", "callee")
    talk.reinvite(description(40000, direction="sendonly"))
    await talk.stack.fact("Reinvited")
    await talk.stack.do("answer_reinvite", "callee", sdp=OURS)
    await talk.ack()
    # There is none to refuse any more: nothing happens.
    await talk.stack.do("refuse_reinvite", "callee", sip_status=500)
    assert await talk.stack.do("is_up", "callee")


async def test_a_reinvite_of_ours_offers_and_hears_an_answer(talk: Talk) -> None:
    await talk.stack.do("reinvite", "callee", sdp=description(31200))

    invite = await talk.phone.request("INVITE")
    assert "m=audio 31200" in invite.body
    talk.phone.answer(invite, 200, "OK", body=description(40300))

    assert (await talk.phone.request("ACK")).body == ""
    fact = await talk.stack.fact("ReinviteAnswered")
    assert (fact["sip_status"], fact["sdp"]) == (200, description(40300))
    await asyncio.sleep(A_MOMENT_S)
    assert talk.stack.facts == []
    assert await talk.stack.do("is_up", "callee")


async def test_a_reinvite_of_ours_that_is_refused_ends_no_call(talk: Talk) -> None:
    await talk.stack.do("reinvite", "callee", sdp=description(31200))

    talk.phone.answer(await talk.phone.request("INVITE"), 488, "Not Acceptable Here")

    await talk.phone.request("ACK")
    fact = await talk.stack.fact("ReinviteAnswered")
    assert (fact["sip_status"], fact["sdp"]) == (488, None)
    await asyncio.sleep(A_MOMENT_S)
    assert talk.stack.facts == []
    assert await talk.stack.do("is_up", "callee")


async def test_a_reinvite_while_theirs_waits_is_an_error_and_no_end(talk: Talk) -> None:
    talk.reinvite(description(40000, direction="sendonly"))
    await talk.stack.fact("Reinvited")

    with pytest.raises(Refused, match="re-INVITE"):
        await talk.stack.do("reinvite", "callee", sdp=OURS)

    await talk.stack.do("answer_reinvite", "callee", sdp=OURS)
    await talk.ack()


async def test_what_nobody_asked_cannot_be_answered(talk: Talk) -> None:
    with pytest.raises(Refused):
        await talk.stack.do("answer_reinvite", "callee", sdp=OURS)

    assert talk.stack.is_alive()
    assert await talk.stack.do("is_up", "callee")


async def test_a_reinvite_that_was_cancelled_cannot_be_answered(talk: Talk) -> None:
    talk.reinvite(description(40000, direction="sendonly"))
    await talk.stack.fact("Reinvited")

    talk.phone.cancel_last()
    assert (await talk.phone.final("CANCEL")).status in {200, 481}
    assert (await talk.phone.final("INVITE")).status == 487

    with pytest.raises(Refused, match="re-INVITE"):
        await talk.stack.do("answer_reinvite", "callee", sdp=OURS)
    assert talk.stack.is_alive()
    assert await talk.stack.do("is_up", "callee")


async def test_a_bye_while_their_reinvite_waits_ends_it(talk: Talk) -> None:
    talk.reinvite(description(40000, direction="sendonly"))
    await talk.stack.fact("Reinvited")

    talk.phone.within(talk.dialog, "BYE")

    await talk.stack.fact("Disconnected", by_party=True)
    with pytest.raises(Refused, match="over"):
        await talk.stack.do("answer_reinvite", "callee", sdp=OURS)


# ------------------------------------------------------------ UPDATE, OPTIONS, INFO


def update(talk: Talk, body: str) -> None:
    talk.phone.within(talk.dialog, "UPDATE", extra=SDP_CONTENT, body=body)


@pytest.mark.parametrize(
    ("direction", "mirrored"),
    [("sendonly", "recvonly"), ("inactive", "inactive"), ("sendrecv", "sendrecv")],
)
async def test_an_update_that_holds_is_answered_at_once_and_reported(
    talk: Talk, direction: str, mirrored: str
) -> None:
    """RFC 3311 §5.2: the answer is in the 200."""
    held = description(40000, direction=direction)
    update(talk, held)

    ok = await talk.phone.final("UPDATE")

    assert ok.status == 200
    assert "m=audio 31000 RTP/AVP 0\r\n" in ok.body
    assert f"a={mirrored}\r\n" in ok.body
    fact = await talk.stack.fact("Reinvited")
    assert (fact["sdp"], fact["answered"]) == (held, ok.body)


async def test_one_update_after_the_other_is_answered_with_the_next_version(talk: Talk) -> None:
    for version, direction in ((2, "sendonly"), (3, "sendrecv"), (4, "inactive")):
        update(talk, description(40000, direction=direction))

        assert f"o=x 1 {version} " in (await talk.phone.final("UPDATE")).body
    # And so is what follows: a re-INVITE waits for its answer as ever.
    talk.reinvite(description(40000))
    await talk.stack.fact("Reinvited", answered=None)
    await talk.stack.do("answer_reinvite", "callee", sdp=OURS)
    await talk.ack()


@pytest.mark.parametrize(
    "wanted",
    [
        description(40000, codecs="8"),
        description(40000).replace("RTP/AVP", "RTP/SAVP")
        + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WnD7c1ksDGs+dIefCEo8omPg4uO8DYIinNGL5yxQ\r\n",
        description(40000).replace("m=audio 40000", "m=audio 0"),
    ],
    ids=["another codec", "keys", "no audio"],
)
async def test_an_update_that_wants_what_is_not_ours_to_say_is_refused(
    talk: Talk, wanted: str
) -> None:
    update(talk, wanted)

    assert (await talk.phone.final("UPDATE")).status == 488
    assert talk.stack.facts == []
    assert await talk.stack.do("is_up", "callee")


async def test_an_update_while_a_reinvite_of_ours_is_on_its_way_is_a_glare(talk: Talk) -> None:
    """RFC 3311 §5.2."""
    await talk.stack.do("reinvite", "callee", sdp=description(31200))
    invite = await talk.phone.request("INVITE")

    update(talk, description(40000, direction="sendonly"))

    assert (await talk.phone.final("UPDATE")).status == 491
    talk.phone.answer(invite, 200, "OK", body=description(40000))
    assert (await talk.stack.fact("ReinviteAnswered"))["sip_status"] == 200
    assert talk.stack.facts == []


async def test_an_update_while_their_reinvite_waits_is_put_off(talk: Talk) -> None:
    """RFC 3311 §5.2: 500, and when to ask again."""
    talk.reinvite(description(40000, direction="sendonly"))
    await talk.stack.fact("Reinvited")

    update(talk, description(40000))

    refused = await talk.phone.final("UPDATE")
    assert refused.status in {491, 500}
    await talk.stack.do("answer_reinvite", "callee", sdp=OURS)
    await talk.ack()


async def test_an_update_without_a_description_refreshes(talk: Talk) -> None:
    talk.phone.within(talk.dialog, "UPDATE")

    assert (await talk.phone.final("UPDATE")).status == 200


@pytest.mark.parametrize("method", ["OPTIONS", "INFO", "MESSAGE", "SUBSCRIBE", "PUBLISH"])
async def test_other_methods_change_nothing(talk: Talk, method: str) -> None:
    talk.phone.within(talk.dialog, method)

    with_answer = asyncio.ensure_future(talk.phone.final(method))
    await asyncio.wait([with_answer], timeout=1)
    with_answer.cancel()
    assert talk.stack.is_alive()
    assert await talk.stack.do("is_up", "callee")


# ------------------------------------------------------------ REFER


@pytest.mark.parametrize(
    "refer_to",
    [
        [f"<sip:bob@{DOMAIN}>"],
        [f"<sip:bob@{DOMAIN}?Replaces=abc%3Bto-tag%3D1%3Bfrom-tag%3D2>"],
        ["<tel:+19005550100>"],
        [],
        [f"<sip:bob@{DOMAIN}>", f"<sip:dave@{DOMAIN}>"],
    ],
)
async def test_a_refer_that_reaches_the_stack_is_refused_and_nobody_is_called(
    talk: Talk, refer_to: list[str]
) -> None:
    talk.phone.within(talk.dialog, "REFER", extra=[("Refer-To", uri) for uri in refer_to])

    assert (await talk.phone.final("REFER")).status in ({400} if not refer_to else {400, 603})
    assert await talk.phone.nothing("INVITE")
    assert await talk.phone.nothing("NOTIFY")
    assert await talk.stack.do("is_up", "callee")


async def test_a_refer_out_of_any_dialog_calls_nobody(stack: Partner, phone: Phone) -> None:
    uri = f"sip:switch@{HOST}:{phone.edge_port}"
    headers = phone.headers("REFER", f"<sip:x@{DOMAIN}>;tag=a", f"<{uri}>", "out-of-dialog")
    from tests.contract.edge.ua import raw_request

    phone.send(raw_request("REFER", uri, [*headers, ("Refer-To", f"<sip:bob@{DOMAIN}>")]))

    assert await phone.nothing("INVITE")
    assert stack.is_alive()


# ------------------------------------------------------------ NOTIFY


async def test_a_notify_says_which_refer_it_is_about_and_how_far_that_is(talk: Talk) -> None:
    await talk.stack.do(
        "notify",
        "callee",
        refer_id="r1",
        event_id=101,
        sipfrag="SIP/2.0 180 Ringing\r\n",
        expires_s=50,
    )

    notify = await talk.phone.request("NOTIFY")
    assert notify.get("Event") == "refer;id=101"
    assert notify.get("Subscription-State") == "active;expires=50"
    assert notify.get("Content-Type") == "message/sipfrag;version=2.0"
    assert notify.get("Contact") == f"<sip:switch@{HOST}:{talk.phone.edge_port}>"
    assert notify.body == "SIP/2.0 180 Ringing\r\n"
    assert tag_of(notify.get("To")) == tag_of(talk.dialog.local)
    for name in ("Event", "Subscription-State", "Content-Type", "From", "To"):
        assert len(notify.all(name)) == 1, name


async def test_the_last_notify_ends_the_subscription(talk: Talk) -> None:
    await talk.stack.do(
        "notify",
        "callee",
        refer_id="r1",
        event_id=101,
        sipfrag="SIP/2.0 200 OK\r\n",
        expires_s=None,
    )

    notify = await talk.phone.request("NOTIFY")

    assert notify.get("Subscription-State") == "terminated;reason=noresource"


@pytest.mark.parametrize("status", [200, 481, 489])
@pytest.mark.parametrize("final", [False, True], ids=["not yet", "final"])
async def test_what_a_notify_is_answered_is_reported(
    talk: Talk, status: int, *, final: bool
) -> None:
    await talk.stack.do(
        "notify",
        "callee",
        refer_id="r1",
        event_id=101,
        sipfrag="SIP/2.0 100 Trying\r\n",
        expires_s=None if final else 50,
    )

    talk.phone.answer(await talk.phone.request("NOTIFY"), status)

    fact = await talk.stack.fact("NotifyDone")
    assert (fact["refer_id"], fact["final"], fact["sip_status"]) == ("r1", final, status)


async def test_answers_to_notifies_may_cross(talk: Talk) -> None:
    for number, refer_id in enumerate(["r1", "r2"]):
        await talk.stack.do(
            "notify",
            "callee",
            refer_id=refer_id,
            event_id=101 + number,
            sipfrag="SIP/2.0 100 Trying\r\n",
            expires_s=None if refer_id == "r2" else 50,
        )
    first, second = await talk.phone.request("NOTIFY"), await talk.phone.request("NOTIFY")

    talk.phone.answer(second, 200)
    talk.phone.answer(first, 481)

    told = {
        fact["refer_id"]: (fact["final"], fact["sip_status"])
        for fact in [await talk.stack.fact("NotifyDone"), await talk.stack.fact("NotifyDone")]
    }
    assert told == {"r1": (False, 481), "r2": (True, 200)}


async def test_a_notify_to_whom_has_hung_up_is_an_error(talk: Talk) -> None:
    talk.phone.within(talk.dialog, "BYE")
    await talk.stack.fact("Disconnected")

    with pytest.raises(Refused, match="over"):
        await talk.stack.do(
            "notify", "callee", refer_id="r1", event_id=1, sipfrag="x", expires_s=None
        )


async def test_a_bye_that_crosses_a_notify_ends_both(talk: Talk) -> None:
    await talk.stack.do(
        "notify", "callee", refer_id="r1", event_id=1, sipfrag="SIP/2.0 200 OK\r\n", expires_s=None
    )
    notify = await talk.phone.request("NOTIFY")

    talk.phone.within(talk.dialog, "BYE")
    await talk.stack.fact("Disconnected", by_party=True)
    talk.phone.answer(notify, 481)

    await asyncio.sleep(A_MOMENT_S)
    assert talk.stack.is_alive()
    assert await talk.stack.do("dialogs") == 0
