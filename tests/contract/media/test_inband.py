"""Keys that are tones in the audio, as some phones and lines send them: turned, and told of."""

from __future__ import annotations

import asyncio
import time

import pytest

from switch.audio.dtmf import keys_in
from switch.call.target import MediaPolicy
from tests.contract.media.conftest import Relay
from tests.contract.media.phones import Phone, Room, codecs_in, hear
from tests.contract.media.test_digits import heard, nothing_more
from tests.contract.media.test_transcoding import ALL, arrives
from tests.contract.media.tongues import (
    G722,
    PCMA,
    PCMU,
    Linguist,
    Tongue,
    linguist,
    talk,
    transfer,
)

pytestmark = pytest.mark.contract

PATIENCE_S = 10.0
NUMBERS = {"PCMU": 0, "PCMA": 8, "G722": 9}
CALLERS = pytest.mark.parametrize("caller", ["with tones", "with events"])
TONGUES = pytest.mark.parametrize(
    ("tones", "events"), [(PCMU, PCMU), (PCMA, G722)], ids=lambda one: one.name
)


async def tones_arrive(phone: Phone, keys: str, *, since_s: float) -> None:
    """Return when somebody has heard the tones of these keys."""
    said = phone.voice.heard
    try:
        async with asyncio.timeout(PATIENCE_S):
            while keys_in(said.payloads(since_s)) != keys:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(f"heard the tones of {keys_in(said.payloads(since_s))}, not of {keys}")


async def with_tones(
    room: Room, name: str, tone_hz: int, tongue: Tongue, events: int | None
) -> Linguist:
    """Return a phone of which the operator has said that it sends tones."""
    phone = await linguist(room, name, tone_hz, tongue, number=NUMBERS[tongue.name], events=events)
    room.media.obey(phone.leg, MediaPolicy(codecs=ALL, dtmf="inband"))
    return phone


async def with_events(room: Room, name: str, tone_hz: int, tongue: Tongue) -> Linguist:
    phone = await linguist(room, name, tone_hz, tongue, number=NUMBERS[tongue.name], events=96)
    room.media.obey(phone.leg, MediaPolicy(codecs=ALL))
    return phone


@CALLERS
@TONGUES
async def test_tones_become_events_and_events_tones(
    room: Room, relay: Relay, tones: Tongue, events: Tongue, caller: str
) -> None:
    customer = await with_tones(room, "customer", 900, tones, events=None)
    alice = await with_events(room, "alice", 1100, events)
    await talk(room, *((customer, alice) if caller == "with tones" else (alice, customer)))
    assert await hear(customer, alice) == [alice.tone, customer.tone]

    customer.voice.play_keys("159#")
    await arrives(alice, "159#")
    told = await heard(relay, 4)
    assert [(one.leg_id, one.digit) for one in told] == [(customer.leg, key) for key in "159#"]
    from_s = time.time()
    alice.voice.press("240*")
    await tones_arrive(customer, "240*", since_s=from_s)

    assert customer.polyglot.pressed == ""
    assert await hear(customer, alice) == [alice.tone, customer.tone]


async def test_a_phone_that_names_events_and_sends_tones_is_taken_as_the_operator_says(
    room: Room,
) -> None:
    customer = await with_tones(room, "customer", 900, PCMU, events=101)
    alice = await with_events(room, "alice", 1100, PCMU)

    answer = await talk(room, customer, alice)

    assert "telephone-event" not in answer
    customer.voice.play_keys("7")
    await arrives(alice, "7")


async def test_a_customer_with_tones_is_transferred_and_is_told_nothing(room: Room) -> None:
    customer = await with_tones(room, "customer", 900, PCMU, events=None)
    alice = await with_events(room, "alice", 1100, PCMU)
    saul = await with_events(room, "saul", 1300, PCMU)
    await talk(room, customer, alice)

    assert await transfer(room, alice, customer, saul) is None

    assert await hear(customer, saul) == [saul.tone, customer.tone]
    customer.voice.play_keys("34")
    await arrives(saul, "34")
    assert alice.polyglot.pressed == ""


async def test_a_customer_is_transferred_to_one_with_tones_and_is_told_nothing(room: Room) -> None:
    customer = await with_events(room, "customer", 900, PCMU)
    alice = await with_events(room, "alice", 1100, PCMU)
    saul = await with_tones(room, "saul", 1300, PCMU, events=None)
    await talk(room, customer, alice)

    assert await transfer(room, alice, customer, saul) is None

    saul.voice.play_keys("34")
    await arrives(customer, "34")
    from_s = time.time()
    customer.voice.press("5")
    await tones_arrive(saul, "5", since_s=from_s)


@pytest.mark.parametrize("holder", ["customer", "alice"])
async def test_a_hold_leaves_it_as_it_was(room: Room, holder: str) -> None:
    customer = await with_tones(room, "customer", 900, PCMU, events=None)
    alice = await with_events(room, "alice", 1100, PCMU)
    await talk(room, customer, alice)
    holds, waits = (customer, alice) if holder == "customer" else (alice, customer)

    for direction in ("sendonly", "sendrecv"):
        room.media.told_by(holds.leg, holds.sdp(direction=direction, version=2))
        answer = await room.media.reinvited(holds.leg, waits.leg)
        assert codecs_in(answer) == ("PCMU",)
        holds.told(answer)

    assert await hear(customer, alice) == [alice.tone, customer.tone]
    customer.voice.play_keys("8")
    await arrives(alice, "8")
    from_s = time.time()
    alice.voice.press("2")
    await tones_arrive(customer, "2", since_s=from_s)


async def test_codes_of_one_with_tones_are_told_of_also_if_the_other_has_tones_too(
    room: Room, relay: Relay
) -> None:
    customer = await with_tones(room, "customer", 900, PCMU, events=None)
    alice = await with_tones(room, "alice", 1100, PCMU, events=None)
    room.media.keys.keep(alice.leg)
    await talk(room, customer, alice)
    await hear(customer, alice)

    alice.voice.play_keys("*1")

    assert [(one.leg_id, one.digit) for one in await heard(relay, 2)] == [
        (alice.leg, "*"),
        (alice.leg, "1"),
    ]
    from_s = time.time()
    await room.media.keys.press(alice.leg, customer.leg, "6")
    await tones_arrive(customer, "6", since_s=from_s)
    customer.voice.play_keys("3")
    await tones_arrive(alice, "3", since_s=from_s)
    await heard(relay, 1)
    assert nothing_more(relay), "a customer's are none of our business"


@CALLERS
async def test_keys_that_are_turned_pass_though_they_are_to_be_kept(
    room: Room, relay: Relay, caller: str
) -> None:
    customer = await with_tones(room, "customer", 900, PCMU, events=None)
    alice = await with_events(room, "alice", 1100, PCMU)
    for phone in (customer, alice):
        room.media.keys.keep(phone.leg)
    await talk(room, *((customer, alice) if caller == "with tones" else (alice, customer)))
    await hear(customer, alice)
    from_s = time.time()

    alice.voice.press("*1")
    assert [one.digit for one in await heard(relay, 2)] == ["*", "1"]
    await tones_arrive(customer, "*1", since_s=from_s)
    customer.voice.play_keys("*2")
    await arrives(alice, "*2")


async def test_keys_that_we_press_arrive_where_both_have_tones(room: Room) -> None:
    customer = await with_tones(room, "customer", 900, PCMU, events=None)
    alice = await with_tones(room, "alice", 1100, PCMU, events=None)
    await talk(room, customer, alice)
    await hear(customer, alice)
    from_s = time.time()

    for key in "15#":
        await room.media.keys.press(alice.leg, customer.leg, key)
        await asyncio.sleep(0.2)

    await tones_arrive(customer, "15#", since_s=from_s)


@CALLERS
@pytest.mark.parametrize("presser", ["customer", "alice"])
async def test_keys_that_we_press_arrive_as_tones_or_as_events_the_first_one_too(
    room: Room, caller: str, presser: str
) -> None:
    """As those are that come by SIP INFO."""
    customer = await with_tones(room, "customer", 900, PCMU, events=None)
    alice = await with_events(room, "alice", 1100, PCMU)
    await talk(room, *((customer, alice) if caller == "with tones" else (alice, customer)))
    await hear(customer, alice)
    from_s = time.time()
    one, other = (customer, alice) if presser == "customer" else (alice, customer)

    for key in "15#":
        await room.media.keys.press(one.leg, other.leg, key)
        await asyncio.sleep(0.2)

    if presser == "customer":
        await arrives(alice, "15#")
    else:
        await tones_arrive(customer, "15#", since_s=from_s)
    assert await hear(customer, alice) == [alice.tone, customer.tone]


async def test_two_of_whom_nothing_is_said_are_relayed_as_they_are(room: Room) -> None:
    customer = await linguist(room, "customer", 900, PCMU, number=0, events=None)
    alice = await linguist(room, "alice", 1100, PCMU, number=0)
    await talk(room, customer, alice)
    from_s = time.time()

    customer.voice.play_keys("4")

    await tones_arrive(alice, "4", since_s=from_s)
    assert alice.polyglot.pressed == ""
