"""Keys that do not pass by themselves: feature codes, and what came by SIP INFO."""

from __future__ import annotations

import asyncio

import pytest

from tests.contract.media.conftest import Relay
from tests.contract.media.phones import Room, hear
from tests.contract.media.test_digits import heard
from tests.contract.media.test_transcoding import allow_all, arrives
from tests.contract.media.tongues import OPUS, PCMU, Linguist, Tongue, linguist, talk, transfer

pytestmark = pytest.mark.contract


async def two(room: Room, speaks: Tongue, **customers: int) -> tuple[Linguist, Linguist]:
    customer = await linguist(room, "customer", 900, PCMU, number=0, **customers)
    alice = await linguist(room, "alice", 1100, speaks)
    allow_all(room, customer, alice)
    return customer, alice


@pytest.mark.parametrize("speaks", [PCMU, OPUS], ids=lambda tongue: tongue.name)
async def test_keys_that_are_kept_are_told_of_and_do_not_pass(
    room: Room, relay: Relay, speaks: Tongue
) -> None:
    customer, alice = await two(room, speaks, events=96)
    room.media.keys.keep(alice.leg)
    await talk(room, customer, alice)

    alice.voice.press("*1")

    assert [one.digit for one in await heard(relay, 2)] == ["*", "1"]
    customer.voice.press("7")
    await arrives(alice, "7")
    assert customer.polyglot.pressed == "", "only her own are kept"
    assert await hear(customer, alice) == [alice.tone, customer.tone]


@pytest.mark.parametrize(
    ("speaks", "caller"),
    [(PCMU, "customer"), (PCMU, "alice"), (OPUS, "customer")],
    ids=["PCMU, customer calls", "PCMU, alice calls", "opus, customer calls"],
)
async def test_a_key_that_we_press_arrives_as_an_event_and_the_voices_stay(
    room: Room, relay: Relay, speaks: Tongue, caller: str
) -> None:
    customer, alice = await two(room, speaks, events=96)
    room.media.keys.keep(alice.leg)
    await (talk(room, customer, alice) if caller == "customer" else talk(room, alice, customer))

    await room.media.keys.press(alice.leg, customer.leg, "5")
    await arrives(customer, "5")
    await room.media.keys.press(alice.leg, customer.leg, "#")
    await arrives(customer, "#")

    assert await hear(customer, alice) == [alice.tone, customer.tone]
    # rtpengine tells of them as of hers.
    assert [(one.leg_id, one.digit) for one in await heard(relay, 2)] == [
        (alice.leg, "5"),
        (alice.leg, "#"),
    ]


@pytest.mark.parametrize("events", [96, 101])
@pytest.mark.parametrize("caller", ["customer", "alice"])
async def test_keys_arrive_however_many_were_kept_before(
    room: Room, events: int, caller: str
) -> None:
    """rtpengine 10.5 takes the events for her stream then, unless one comes after the opening."""
    customer, alice = await two(room, PCMU, events=events)
    room.media.keys.keep(alice.leg)
    await (talk(room, customer, alice) if caller == "customer" else talk(room, alice, customer))
    assert await hear(customer, alice) == [alice.tone, customer.tone]
    await asyncio.sleep(0.7)  # The packets that it counts are all audio.
    await room.media.keys.open(alice.leg, customer.leg)

    for number in range(4):
        alice.voice.press("*1")
        await asyncio.sleep(0.5)
        await room.media.keys.press(alice.leg, customer.leg, str(number))
        await arrives(customer, str(number))


async def test_after_a_transfer_the_targets_keys_are_kept_and_pressed(room: Room) -> None:
    customer, alice = await two(room, PCMU, events=96)
    saul = await linguist(room, "saul", 1300, PCMU)
    allow_all(room, saul)
    for phone in (alice, saul):
        room.media.keys.keep(phone.leg)
    await talk(room, customer, alice)
    await room.media.keys.press(alice.leg, customer.leg, "1")
    await arrives(customer, "1")
    assert await transfer(room, alice, customer, saul) is None

    saul.voice.press("*1")
    await room.media.keys.press(saul.leg, customer.leg, "9")

    await arrives(customer, "9")
    await asyncio.sleep(0.5)
    assert customer.polyglot.pressed == ""
    assert await hear(customer, saul) == [saul.tone, customer.tone]


async def test_where_no_key_could_be_pressed_all_pass(room: Room) -> None:
    """rtpengine 10.5 presses none in the name of an offerer whose codec the other has not."""
    customer, alice = await two(room, OPUS, events=96)
    room.media.keys.keep(alice.leg)
    await talk(room, alice, customer)
    assert not room.media.keys.are_kept(alice.leg)

    alice.voice.press("*1")

    await arrives(customer, "*1")
