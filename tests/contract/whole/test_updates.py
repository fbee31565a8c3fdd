"""Holds by UPDATE (RFC 3311) and by a re-INVITE without a description, on a whole switch."""

from __future__ import annotations

import asyncio

import pytest

from switch.audio.tones import MUSIC
from switch.config import Config
from tests.contract.cli.phone import PATIENCE_S, Call
from tests.contract.edge.ua import DOMAIN, HOST, as_callee, as_caller, raw_request, token
from tests.contract.media.phones import audio_in, codecs_in
from tests.contract.whole.deaths import presence_on, thread_of, until
from tests.contract.whole.party import ALICES, CUSTOMER, Party

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]

FRAMES = 25
SDP = [("Content-Type", "application/sdp")]


async def talk(parties: dict[str, Party], codecs: str = "0") -> tuple[Party, Party, Call]:
    """Let the customer, who speaks PCMU, and alice talk; returns both, and alice's call."""
    customer, alice = parties["customer"], parties["alice"]
    for party in parties.values():
        party.takes_new_descriptions()
    calling = asyncio.create_task(customer.calls(ALICES))
    call = await alice.answers(codecs=codecs)
    await calling
    await customer.hears(alice.tone)
    await alice.hears(customer.tone)
    return customer, alice, call


async def update(alice: Party, call: Call, body: str) -> int:
    """Send an UPDATE; returns how it was answered."""
    assert call.dialog is not None
    alice.phone.ua.within(call.dialog, "UPDATE", extra=SDP if body else [], body=body)
    return (await alice.phone.ua.final("UPDATE", timeout_s=PATIENCE_S)).status


async def reinvite_late(alice: Party, call: Call, direction: str) -> str:
    """Send a re-INVITE without a description, and answer what is offered; returns that."""
    assert call.dialog is not None
    ua = alice.phone.ua
    ua.within(call.dialog, "INVITE")
    cseq = call.dialog.cseq
    reply = await ua.final("INVITE", timeout_s=PATIENCE_S)
    assert reply.status == 200
    answer = alice.sdp(direction=direction, version=2)
    ua.within(call.dialog, "ACK", extra=SDP, body=answer, cseq=cseq)
    return reply.body


async def test_a_rep_holds_and_comes_back_by_update(
    running: Config, parties: dict[str, Party]
) -> None:
    async with presence_on(running) as presence:
        customer, alice, call = await talk(parties)
        await presence.becomes("alice", "on_call")

        assert await update(alice, call, alice.sdp(direction="sendonly", version=2)) == 200
        await customer.hears(MUSIC)
        assert presence.states["alice"][-1] == "on_call"
        assert await update(alice, call, "") == 200
        assert await update(alice, call, alice.sdp(version=3)) == 200

        await customer.hears(alice.tone)
        await alice.hears(customer.tone)
        assert presence.states["alice"][-1] == "on_call"
        await customer.leaves()
        await presence.becomes("alice", "available")
    # Nobody was asked anything for it.
    assert customer.offers == alice.offers == []
    thread = await thread_of(running)
    assert [leg.end_reason for leg in thread.legs] == ["completed", "completed"]


async def test_a_customer_who_is_held_by_update_can_be_transferred(
    parties: dict[str, Party],
) -> None:
    customer, alice, call = await talk(parties)
    assert await update(alice, call, alice.sdp(direction="inactive", version=2)) == 200
    await customer.hears(MUSIC)

    await alice.transfers(call, "102")

    saul = parties["saul"]
    await saul.answers()
    await customer.hears(saul.tone)
    await saul.hears(customer.tone)


async def test_a_rep_holds_and_comes_back_without_a_description(
    parties: dict[str, Party],
) -> None:
    customer, alice, call = await talk(parties)

    await reinvite_late(alice, call, "sendonly")
    await customer.hears(MUSIC)
    offered = await reinvite_late(alice, call, "sendrecv")

    assert "a=sendrecv" in offered
    await customer.hears(alice.tone)
    await alice.hears(customer.tone)


async def test_an_update_for_another_codec_is_refused_and_both_are_heard(
    parties: dict[str, Party],
) -> None:
    customer, alice, call = await talk(parties)

    assert await update(alice, call, alice.sdp(codecs="18", version=2)) == 488

    await customer.hears(alice.tone)
    await alice.hears(customer.tone)


@pytest.mark.parametrize("who", ["customer", "alice"])
async def test_an_update_while_it_rings_ends_no_call(parties: dict[str, Party], who: str) -> None:
    """Nothing has been agreed on yet that an offer could change (RFC 3311 §5.1)."""
    customer, alice = parties["customer"], parties["alice"]
    calling = asyncio.create_task(customer.calls(ALICES))
    ringing = await alice.phone.rung()
    asking, ua = parties[who], parties[who].phone.ua
    if who == "customer":
        dialog = as_caller(await ua.provisional(180))
    else:
        assert ringing._last is not None
        dialog = as_callee(ringing.invite, ringing._last)

    ua.within(dialog, "UPDATE")
    assert (await ua.final("UPDATE", timeout_s=PATIENCE_S)).status == 200
    ua.within(dialog, "UPDATE", extra=SDP, body=asking.sdp(version=2))
    assert (await ua.final("UPDATE", timeout_s=PATIENCE_S)).status in {488, 491, 500}

    alice.phone._ringing.put_nowait(ringing)
    await alice.answers()
    await calling
    await customer.hears(alice.tone)
    await alice.hears(customer.tone)


async def test_a_late_offer_is_joined_with_another_codec(parties: dict[str, Party]) -> None:
    """The INVITE has no description, and alice does not speak what the customer is offered."""
    customer, alice = parties["customer"], parties["alice"]
    ua, call_id = customer.phone.ua, token()
    uri, sender = f"sip:{ALICES}@{DOMAIN}", f"<sip:{CUSTOMER}@{HOST}>;tag={token()}"
    ua.last_invite = raw_request("INVITE", uri, ua.headers("INVITE", sender, f"<{uri}>", call_id))
    ua.send(ua.last_invite)
    await alice.answers(codecs="8")
    reply = await ua.final("INVITE", call_id, timeout_s=PATIENCE_S)
    assert (reply.status, codecs_in(reply.body)) == (200, ("PCMU",))
    dialog = as_caller(reply)
    ua.within(dialog, "ACK", extra=SDP, body=customer.sdp(codecs="0"), cseq=dialog.cseq)
    customer.voice.speak_to(audio_in(reply.body))

    # What comes to her is no PCMU, which her voice calls odd.
    await until(lambda: alice.voice.odd_packets >= FRAMES)
    assert not alice.voice.heard.order()
    ua.within(dialog, "BYE")
    assert (await ua.final("BYE", call_id, timeout_s=PATIENCE_S)).status == 200
