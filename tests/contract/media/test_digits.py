"""Keys in the audio stream (RFC 4733): rtpengine tells which leg pressed which."""

from __future__ import annotations

import asyncio

import pytest

from switch.audio.dtmf import DIGITS
from switch.call.commands import Prompt
from switch.wire.dtmf import decode_digit
from switch.wire.worker import Digit
from tests.contract.media.conftest import Relay
from tests.contract.media.phones import Phone, Room
from tests.contract.media.test_media import talking

pytestmark = pytest.mark.contract

PATIENCE_S = 10.0


async def heard(relay: Relay, wanted: int) -> list[Digit]:
    """Return so many keys, as rtpengine tells of them."""
    loop = asyncio.get_running_loop()
    digits: list[Digit] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(digits) < wanted:
            digit = decode_digit(await loop.sock_recv(relay.pressed, 4096))
            assert digit is not None
            digits.append(digit)
    return digits


def nothing_more(relay: Relay) -> bool:
    try:
        relay.pressed.recv(4096)
    except BlockingIOError:
        return True
    return False


async def test_each_key_is_told_once_with_its_conversation_and_its_leg(
    room: Room, relay: Relay
) -> None:
    _customer, alice, _saul = await talking(room, "customer")

    alice.voice.press(DIGITS)

    digits = await heard(relay, len(DIGITS))
    assert "".join(one.digit for one in digits) == DIGITS
    assert {(one.conversation_id, one.leg_id) for one in digits} == {
        (room.conversation_id, alice.leg)
    }
    assert all(0.05 < one.lasted_s < 0.3 for one in digits)
    await asyncio.sleep(0.1)
    assert nothing_more(relay)


async def test_the_same_key_twice_is_two(room: Room, relay: Relay) -> None:
    customer, _alice, _saul = await talking(room, "customer")

    customer.voice.press("1122")

    assert [one.digit for one in await heard(relay, 4)] == list("1122")


async def test_a_phone_that_nobody_hears_can_press_keys(room: Room, relay: Relay) -> None:
    _customer, alice, _saul = await talking(room, "customer")
    await room.media.mute(alice.leg)

    alice.voice.press("7")

    [digit] = await heard(relay, 1)
    assert (digit.leg_id, digit.digit) == (alice.leg, "7")


async def test_one_who_hears_the_menu_can_answer_it_before_it_is_over(
    room: Room, relay: Relay
) -> None:
    customer, alice, saul = await talking(room, "customer")
    await room.refer(alice, customer, saul)
    back: Phone = await room.phone("alice again", 1500)
    back.told(await room.media.offer(back.leg, of=customer.leg, keep_codecs=True))
    room.media.told_by(back.leg, back.sdp())
    await room.media.play_prompt(back.leg, Prompt.MENU)

    back.voice.press("2103#")

    digits = await heard(relay, 5)
    assert "".join(one.digit for one in digits) == "2103#"
    assert {one.leg_id for one in digits} == {back.leg}
