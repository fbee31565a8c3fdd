"""Two who have no codec in common hear each other, and their keys arrive."""

from __future__ import annotations

import pytest

from switch.audio.tones import QUIET
from switch.call.target import MediaPolicy
from tests.contract.media.phones import Phone, Room, codecs_in, hear
from tests.contract.media.tongues import (
    G722,
    OPUS,
    PCMA,
    PCMU,
    Linguist,
    Tongue,
    linguist,
    talk,
    transfer,
)

pytestmark = pytest.mark.contract

ALL = ("PCMU", "PCMA", "G722", "opus")
PAIRS = pytest.mark.parametrize(
    ("first", "second"),
    [(OPUS, PCMU), (PCMU, OPUS), (G722, PCMA), (PCMA, G722), (OPUS, G722), (PCMU, PCMA)],
    ids=lambda tongue: tongue.name,
)


def allow_all(room: Room, *phones: Phone) -> None:
    for phone in phones:
        room.media.obey(phone.leg, MediaPolicy(codecs=ALL))


async def arrives(phone: Linguist, keys: str) -> None:
    await phone.polyglot.until_pressed(len(keys))
    assert phone.polyglot.pressed == keys
    phone.polyglot.pressed = ""


@PAIRS
async def test_two_of_different_codecs_hear_each_other_and_each_others_keys(
    room: Room, first: Tongue, second: Tongue
) -> None:
    customer = await linguist(room, "customer", 900, first, number=103, events=110)
    alice = await linguist(room, "alice", 1100, second)
    allow_all(room, customer, alice)

    answer = await talk(room, customer, alice)

    assert codecs_in(answer) == (first.name,)
    assert await hear(customer, alice) == [alice.tone, customer.tone]
    customer.voice.press("12")
    await arrives(alice, "12")
    alice.voice.press("34#")
    await arrives(customer, "34#")


@PAIRS
async def test_a_customer_is_transferred_to_another_codec_and_is_told_nothing(
    room: Room, first: Tongue, second: Tongue
) -> None:
    customer = await linguist(room, "customer", 900, first, number=103, events=96)
    alice = await linguist(room, "alice", 1100, first)
    saul = await linguist(room, "saul", 1300, second)
    allow_all(room, customer, alice, saul)
    await talk(room, customer, alice)

    assert await transfer(room, alice, customer, saul) is None

    assert await hear(customer, saul, alice) == [saul.tone, customer.tone, QUIET]
    customer.voice.press("12")
    await arrives(saul, "12")
    saul.voice.press("34#")
    await arrives(customer, "34#")


async def test_back_from_a_target_of_another_codec_two_hear_each_other(room: Room) -> None:
    customer = await linguist(room, "customer", 900, PCMU, number=0)
    alice = await linguist(room, "alice", 1100, OPUS, number=97, events=98)
    saul = await linguist(room, "saul", 1300, G722)
    allow_all(room, customer, alice, saul)
    await talk(room, customer, alice)
    assert await transfer(room, alice, customer, saul) is None
    await room.media.mute(saul.leg)

    assert await room.media.join(customer.leg, alice.leg) is None

    assert await hear(customer, alice, saul) == [alice.tone, customer.tone, QUIET]


@pytest.mark.parametrize("holder", ["customer", "alice"])
@pytest.mark.parametrize("holder_speaks", [OPUS, PCMU], ids=lambda tongue: tongue.name)
async def test_a_hold_leaves_the_codecs_as_they_were(
    room: Room, holder_speaks: Tongue, holder: str
) -> None:
    other = PCMU if holder_speaks is OPUS else OPUS
    speaks = (holder_speaks, other) if holder == "customer" else (other, holder_speaks)
    customer = await linguist(room, "customer", 900, speaks[0], number=107, events=96)
    alice = await linguist(room, "alice", 1100, speaks[1])
    allow_all(room, customer, alice)
    await talk(room, customer, alice)
    holds, waits = (customer, alice) if holder == "customer" else (alice, customer)

    for direction in ("sendonly", "sendrecv"):
        room.media.told_by(holds.leg, holds.sdp(direction=direction, version=2))
        answer = await room.media.reinvited(holds.leg, waits.leg)
        assert codecs_in(answer) == (holder_speaks.name,)
        holds.told(answer)

    assert await hear(customer, alice) == [alice.tone, customer.tone]
    alice.voice.press("1")
    await arrives(customer, "1")
    customer.voice.press("2")
    await arrives(alice, "2")


async def test_the_lists_of_both_sides_are_obeyed(room: Room) -> None:
    customer, alice = await room.phone("customer", 900), await room.phone("alice", 1100)
    room.media.obey(customer.leg, MediaPolicy(codecs=("G722", "PCMA")))
    room.media.obey(alice.leg, MediaPolicy(codecs=("opus", "PCMA", "G722")))
    room.media.told_by(customer.leg, customer.sdp(codecs="0 8 9"))

    offer = await room.media.offer(alice.leg, of=customer.leg, keep_codecs=False)

    assert codecs_in(offer) == ("PCMA", "G722", "opus"), "what needs no transcoding comes first"
    room.media.told_by(alice.leg, alice.sdp(codecs="9 8"))
    _of, answer, _changed = await room.media.accept(alice.leg)
    assert codecs_in(answer) == ("G722", "PCMA")
