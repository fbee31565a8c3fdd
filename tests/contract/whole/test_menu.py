"""The menu of a transferor who is called back, on a whole switch: by keys, heard and pressed.

Nothing here waits for a time: each step is taken when a phone rings, hears or is hung up on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from switch.audio.tones import MUSIC, NOISE
from tests.contract.cli.phone import Call
from tests.contract.whole.party import ALICES, Party

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]

Press = Callable[["Party", str], Awaitable[None]]


async def called_back(parties: dict[str, Party]) -> Call:
    """Let alice transfer to saul and leave, saul decline, and alice answer the call back."""
    customer, alice, saul = (parties[name] for name in ("customer", "alice", "saul"))
    calling = asyncio.create_task(customer.calls(ALICES))
    first = await alice.answers()
    await calling
    await customer.hears(alice.tone)
    await alice.transfers(first, "102")
    (await saul.phone.rung()).decline()
    back = await alice.answers()
    await alice.hears(NOISE)  # the menu
    await customer.hears(MUSIC)
    return back


async def by_rtp(party: Party, keys: str) -> None:
    party.voice.press(keys)


def by_info(call: Call, content_type: str, form: str) -> Press:
    async def press(party: Party, keys: str) -> None:
        assert call.dialog is not None
        for key in keys:
            content = [("Content-Type", content_type)]
            body = form.format(key=key)
            party.phone.ua.within(call.dialog, "INFO", extra=content, body=body)
            assert (await party.phone.ua.final("INFO")).status == 200

    return press


def way_of(way: str, call: Call) -> Press:
    return {
        "rtp": by_rtp,
        "dtmf-relay": by_info(call, "application/dtmf-relay", "Signal={key}\r\nDuration=160\r\n"),
        "dtmf": by_info(call, "application/dtmf", "{key}"),
    }[way]


@pytest.mark.parametrize("way", ["rtp", "dtmf"])
async def test_1_resumes(parties: dict[str, Party], way: str) -> None:
    back = await called_back(parties)
    alice, customer = parties["alice"], parties["customer"]

    await way_of(way, back)(alice, "1")

    await customer.hears(alice.tone)
    await alice.hears(customer.tone)


@pytest.mark.parametrize("way", ["rtp", "dtmf-relay", "dtmf"])
async def test_2_an_extension_and_a_hash_transfer_to_somebody_else(
    parties: dict[str, Party], way: str
) -> None:
    back = await called_back(parties)
    alice, customer, bob = parties["alice"], parties["customer"], parties["bob"]

    await way_of(way, back)(alice, "2103#")

    await bob.answers()
    await back.until_over()
    await customer.hears(bob.tone)
    await bob.hears(customer.tone)
    # From the transfer to bob the customer heard music, and nothing of the menu.
    assert customer.voice.heard.order() == [alice.tone, MUSIC, bob.tone]


@pytest.mark.parametrize("way", ["rtp", "dtmf-relay"])
async def test_a_key_that_means_nothing_decides_nothing(
    parties: dict[str, Party], way: str
) -> None:
    back = await called_back(parties)
    alice, customer = parties["alice"], parties["customer"]

    await way_of(way, back)(alice, "92*1")

    await customer.hears(alice.tone)
    await alice.hears(customer.tone)
    assert customer.voice.heard.order() == [alice.tone, MUSIC, alice.tone]


async def test_who_dials_nobody_may_dial_again(parties: dict[str, Party]) -> None:
    await called_back(parties)
    alice, customer, bob = parties["alice"], parties["customer"], parties["bob"]

    await by_rtp(alice, "2999#")
    await by_rtp(alice, "2103#")

    await bob.answers()
    await customer.hears(bob.tone)
