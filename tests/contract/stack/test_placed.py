"""INVITEs that the stack sends, and whatever phones answer to them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from switch.sip.message import parse_message
from tests.contract.edge.ua import DOMAIN, HOST, Message, as_callee, tag_of
from tests.contract.stack.partner import A_MOMENT_S, THEIRS, Partner, Phone, description
from tests.run.processes import until

pytestmark = pytest.mark.contract

PERSONAS = [
    f"<sip:+14805550123@{DOMAIN}>",
    f'"Ann Lee" <sip:+14805550123@{DOMAIN}>',
    f'"Ann \\"the boss\\" O\'Neil \\\\ Söhne, <x>; @" <sip:201@{DOMAIN}>',
    '"Anonymous" <sip:anonymous@anonymous.invalid>',
    f"<sip:on%20call%23@{DOMAIN}>",
    f"<sip:*98@{DOMAIN}>",
]


async def placed(stack: Partner, phone: Phone, **said: Any) -> Message:
    """Let the stack place a leg; returns its INVITE."""
    await stack.place(**said)
    return await phone.request("INVITE")


async def taken(stack: Partner, phone: Phone, *, body: str = THEIRS) -> Message:
    """Let the stack place a leg and answer it; returns the answer."""
    invite = await placed(stack, phone)
    ok = phone.answer(invite, 200, "OK", body=body)
    await stack.fact("Answered", leg_id="callee")
    await phone.request("ACK")
    phone.inbox.clear()
    return ok


async def test_a_leg_is_placed_through_the_edge_with_our_offer(
    stack: Partner, phone: Phone
) -> None:
    invite = await placed(stack, phone)

    assert invite.uri == f"sip:saul@{DOMAIN}"
    assert invite.get("Route") == f"<sip:{HOST}:{phone.port};lr>"
    assert invite.get("X-Conversation") == "c1"
    assert invite.get("Contact") == f"<sip:switch@{HOST}:{phone.edge_port}>"
    assert invite.get("User-Agent") == "softswitch"
    assert "m=audio 31000 RTP/AVP 0" in invite.body
    assert invite.get("Max-Forwards") == "70"


@pytest.mark.parametrize("persona", PERSONAS)
async def test_from_is_the_persona_letter_by_letter(
    stack: Partner, phone: Phone, persona: str
) -> None:
    invite = await placed(stack, phone, persona=persona)

    assert invite.get("From").partition(">;tag=")[0] + ">" == persona
    assert tag_of(invite.get("From"))
    assert "Söhne" not in persona or "Söhne" in invite.get("From")


async def test_referred_by_is_sent_once(stack: Partner, phone: Phone) -> None:
    referred_by = f"<sip:alice@{DOMAIN}>"

    invite = await placed(stack, phone, headers={"Referred-By": referred_by})

    assert invite.all("Referred-By") == [referred_by]


async def test_no_timer_is_asked_for(stack: Partner, phone: Phone) -> None:
    invite = await placed(stack, phone)

    assert "timer" not in invite.get("Supported")
    assert invite.get("Require") == ""
    assert invite.get("Session-Expires") == ""


async def test_a_phone_may_send_its_ringing_reliably(stack: Partner, phone: Phone) -> None:
    """PJSIP says Supported: 100rel whatever it is told; so it must keep to it (RFC 3262)."""
    invite = await placed(stack, phone)
    assert "100rel" in invite.get("Supported")

    reliably = [("Require", "100rel"), ("RSeq", "1")]
    phone.answer(invite, 180, "Ringing", tag="t", extra=reliably)

    prack = await phone.request("PRACK")
    assert prack.get("RAck") == f"1 {invite.get('CSeq')}"
    await phone.ok(prack)
    await stack.fact("Provisional", sip_status=180)
    phone.answer(invite, 200, "OK", tag="t", body=THEIRS)
    assert (await stack.fact("Answered"))["sdp"] == THEIRS


async def test_a_phone_may_describe_early_media_reliably(stack: Partner, phone: Phone) -> None:
    invite = await placed(stack, phone)

    reliably = [("Require", "100rel"), ("RSeq", "7")]
    phone.answer(invite, 183, "Progress", tag="t", extra=reliably, body=THEIRS)
    await phone.ok(await phone.request("PRACK"))
    await stack.fact("Provisional", sip_status=183, sdp=THEIRS)
    phone.answer(invite, 200, "OK", tag="t")

    # The offer was answered already: the 200 need not say it again (RFC 3262 §5).
    assert (await stack.fact("Answered"))["sdp"] is None
    await phone.request("ACK")
    assert await stack.do("is_up", "callee")


@pytest.mark.parametrize("status", [404, 408, 480, 486, 488, 500, 503, 600, 603])
async def test_a_refusal_is_reported_as_it_is(stack: Partner, phone: Phone, status: int) -> None:
    phone.answer(await placed(stack, phone), status)

    fact = await stack.fact("Disconnected")
    assert (fact["by_party"], fact["sip_status"]) == (True, status)
    assert (await phone.request("ACK")).get("CSeq").endswith(" ACK")


@pytest.mark.parametrize("status", [301, 302, 380])
async def test_nobody_is_called_because_a_phone_redirects(
    stack: Partner, phone: Phone, status: int
) -> None:
    invite = await placed(stack, phone)

    phone.answer(invite, status, contact=f"<sip:+19005550100@{HOST}:{phone.port}>")

    assert (await stack.fact("Disconnected"))["sip_status"] == status
    assert await phone.nothing("INVITE")


@pytest.mark.parametrize("status", [401, 407])
async def test_a_challenge_is_a_refusal(stack: Partner, phone: Phone, status: int) -> None:
    name = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
    extra = [(name, 'Digest realm="x", nonce="y", algorithm=MD5')]

    phone.answer(await placed(stack, phone), status, extra=extra)

    assert (await stack.fact("Disconnected"))["sip_status"] == status


async def test_ringing_and_answer_are_reported_with_what_they_describe(
    stack: Partner, phone: Phone
) -> None:
    invite = await placed(stack, phone)

    phone.answer(invite, 100, "Trying")
    phone.answer(invite, 180, "Ringing", tag="t")
    assert (await stack.fact("Provisional"))["sip_status"] == 180
    phone.answer(invite, 183, "Progress", tag="t", body=THEIRS)
    fact = await stack.fact("Provisional")
    assert (fact["sip_status"], fact["sdp"]) == (183, THEIRS)
    phone.answer(invite, 200, "OK", tag="t", body=THEIRS)

    assert (await stack.fact("Answered"))["sdp"] == THEIRS
    assert (await phone.request("ACK")).body == ""


async def test_a_183_of_one_fork_and_the_200_of_another_are_both_reported(
    stack: Partner, phone: Phone
) -> None:
    invite = await placed(stack, phone)
    phone.answer(invite, 183, "Progress", tag="mailbox", body=THEIRS)
    await stack.fact("Provisional")

    other = description(40100)
    phone.answer(invite, 200, "OK", tag="desk", body=other)

    assert (await stack.fact("Answered"))["sdp"] == other
    assert tag_of((await phone.request("ACK")).get("To")) == "desk"
    call_id, ours = invite.get("Call-ID"), tag_of(invite.get("From"))
    assert await stack.do("find", call_id, from_tag="desk", to_tag=ours) == "callee"


async def test_the_200_of_a_second_fork_is_acknowledged_and_ended(
    stack: Partner, phone: Phone
) -> None:
    """RFC 3261 §13.2.2.4: PJSIP sends ACK and BYE to it by itself, and keeps the first."""
    invite = await placed(stack, phone)
    first = phone.answer(invite, 200, "OK", tag="first", body=THEIRS)
    await stack.fact("Answered")
    assert tag_of((await phone.request("ACK")).get("To")) == "first"

    phone.answer(invite, 200, "OK", tag="second", body=description(40100))

    ack, bye = await phone.request("ACK"), await phone.request("BYE")
    assert [tag_of(one.get("To")) for one in (ack, bye)] == ["second", "second"]
    await phone.ok(bye)
    await asyncio.sleep(A_MOMENT_S)
    assert stack.facts == []
    assert await stack.do("is_up", "callee")
    phone.within(as_callee(invite, first), "BYE")
    assert (await phone.final("BYE")).status == 200


async def test_a_200_sent_again_is_acknowledged_again(stack: Partner, phone: Phone) -> None:
    invite = await placed(stack, phone)
    phone.answer(invite, 200, "OK", tag="t", body=THEIRS)
    await phone.request("ACK")

    phone.answer(invite, 200, "OK", tag="t", body=THEIRS)

    assert tag_of((await phone.request("ACK")).get("To")) == "t"
    await stack.fact("Answered")
    await asyncio.sleep(A_MOMENT_S)
    assert stack.facts == []


async def test_who_rings_is_cancelled(stack: Partner, phone: Phone) -> None:
    invite = await placed(stack, phone)
    phone.answer(invite, 180, "Ringing", tag="t")
    await stack.fact("Provisional")

    await stack.do("hang_up", "callee")
    await phone.ok(await phone.request("CANCEL"))
    phone.answer(invite, 487, "Request Terminated", tag="t")

    fact = await stack.fact("Disconnected")
    assert not fact["by_party"]
    assert await stack.do("dialogs") == 0


async def test_who_has_said_nothing_yet_is_cancelled_as_soon_as_he_says_something(
    stack: Partner, phone: Phone
) -> None:
    """RFC 3261 §9.1: no CANCEL before a provisional response."""
    invite = await placed(stack, phone)

    await stack.do("hang_up", "callee")
    assert await phone.nothing("CANCEL")
    phone.answer(invite, 180, "Ringing", tag="t")

    await phone.ok(await phone.request("CANCEL"))
    phone.answer(invite, 487, "Request Terminated", tag="t")
    await stack.fact("Disconnected", by_party=False)


async def test_a_200_that_crosses_our_cancel_is_acknowledged_and_ended(
    stack: Partner, phone: Phone
) -> None:
    invite = await placed(stack, phone)
    phone.answer(invite, 180, "Ringing", tag="t")
    await stack.fact("Provisional")
    await stack.do("hang_up", "callee")
    cancel = await phone.request("CANCEL")

    phone.answer(invite, 200, "OK", tag="t", body=THEIRS)
    await phone.ok(cancel)

    assert (await phone.request("ACK")).get("CSeq").endswith(" ACK")
    await phone.ok(await phone.request("BYE"))
    await stack.fact("Disconnected", by_party=False)
    assert [fact for fact in stack.facts if fact["fact"] == "Answered"] == []


async def test_a_200_without_a_description_is_reported_so(stack: Partner, phone: Phone) -> None:
    invite = await placed(stack, phone)

    phone.answer(invite, 200, "OK")

    assert (await stack.fact("Answered"))["sdp"] is None
    assert stack.is_alive()


@pytest.mark.parametrize(
    "body", ["v=0\r\n", "rubbish", "v=0\r\nm=audio x RTP/AVP 0\r\n", "\x00" * 40]
)
async def test_an_answer_with_a_broken_description_ends_no_process(
    stack: Partner, phone: Phone, body: str
) -> None:
    phone.answer(await placed(stack, phone), 200, "OK", body=body)

    await until(lambda: bool(stack.facts))
    assert stack.facts[0]["fact"] in {"Answered", "Disconnected"}
    assert stack.is_alive()


async def test_a_bye_of_ours_that_nobody_answers_is_an_end_all_the_same(
    stack: Partner, phone: Phone
) -> None:
    await taken(stack, phone)

    await stack.do("hang_up", "callee")
    await phone.request("BYE")

    await stack.fact("Disconnected", by_party=False)
    # It is sent again all the same, in case it was lost.
    await phone.request("BYE")
    assert await stack.do("dialogs") == 0


async def test_the_invite_is_sent_again_while_nobody_answers(stack: Partner, phone: Phone) -> None:
    first = await placed(stack, phone)

    again = await phone.request("INVITE")

    assert again.get("Via") == first.get("Via")


async def test_our_own_parser_reads_what_pjsip_sends(stack: Partner, phone: Phone) -> None:
    invite = await placed(stack, phone, persona=PERSONAS[2])
    raw = "\r\n".join([invite.start, *(f"{k}: {v}" for k, v in invite.headers), "", invite.body])

    read = parse_message(raw)

    assert read.from_tag == tag_of(invite.get("From"))
    assert read.call_id == invite.get("Call-ID")
