"""How well two hear each other, as their phones report it and rtpengine tells it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Literal

import pytest

from switch.call.target import MediaPolicy
from switch.worker.listening import Heard
from tests.contract.media.phones import Phone, Room, hear, port_in
from tests.contract.media.reports import Reports
from tests.contract.media.tongues import G722, OPUS, PCMA, PCMU, Tongue, linguist

pytestmark = pytest.mark.contract

PATIENCE_S = 20.0
LOST_SHARE = 0.25
JITTER_MS = 20


@contextlib.asynccontextmanager
async def reporting(room: Room) -> AsyncIterator[tuple[Phone, Phone]]:
    """Let a customer and alice talk; the customer hears well and alice does not."""
    customer, alice = await room.phone("customer", 900), await room.phone("alice", 1100)
    good = Reports(customer.voice, lost_share=0, jitter_ms=2)
    bad = Reports(alice.voice, lost_share=LOST_SHARE, jitter_ms=JITTER_MS)
    try:
        await good.open()
        await bad.open()
        room.media.told_by(customer.leg, f"{customer.sdp()}a=rtcp:{good.port}\r\n")
        offer = await room.media.offer(alice.leg, of=customer.leg, keep_codecs=False)
        alice.told(offer)
        room.media.told_by(alice.leg, f"{alice.sdp()}a=rtcp:{bad.port}\r\n")
        _of, answer, _changed = await room.media.accept(alice.leg)
        customer.told(answer)
        good.report_to(port_in(answer) + 1)
        bad.report_to(port_in(offer) + 1)
        yield customer, alice
    finally:
        good.close()
        bad.close()


async def reported(room: Room, *phones: Phone) -> list[Heard]:
    """Return what is known of each once all is known that can be."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            heard = await room.media.heard()
            found = [heard[phone.leg] for phone in phones]
            if all(one.quality.mos and one.quality.round_trip_ms for one in found):
                return found
            await asyncio.sleep(0.1)


async def test_each_leg_has_what_its_own_phone_reports(room: Room) -> None:
    async with reporting(room) as (customer, alice):
        well, badly = [one.quality for one in await reported(room, customer, alice)]

        print("customer:", well, "alice:", badly)  # noqa: T201
        assert (badly.lost_pct, badly.jitter_ms) == (100 * LOST_SHARE, JITTER_MS)
        assert (well.lost_pct, well.jitter_ms) == (0, 2)
        assert badly.mos is not None
        assert well.mos is not None
        assert badly.mos < 3
        assert well.mos > 4


async def test_it_is_still_known_of_one_who_has_left(room: Room) -> None:
    async with reporting(room) as (customer, alice):
        await reported(room, customer, alice)
        saul = await room.phone("saul", 1300)
        await room.refer(alice, customer, saul)
        await room.answer(saul, customer)
        assert await hear(customer) == [saul.tone]

        known = (await room.media.heard())[alice.leg]
        assert known.quality.mos is not None
        assert known.codec == "PCMU"


async def test_the_target_of_a_transfer_is_heard_of_too(room: Room) -> None:
    async with reporting(room) as (customer, alice):
        saul = await room.phone("saul", 1300)
        offer = await room.refer(alice, customer, saul)
        fair = Reports(saul.voice, lost_share=0, jitter_ms=4)
        try:
            await fair.open()
            await room.answer(saul, customer)
            fair.report_to(port_in(offer) + 1)

            (heard,) = await reported(room, saul)
            assert heard.quality.jitter_ms == 4
        finally:
            fair.close()


async def test_without_reports_packets_are_counted(room: Room) -> None:
    customer, alice = await room.phone("customer", 900), await room.phone("alice", 1100)
    await room.call(customer, alice)
    alice.voice.hush()
    await hear(alice)

    heard = await room.media.heard()

    assert heard[customer.leg].quality.packets > 0
    assert heard[customer.leg].quality.mos is None
    assert heard[customer.leg].codec == "PCMU"


async def test_who_is_hushed_adds_no_packets_and_reports_count(room: Room) -> None:
    async with reporting(room) as (customer, alice):
        await hear(customer, alice)
        customer.voice.hush()
        await asyncio.sleep(0.1)
        before = (await room.media.heard())[customer.leg]
        await asyncio.sleep(1)
        after = (await room.media.heard())[customer.leg]

        assert after.quality.packets == before.quality.packets
        assert after.any_packets > before.any_packets


@pytest.mark.parametrize(
    ("speaks", "dtmf"),
    [(PCMA, "rfc4733"), (G722, "rfc4733"), (OPUS, "rfc4733"), (PCMU, "inband")],
    ids=["PCMA", "G722", "opus", "PCMU with keys as tones"],
)
async def test_each_has_what_it_reports_also_if_their_audio_is_turned(
    room: Room, speaks: Tongue, dtmf: Literal["rfc4733", "inband"]
) -> None:
    customer = await linguist(room, "customer", 900, PCMU, number=0)
    alice = await linguist(room, "alice", 1100, speaks)
    room.media.obey(customer.leg, MediaPolicy(codecs=("PCMU",)))
    room.media.obey(alice.leg, MediaPolicy(codecs=(speaks.name,), dtmf=dtmf))
    good = Reports(customer.voice, lost_share=0, jitter_ms=2)
    bad = Reports(alice.voice, lost_share=LOST_SHARE, jitter_ms=JITTER_MS, clock_hz=speaks.clock_hz)
    try:
        await good.open()
        await bad.open()
        room.media.told_by(customer.leg, f"{customer.sdp()}a=rtcp:{good.port}\r\n")
        offer = await room.media.offer(alice.leg, of=customer.leg, keep_codecs=False)
        alice.answers_to(offer)
        room.media.told_by(alice.leg, f"{alice.sdp()}a=rtcp:{bad.port}\r\n")
        _of, answer, _changed = await room.media.accept(alice.leg)
        customer.told(answer)
        good.report_to(port_in(answer) + 1)
        bad.report_to(port_in(offer) + 1)

        heard = await reported(room, customer, alice)
    finally:
        good.close()
        bad.close()

    print(heard)  # noqa: T201
    assert [one.codec for one in heard] == ["PCMU", speaks.name]
    well, badly = [one.quality for one in heard]
    assert well.packets > 0
    assert badly.packets > 0
    assert (badly.lost_pct, badly.jitter_ms) == (100 * LOST_SHARE, JITTER_MS)
    assert (well.lost_pct, well.jitter_ms) == (0, 2)
    assert badly.mos is not None
    assert well.mos is not None
    assert badly.mos < 3
    assert well.mos > 4
