"""The media of a conversation, by ear: who hears whom, after each thing that can happen."""

from __future__ import annotations

import asyncio

import pytest

from switch.audio.tones import MUSIC, QUIET
from tests.contract.media.phones import Phone, Room

pytestmark = pytest.mark.contract


async def hear(*phones: Phone) -> list[str]:
    """Return what each hears, all of them in the same while."""
    return await asyncio.gather(*(phone.hears_now() for phone in phones))


async def three(room: Room) -> tuple[Phone, Phone, Phone]:
    return (
        await room.phone("customer", 900),
        await room.phone("alice", 1100),
        await room.phone("saul", 1300),
    )


async def test_two_who_were_offered_and_accepted_hear_each_other(room: Room) -> None:
    customer, alice, _saul = await three(room)

    await room.call(customer, alice)

    assert await hear(customer, alice) == [alice.tone, customer.tone]


@pytest.mark.parametrize("transferor_called", [False, True], ids=["answered", "called"])
async def test_a_transfer_leaves_the_customers_description_as_it_was(
    room: Room, *, transferor_called: bool
) -> None:
    customer, alice, saul = await three(room)
    await (room.call(alice, customer) if transferor_called else room.call(customer, alice))
    assert await hear(customer, alice) == [alice.tone, customer.tone]

    offer = await room.refer(alice, customer, saul)
    assert await hear(customer, alice) == [MUSIC, QUIET]

    saul.told(offer)
    early = await hear(customer, saul)
    room.media.told_by(saul.leg, saul.sdp())
    needs_reinvite = await room.media.join(customer.leg, saul.leg)
    print("early", early)
    assert needs_reinvite is None
    assert await hear(customer, alice, saul) == [saul.tone, QUIET, customer.tone]
    assert early == [MUSIC, QUIET]
