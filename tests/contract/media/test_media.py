"""Who hears whom in a conversation, by ear, after each thing that can happen to it."""

from __future__ import annotations

import pytest

from switch.audio.tones import MUSIC, QUIET
from tests.contract.media.phones import Phone, Room, codecs_in, hear, port_in

pytestmark = pytest.mark.contract

EITHER_WAY = pytest.mark.parametrize("by", ["customer", "alice"])
"""Who called whom at first: the transferor may have answered or called."""


async def three(room: Room, *, secure: bool = False) -> tuple[Phone, Phone, Phone]:
    return (
        await room.phone("customer", 900, secure=secure),
        await room.phone("alice", 1100),
        await room.phone("saul", 1300),
    )


async def talking(room: Room, by: str) -> tuple[Phone, Phone, Phone]:
    customer, alice, saul = await three(room)
    await (room.call(customer, alice) if by == "customer" else room.call(alice, customer))
    return customer, alice, saul


async def test_two_who_were_offered_and_accepted_hear_each_other(room: Room) -> None:
    customer, alice, _saul = await talking(room, "customer")

    assert await hear(customer, alice) == [alice.tone, customer.tone]


@EITHER_WAY
async def test_a_transferee_hears_music_and_nobody_hears_him(room: Room, by: str) -> None:
    customer, alice, saul = await talking(room, by)

    await room.refer(alice, customer, saul)

    # Saul's phone sends already: it has not answered yet.
    assert await hear(customer, alice, saul) == [MUSIC, QUIET, QUIET]


@EITHER_WAY
async def test_a_target_that_answers_and_the_transferee_hear_each_other(
    room: Room, by: str
) -> None:
    customer, alice, saul = await talking(room, by)
    await room.refer(alice, customer, saul)

    for_the_customer = await room.answer(saul, customer)

    # Alice's phone goes on sending until she hangs up, as many do.
    assert await hear(customer, saul, alice) == [saul.tone, customer.tone, QUIET]
    assert for_the_customer is None, "he would need a re-INVITE"


@EITHER_WAY
async def test_after_a_failed_target_the_two_hear_each_other_and_not_the_target(
    room: Room, by: str
) -> None:
    customer, alice, saul = await talking(room, by)
    await room.refer(alice, customer, saul)
    assert await hear(customer) == [MUSIC]

    for_the_customer = await room.media.join(customer.leg, alice.leg)

    assert await hear(customer, alice, saul) == [alice.tone, customer.tone, QUIET]
    assert for_the_customer is None, "he would need a re-INVITE"


async def test_without_music_a_target_and_the_transferee_hear_each_other_all_the_same(
    room: Room,
) -> None:
    customer, alice, saul = await talking(room, "customer")
    await room.media.mute(alice.leg)
    saul.told(await room.media.offer(saul.leg, of=customer.leg, keep_codecs=True))

    await room.answer(saul, customer)

    assert await hear(customer, saul, alice) == [saul.tone, customer.tone, QUIET]


@EITHER_WAY
async def test_a_transfer_after_a_failed_one_works(room: Room, by: str) -> None:
    customer, alice, saul = await talking(room, by)
    await room.refer(alice, customer, saul)
    await room.media.join(customer.leg, alice.leg)
    dave = await room.phone("dave", 1500)
    await room.refer(alice, customer, dave)

    assert await room.answer(dave, customer) is None

    assert await hear(customer, dave, alice, saul) == [dave.tone, customer.tone, QUIET, QUIET]


async def test_a_chain_of_transfers_never_tells_the_customer_anything(room: Room) -> None:
    customer, transferor, _saul = await talking(room, "alice")

    for number, tone_hz in enumerate((1500, 1700, 1900, 2100)):
        target = await room.phone(f"target-{number}", tone_hz)
        await room.refer(transferor, customer, target)
        assert await room.answer(target, customer) is None
        transferor = target

    first, *_between = room.phones[1:]
    assert await hear(customer, transferor, first) == [transferor.tone, customer.tone, QUIET]


async def test_the_transferee_may_be_transferring_next(room: Room) -> None:
    """A rep who was transferred transfers in his turn: he is the offerer of the new legs."""
    bob, alice, saul = await talking(room, "customer")
    await room.refer(alice, bob, saul)
    await room.answer(saul, bob)
    dave = await room.phone("dave", 1500)

    await room.refer(bob, saul, dave)
    assert await hear(saul, bob, dave) == [MUSIC, QUIET, QUIET]
    assert await room.answer(dave, saul) is None

    assert await hear(saul, dave, bob) == [dave.tone, saul.tone, QUIET]


async def test_whom_nobody_shall_hear_nobody_hears_until_he_may_be_heard_again(
    room: Room,
) -> None:
    customer, alice, _saul = await talking(room, "customer")

    await room.media.mute(alice.leg)
    assert await hear(customer, alice) == [QUIET, customer.tone]

    await room.media.unmute(alice.leg)
    assert await hear(customer, alice) == [alice.tone, customer.tone]


async def test_music_plays_to_one_and_ends_when_told(room: Room) -> None:
    customer, alice, _saul = await talking(room, "customer")
    await room.media.mute(alice.leg)

    await room.media.play_music(customer.leg)
    assert await hear(customer, alice) == [MUSIC, customer.tone]

    await room.media.stop_music(customer.leg)
    assert await hear(customer, alice) == [QUIET, customer.tone]


async def test_early_media_is_heard_before_the_answer(room: Room) -> None:
    customer, alice, _saul = await three(room)
    room.media.told_by(customer.leg, customer.sdp())
    alice.told(await room.media.offer(alice.leg, of=customer.leg, keep_codecs=False))
    room.media.told_by(alice.leg, alice.sdp())
    _of, in_the_183, _changed = await room.media.accept(alice.leg)
    customer.told(in_the_183)

    assert await hear(customer) == [alice.tone]

    _of, in_the_200, changed = await room.media.accept(alice.leg)
    assert port_in(in_the_200) == port_in(in_the_183)
    assert not changed
    assert await hear(customer, alice) == [alice.tone, customer.tone]


async def test_a_caller_who_offered_nothing_is_heard_once_he_has_said_where_he_is(
    room: Room,
) -> None:
    customer, alice, _saul = await three(room)
    alice.told(await room.media.offer(alice.leg, of=customer.leg, keep_codecs=False))
    room.media.told_by(alice.leg, alice.sdp())
    _of, our_offer, _changed = await room.media.accept(alice.leg)
    customer.told(our_offer)
    assert codecs_in(our_offer) == ("PCMU",)

    room.media.told_by(customer.leg, customer.sdp())  # came with his ACK
    await room.media.reinvited(customer.leg, alice.leg)

    assert await hear(customer, alice) == [alice.tone, customer.tone]


async def test_a_caller_who_offered_nothing_can_be_transferred(room: Room) -> None:
    customer, alice, saul = await three(room)
    alice.told(await room.media.offer(alice.leg, of=customer.leg, keep_codecs=False))
    room.media.told_by(alice.leg, alice.sdp())
    customer.told((await room.media.accept(alice.leg))[1])
    room.media.told_by(customer.leg, customer.sdp())
    await room.media.reinvited(customer.leg, alice.leg)

    await room.refer(alice, customer, saul)
    assert await hear(customer, alice, saul) == [MUSIC, QUIET, QUIET]
    assert await room.answer(saul, customer) is None

    assert await hear(customer, saul, alice) == [saul.tone, customer.tone, QUIET]
