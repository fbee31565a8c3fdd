"""Holds by UPDATE (RFC 3311) and by a re-INVITE without a description, on a whole switch."""

from __future__ import annotations

import asyncio

import pytest

from switch.audio.tones import MUSIC
from switch.config import Config
from tests.contract.cli.phone import PATIENCE_S, Call
from tests.contract.whole.deaths import presence_on, thread_of
from tests.contract.whole.party import ALICES, Party

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]

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


async def test_an_update_while_it_rings_changes_nothing(parties: dict[str, Party]) -> None:
    customer, alice = parties["customer"], parties["alice"]
    calling = asyncio.create_task(customer.calls(ALICES))
    ringing = await alice.phone.rung()
    ua = customer.phone.ua
    progress = await ua.provisional(180)
    dialog = alice.phone.ua  # noqa: F841

    ringing.phone._ringing.put_nowait(ringing)
    call = await alice.answers()
    await calling
    await customer.hears(alice.tone)
    assert progress.status == 180
    assert not call.over.is_set()
