"""Somebody's phone vanishes: the other is not left on a dead line, and the record says why."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from switch.call.endings import EndReason
from switch.demo.voice import Voice
from tests.contract.media.phones import audio_in, sdp_of
from tests.contract.whole.hall import Hall, Talk, hall

if TYPE_CHECKING:
    from tests.contract.cli.phone import Call

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]

SILENT_S = 3.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hall]:
    """Run a switch that takes silence for the end after a short time."""
    async with hall(tmp_path_factory.mktemp("switch"), silent_s=SILENT_S) as running:
        yield running


class Speaking:
    """A talk whose two sides send audio."""

    def __init__(self, talk: Talk, customer: Voice, alice: Voice) -> None:
        self.talk = talk
        self.customer = customer
        self.alice = alice

    async def ends(self) -> float:
        """Return how long it takes until both are told that it is over, in seconds."""
        began_s = time.monotonic()
        await asyncio.gather(self.talk.customer.until_over(), self.talk.alice.until_over())
        return time.monotonic() - began_s

    def close(self) -> None:
        self.customer.close()
        self.alice.close()


async def speaking(place: Hall) -> Speaking:
    customer, alice = Voice(tone_hz=900), Voice(tone_hz=1100)
    for voice in (customer, alice):
        await voice.open("127.0.0.1")
    talk = await place.talk(customer_sdp=sdp_of(customer.port), alice_sdp=sdp_of(alice.port))
    customer.speak_to(audio_in(talk.customer.invite.body))
    alice.speak_to(audio_in(talk.alice.invite.body))
    return Speaking(talk, customer, alice)


async def holds(call: Call, voice: Voice) -> None:
    """Put the other on hold and send nothing, as phones do."""
    assert call.dialog is not None
    body = sdp_of(voice.port, direction="sendonly", version=2)
    ua = call.phone.ua
    ua.within(call.dialog, "INVITE", extra=[("Content-Type", "application/sdp")], body=body)
    assert (await ua.final("INVITE")).status == 200
    ua.ack(call.dialog)
    voice.hush()


@pytest.mark.parametrize("who", ["customer", "alice"])
async def test_a_phone_that_vanishes_ends_the_call_and_a_hold_lasts(place: Hall, who: str) -> None:
    held, lost = await speaking(place), await speaking(place)
    try:
        await holds(held.talk.alice, held.alice)
        (lost.customer if who == "customer" else lost.alice).hush()

        ended_s = await lost.ends()
        thread = await place.thread(lost.talk)

        print(f"{who} silent for {SILENT_S} s: BYE to both after {ended_s:.1f} s")  # noqa: T201
        assert ended_s > SILENT_S - 0.5
        assert [leg.end_reason for leg in thread.legs] == [EndReason.MEDIA_TIMEOUT] * 2
        assert [leg.codec for leg in thread.legs] == ["PCMU"] * 2
        assert all(leg.quality is not None and leg.quality.packets for leg in thread.legs)
        # It has lasted longer than silence may: who holds sends nothing.
        assert not held.talk.customer.over.is_set()
        assert not held.talk.alice.over.is_set()
        await held.talk.customer.hang_up()
        assert (await place.thread(held.talk)).legs[0].end_reason is EndReason.COMPLETED
    finally:
        held.close()
        lost.close()
