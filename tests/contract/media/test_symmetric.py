"""Phones behind a router: their audio comes from elsewhere than their descriptions say."""

from __future__ import annotations

import pytest

from tests.contract.media.phones import Phone, Room, hear, sdp_of

pytestmark = pytest.mark.contract

NOWHERE = 9


async def test_a_phone_hears_where_it_sends_from(room: Room) -> None:
    customer, alice = await room.phone("customer", 900), await room.phone("alice", 1100)
    room.media.told_by(customer.leg, sdp_of(NOWHERE))
    alice.told(await room.media.offer(alice.leg, of=customer.leg, keep_codecs=False))
    room.media.told_by(alice.leg, sdp_of(NOWHERE + 2))
    _of, answer, _changed = await room.media.accept(alice.leg)
    customer.told(answer)

    assert await hear(customer, alice) == [alice.tone, customer.tone]


async def test_so_does_a_transfer_target_and_the_transferee_before_it(room: Room) -> None:
    customer, alice, saul = [
        await room.phone(name, tone_hz)
        for name, tone_hz in (("customer", 900), ("alice", 1100), ("saul", 1300))
    ]
    await room.call(customer, alice)
    assert await hear(customer) == [alice.tone]
    await room.refer(alice, customer, saul)
    await _answers_from_elsewhere(room, saul, customer)

    assert await hear(customer, saul) == [saul.tone, customer.tone]


async def _answers_from_elsewhere(room: Room, target: Phone, transferee: Phone) -> None:
    room.media.told_by(target.leg, sdp_of(NOWHERE))
    await room.media.join(transferee.leg, target.leg)
