"""Our own re-INVITEs on the wire: glare, refusals, and the end of a dialog."""

from __future__ import annotations

import asyncio

import pytest

from tests.contract.edge.ua import Dialog, Message, as_caller
from tests.contract.stack.partner import (
    A_MOMENT_S,
    OURS,
    Partner,
    Phone,
    Refused,
    description,
)
from tests.contract.stack.test_in_dialog import Talk, talk

pytestmark = pytest.mark.contract

__all__ = ["talk"]


async def ours(talk: Talk) -> Message:
    """Let a re-INVITE of ours be on its way; returns it as the phone has it."""
    await talk.stack.do("reinvite", "callee", sdp=description(31200))
    return await talk.phone.request("INVITE")


async def test_a_glare_is_reported_and_the_next_one_taken(talk: Talk) -> None:
    talk.phone.answer(await ours(talk), 491, "Request Pending")
    assert (await talk.stack.fact("ReinviteAnswered"))["sip_status"] == 491

    again = await ours(talk)

    assert "m=audio 31200" in again.body
    talk.phone.answer(again, 200, "OK", body=description(40000))
    assert (await talk.stack.fact("ReinviteAnswered"))["sip_status"] == 200
    await talk.phone.request("ACK")


async def test_theirs_while_ours_is_on_its_way_gets_491(talk: Talk) -> None:
    """RFC 3261 §14.2."""
    invite = await ours(talk)

    talk.reinvite(description(40000, direction="sendonly"))

    assert (await talk.phone.final("INVITE")).status == 491
    talk.phone.answer(invite, 200, "OK", body=description(40000))
    assert (await talk.stack.fact("ReinviteAnswered"))["sip_status"] == 200
    assert not [fact for fact in talk.stack.facts if fact["fact"] == "Reinvited"]
    # It asks again, as its RFC tells it, and is heard.
    talk.reinvite(description(40000, direction="sendonly"))
    await talk.stack.fact("Reinvited")
    await talk.stack.do("answer_reinvite", "callee", sdp=OURS)
    await talk.ack()


async def test_both_at_once_refuse_each_other_and_both_may_ask_again(talk: Talk) -> None:
    invite = await ours(talk)
    talk.reinvite(description(40000, direction="sendonly"))

    talk.phone.answer(invite, 491, "Request Pending")

    assert (await talk.phone.final("INVITE")).status == 491
    assert (await talk.stack.fact("ReinviteAnswered"))["sip_status"] == 491
    talk.reinvite(description(40000, direction="sendonly"))
    await talk.stack.fact("Reinvited")
    with pytest.raises(Refused):
        await talk.stack.do("reinvite", "callee", sdp=OURS)
    await talk.stack.do("answer_reinvite", "callee", sdp=OURS)
    await talk.ack()
    talk.phone.answer(await ours(talk), 200, "OK", body=description(40000))
    assert (await talk.stack.fact("ReinviteAnswered"))["sip_status"] == 200


@pytest.mark.parametrize("status", [408, 481])
async def test_a_phone_that_knows_of_no_dialog_is_hung_up_on(talk: Talk, status: int) -> None:
    """RFC 3261 §12.2.1.2."""
    talk.phone.answer(await ours(talk), status)

    talk.phone.answer(await talk.phone.request("BYE"), 481)

    fact = await talk.stack.fact("ReinviteAnswered")
    assert (fact["sip_status"], fact["sdp"]) == (status, None)
    await talk.stack.fact("Disconnected")


@pytest.mark.parametrize("status", [400, 415, 488, 500, 503, 603])
async def test_any_other_refusal_leaves_the_dialog_as_it_was(talk: Talk, status: int) -> None:
    talk.phone.answer(await ours(talk), status, body=description(40999))

    fact = await talk.stack.fact("ReinviteAnswered")
    assert (fact["sip_status"], fact["sdp"]) == (status, None)
    await asyncio.sleep(A_MOMENT_S)
    assert await talk.stack.do("is_up", "callee")
    # What it is told of our media is what it was told before.
    talk.reinvite(description(40000, direction="sendonly"))
    await talk.stack.fact("Reinvited")
    await talk.stack.do("answer_reinvite", "callee", sdp=OURS)
    await talk.ack()


async def test_a_hang_up_while_ours_is_on_its_way_ends_it(talk: Talk) -> None:
    invite = await ours(talk)

    talk.phone.within(talk.dialog, "BYE")

    await talk.stack.fact("Disconnected", by_party=True)
    talk.phone.answer(invite, 487, "Request Terminated")
    assert await talk.phone.nothing("BYE")
    assert await talk.stack.do("dialogs") == 0


async def test_whose_call_id_it_is_says_who_waits_longer(stack: Partner, phone: Phone) -> None:
    await stack.expect("theirs")
    phone.call("theirs")
    await stack.fact("Invited")
    await stack.place("callee")

    assert await stack.do("called_by_us", "callee")
    assert not await stack.do("called_by_us", "caller")
    assert not await stack.do("called_by_us", "nobody")


async def test_nothing_can_be_asked_before_the_ack(stack: Partner, phone: Phone) -> None:
    await stack.expect("theirs")
    phone.call("theirs")
    await stack.fact("Invited")
    await stack.do("answer", "caller", sip_status=200, sdp=OURS)
    ok = await phone.final("INVITE")

    with pytest.raises(Refused, match="re-INVITE"):
        await stack.do("reinvite", "caller", sdp=description(31200))

    dialog: Dialog = as_caller(ok)
    phone.ack(dialog)
    await stack.fact("Acknowledged")
    await stack.do("reinvite", "caller", sdp=description(31200))
    assert "m=audio 31200" in (await phone.request("INVITE")).body
