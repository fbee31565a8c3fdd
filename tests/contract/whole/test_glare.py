"""Re-INVITEs that cross, on a whole switch: RFC 3261 §14."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from tests.contract.cli.phone import PATIENCE_S, Call
from tests.contract.edge.ua import (
    Message,
)
from tests.contract.media.phones import codecs_in
from tests.contract.whole.party import ALICES, Party

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]


@dataclass(frozen=True, slots=True)
class Talk:
    """Is how things stand when the customer gets our re-INVITE."""

    customers: Call
    sauls: Call
    reinvite: Message


async def told_of_another_codec(parties: dict[str, Party]) -> Talk:
    """Transfer a customer to somebody who speaks less than he does; returns his re-INVITE."""
    customer, alice, saul = (parties[name] for name in ("customer", "alice", "saul"))
    calling = asyncio.create_task(customer.calls(ALICES, codecs="0 8"))
    first = await alice.answers(codecs="0 8")
    call = await calling
    await alice.transfers(first, "102")
    customer.answers_nothing_by_itself()
    return Talk(
        call, await saul.answers(codecs="8"), await customer.phone.ua.request("INVITE", PATIENCE_S)
    )


async def until_over(parties: dict[str, Party], talk: Talk) -> None:
    """Let the customer hang up on saul: nobody was hung up on before."""
    customer = parties["customer"]
    assert not [one for one in customer.phone.ua.inbox if one.is_request and one.method == "BYE"]
    assert not talk.sauls.over.is_set()
    await customer.leaves()
    await talk.sauls.until_over()
    talk.customers.over.set()


async def test_a_glare_is_waited_out_and_the_call_goes_on(parties: dict[str, Party]) -> None:
    talk = await told_of_another_codec(parties)
    ours = talk.reinvite
    customer = parties["customer"]
    ua = customer.phone.ua

    for _ in range(2):
        ua.answer(ours, 491, "Request Pending")
        again = await ua.request("INVITE", PATIENCE_S)
        assert int(again.get("CSeq").split()[0]) > int(ours.get("CSeq").split()[0])
        assert again.body == ours.body
        ours = again
    ua.answer(ours, 200, "OK", body=customer.sdp(codecs="8", version=2))
    await ua.request("ACK", PATIENCE_S)

    await until_over(parties, talk)


async def test_a_customer_who_refuses_goes_on_as_he_was(parties: dict[str, Party]) -> None:
    talk = await told_of_another_codec(parties)
    ours = talk.reinvite
    ua = parties["customer"].phone.ua

    ua.answer(ours, 488, "Not Acceptable Here")
    await ua.request("ACK", PATIENCE_S)

    await until_over(parties, talk)


async def test_two_who_ask_at_once_are_both_heard_in_the_end(parties: dict[str, Party]) -> None:
    """The customer puts saul on hold in the moment in which he is told of saul's media."""
    talk = await told_of_another_codec(parties)
    ours = talk.reinvite
    customer = parties["customer"]
    ua = customer.phone.ua
    dialog = talk.customers.dialog
    assert dialog is not None
    hold = customer.sdp(codecs="0 8", direction="sendonly", version=2)
    content = [("Content-Type", "application/sdp")]

    async def holds() -> Message:
        ua.within(dialog, "INVITE", extra=content, body=hold)
        return await ua.final("INVITE", timeout_s=PATIENCE_S)

    refused = await holds()
    assert refused.status == 491
    ua.answer(ours, 491, "Request Pending")
    held = await holds()
    while held.status == 491:  # ours was on its way again
        ua.answer(await ua.request("INVITE", PATIENCE_S), 491, "Request Pending")
        held = await holds()
    assert held.status == 200
    # That answer told him of saul's media too: nothing is left to be sent again.
    assert codecs_in(held.body) == ("PCMA",)
    assert "a=recvonly" in held.body
    ua.ack(dialog)

    await until_over(parties, talk)
