"""INVITEs that come in."""

from __future__ import annotations

import asyncio

import pytest

from tests.contract.edge.ua import Dialog, as_caller, token
from tests.contract.stack.partner import A_MOMENT_S, OURS, THEIRS, Partner, Phone, Refused
from tests.run.processes import until

pytestmark = pytest.mark.contract


async def offered(stack: Partner, phone: Phone, *, body: str = THEIRS) -> str:
    """Call the stack, which expects it; returns the Call-ID."""
    call_id = token()
    await stack.expect(call_id)
    phone.call(call_id, body=body)
    await stack.fact("Invited", leg_id="caller")
    return call_id


async def answered(stack: Partner, phone: Phone) -> Dialog:
    """Call the stack and be answered; returns the phone's side of the dialog."""
    await offered(stack, phone)
    await stack.do("answer", "caller", sip_status=200, sdp=OURS)
    dialog = as_caller(await phone.final("INVITE"))
    phone.ack(dialog)
    await stack.fact("Acknowledged", leg_id="caller")
    return dialog


async def test_an_invite_that_is_not_expected_gets_503(stack: Partner, phone: Phone) -> None:
    phone.call()

    assert (await phone.final("INVITE")).status == 503
    assert stack.facts == []


async def test_an_invite_while_another_is_expected_gets_503(stack: Partner, phone: Phone) -> None:
    await stack.expect("another")

    phone.call("mine")

    assert (await phone.final("INVITE")).status == 503


async def test_strangers_leave_no_call_behind(stack: Partner, phone: Phone) -> None:
    # PJSIP has room for four calls: a fifth would be busy.
    for _ in range(12):
        phone.call()
        assert (await phone.final("INVITE")).status == 503

    await offered(stack, phone)


async def test_an_expected_invite_is_reported_with_its_offer(stack: Partner, phone: Phone) -> None:
    call_id = token()
    await stack.expect(call_id)

    phone.call(call_id)

    fact = await stack.fact("Invited")
    assert (fact["leg_id"], fact["sdp"]) == ("caller", THEIRS)


async def test_it_is_alerted_and_answered_with_our_description(
    stack: Partner, phone: Phone
) -> None:
    await offered(stack, phone)

    await stack.do("answer", "caller", sip_status=180)
    ringing = await phone.provisional(180)
    await stack.do("answer", "caller", sip_status=200, sdp=OURS)
    ok = await phone.final("INVITE")

    assert ringing.body == ""
    assert ok.status == 200
    assert "m=audio 31000 RTP/AVP 0" in ok.body
    # A display name in Contact is copied into the Request-URI by some phones.
    assert ok.get("Contact") == f"<sip:switch@127.0.0.1:{phone.edge_port}>"
    assert ok.get("Server") in {"", "softswitch"}


async def test_video_is_refused_and_the_audio_goes_through(stack: Partner, phone: Phone) -> None:
    """RFC 3264 §6: a stream that is refused is answered with the port 0."""
    video = "m=video 40002 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n"
    await offered(stack, phone, body=THEIRS + video)

    refused = OURS + video.replace("40002", "0")
    await stack.do("answer", "caller", sip_status=200, sdp=refused)
    ok = await phone.final("INVITE")

    assert "m=audio 31000 RTP/AVP 0" in ok.body
    assert "m=video 0 " in ok.body
    phone.ack(as_caller(ok))
    await stack.fact("Acknowledged")
    assert await stack.do("is_up", "caller")


async def test_early_media_is_described_in_the_183_and_said_again_in_the_200(
    stack: Partner, phone: Phone
) -> None:
    await offered(stack, phone)

    await stack.do("answer", "caller", sip_status=180)
    await stack.do("answer", "caller", sip_status=183, sdp=OURS)
    progress = await phone.provisional(183)
    await stack.do("answer", "caller", sip_status=200, sdp=OURS)
    ok = await phone.final("INVITE")

    assert "m=audio 31000" in progress.body
    assert "m=audio 31000" in ok.body
    assert progress.get("To") == ok.get("To")


async def test_a_180_after_a_183_does_no_harm(stack: Partner, phone: Phone) -> None:
    await offered(stack, phone)
    await stack.do("answer", "caller", sip_status=183, sdp=OURS)
    await phone.provisional(183)

    await stack.do("answer", "caller", sip_status=180)
    assert (await phone.provisional(180)).status == 180
    await stack.do("answer", "caller", sip_status=183, sdp=OURS)
    await stack.do("answer", "caller", sip_status=200, sdp=OURS)

    assert "m=audio 31000" in (await phone.final("INVITE")).body


async def test_a_caller_without_an_offer_gets_ours_and_answers_it_with_his_ack(
    stack: Partner, phone: Phone
) -> None:
    await offered(stack, phone, body="")
    await stack.do("answer", "caller", sip_status=180)
    await stack.do("answer", "caller", sip_status=200, sdp=OURS)

    ok = await phone.final("INVITE")
    assert "m=audio 31000 RTP/AVP 0" in ok.body
    dialog = as_caller(ok)
    content = [("Content-Type", "application/sdp")]
    phone.within(dialog, "ACK", extra=content, body=THEIRS, cseq=dialog.cseq)

    assert (await stack.fact("Acknowledged"))["sdp"] == THEIRS


async def test_a_caller_without_an_offer_may_hear_early_media(stack: Partner, phone: Phone) -> None:
    """Ours is an offer in a 183 then, which he can only answer with his ACK."""
    await offered(stack, phone, body="")

    await stack.do("answer", "caller", sip_status=183, sdp=OURS)
    assert (await phone.provisional(183)).status == 183
    await stack.do("answer", "caller", sip_status=200, sdp=OURS)
    ok = await phone.final("INVITE")
    dialog = as_caller(ok)
    content = [("Content-Type", "application/sdp")]
    phone.within(dialog, "ACK", extra=content, body=THEIRS, cseq=dialog.cseq)

    assert "m=audio 31000" in ok.body
    assert (await stack.fact("Acknowledged"))["sdp"] == THEIRS


async def test_a_late_offer_that_the_ack_does_not_answer_is_no_call_to_crash_on(
    stack: Partner, phone: Phone
) -> None:
    await offered(stack, phone, body="")
    await stack.do("answer", "caller", sip_status=200, sdp=OURS)
    phone.ack(as_caller(await phone.final("INVITE")))

    # PJSIP gives up a call whose offer is never answered; the worker hears of one or the other.
    await until(lambda: bool(stack.facts))
    assert stack.facts[0]["fact"] in {"Acknowledged", "Disconnected"}
    assert stack.is_alive()


async def test_a_cancel_is_an_end_by_the_party(stack: Partner, phone: Phone) -> None:
    await offered(stack, phone)
    await stack.do("answer", "caller", sip_status=180)
    await phone.provisional(180)

    phone.cancel_last()

    assert (await phone.final("CANCEL")).status == 200
    assert (await phone.final("INVITE")).status == 487
    fact = await stack.fact("Disconnected")
    assert (fact["by_party"], fact["sip_status"]) == (True, 487)
    assert await stack.do("dialogs") == 0


async def test_what_is_over_cannot_be_answered(stack: Partner, phone: Phone) -> None:
    await offered(stack, phone)
    phone.cancel_last()
    await stack.fact("Disconnected")

    with pytest.raises(Refused, match="its dialog is over"):
        await stack.do("answer", "caller", sip_status=200, sdp=OURS)


@pytest.mark.parametrize("status", [486, 404, 480, 488, 603])
async def test_a_refusal_is_sent_as_it_is(stack: Partner, phone: Phone, status: int) -> None:
    await offered(stack, phone)

    await stack.do("hang_up", "caller", sip_status=status)

    assert (await phone.final("INVITE")).status == status
    fact = await stack.fact("Disconnected")
    assert (fact["by_party"], fact["sip_status"]) == (False, status)


async def test_a_bye_is_answered_and_an_end_by_the_party(stack: Partner, phone: Phone) -> None:
    dialog = await answered(stack, phone)

    phone.within(dialog, "BYE")

    assert (await phone.final("BYE")).status == 200
    fact = await stack.fact("Disconnected")
    assert fact["by_party"]
    assert fact["sip_status"] == 200


async def test_our_bye_needs_no_answer_to_be_an_end(stack: Partner, phone: Phone) -> None:
    await answered(stack, phone)

    await stack.do("hang_up", "caller")

    assert (await phone.request("BYE")).uri == f"sip:x@127.0.0.1:{phone.port}"
    fact = await stack.fact("Disconnected")
    assert not fact["by_party"]


async def test_byes_that_cross_are_one_end(stack: Partner, phone: Phone) -> None:
    dialog = await answered(stack, phone)

    await stack.do("hang_up", "caller")
    phone.within(dialog, "BYE")
    await phone.ok(await phone.request("BYE"))

    assert (await phone.final("BYE")).status in {200, 481}
    await stack.fact("Disconnected")
    await asyncio.sleep(A_MOMENT_S)
    assert stack.facts == []
    assert await stack.do("dialogs") == 0


async def test_a_dialog_is_found_by_its_call_id_and_both_tags(stack: Partner, phone: Phone) -> None:
    dialog = await answered(stack, phone)
    theirs, ours = tag(dialog.local), tag(dialog.remote)

    async def found(call_id: str, from_tag: str, to_tag: str) -> object:
        return await stack.do("find", call_id, from_tag=from_tag, to_tag=to_tag)

    assert await found(dialog.call_id, theirs, ours) == "caller"
    assert await found(dialog.call_id, ours, theirs) is None
    assert await found(dialog.call_id, theirs, "forged") is None
    assert await found("another", theirs, ours) is None


async def test_an_invite_with_replaces_takes_over_no_dialog(stack: Partner, phone: Phone) -> None:
    dialog = await answered(stack, phone)
    replaced = f"{dialog.call_id};to-tag={tag(dialog.remote)};from-tag={tag(dialog.local)}"

    phone.call(extra=[("Replaces", replaced)])

    assert (await phone.final("INVITE")).status >= 400
    assert await phone.nothing("BYE")
    assert stack.facts == []
    assert await stack.do("dialogs") == 1


async def test_a_caller_who_wants_reliable_ringing_gets_it(stack: Partner, phone: Phone) -> None:
    call_id = token()
    await stack.expect(call_id)
    phone.call(call_id, extra=[("Require", "100rel"), ("Supported", "100rel")])
    await stack.fact("Invited")

    await stack.do("answer", "caller", sip_status=180)
    ringing = await phone.provisional(180)
    assert ringing.get("Require") == "100rel"
    dialog = as_caller(ringing)
    dialog.cseq = 1
    rack = f"{ringing.get('RSeq')} 1 INVITE"
    phone.within(dialog, "PRACK", extra=[("RAck", rack)])
    assert (await phone.final("PRACK")).status == 200
    await stack.do("answer", "caller", sip_status=200, sdp=OURS)

    assert "m=audio 31000" in (await phone.final("INVITE")).body


async def test_a_caller_who_wants_what_we_cannot_do_is_told_so(
    stack: Partner, phone: Phone
) -> None:
    call_id = token()
    await stack.expect(call_id)

    phone.call(call_id, extra=[("Require", "teleportation")])

    refusal = await phone.final("INVITE")
    assert (refusal.status, refusal.get("Unsupported")) == (420, "teleportation")


async def test_a_retransmitted_invite_is_one_call(stack: Partner, phone: Phone) -> None:
    await offered(stack, phone)
    await stack.do("answer", "caller", sip_status=180)
    phone.send(phone.last_invite)
    phone.send(phone.last_invite)
    await asyncio.sleep(A_MOMENT_S)

    assert stack.facts == []
    assert await stack.do("dialogs") == 1


async def test_the_200_is_sent_again_until_it_is_acknowledged(stack: Partner, phone: Phone) -> None:
    await offered(stack, phone)
    await stack.do("answer", "caller", sip_status=200, sdp=OURS)

    first = await phone.final("INVITE")
    again = await phone.final("INVITE")
    phone.ack(as_caller(again))

    assert first.body == again.body
    await stack.fact("Acknowledged")


def tag(header: str) -> str:
    return header.partition(";tag=")[2]
