"""Keys of a rep on a whole switch: they reach the customer."""

from __future__ import annotations

import asyncio

import pytest

from switch.audio import rtp
from switch.audio.dtmf import DIGITS
from tests.contract.whole.party import ALICES, Party
from tests.contract.whole.test_menu import by_info

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]

EVENTS, END = 101, 0x80


class Keys:
    """What comes to a party as events."""

    def __init__(self, party: Party) -> None:
        self.pressed = ""
        self._at: int | None = None
        self._came = asyncio.Event()
        self._hear = party.voice.datagram_received
        party.voice.datagram_received = self.take  # type: ignore[method-assign]

    def take(self, data: bytes, addr: tuple[str, int]) -> None:
        packet = rtp.decode(data)
        if packet is None or packet.payload_type != EVENTS:
            self._hear(data, addr)
        elif packet.payload[1] & END and packet.timestamp != self._at:
            self._at = packet.timestamp
            self.pressed += DIGITS[packet.payload[0]]
            self._came.set()

    async def are(self, wanted: str) -> None:
        async with asyncio.timeout(10):
            while len(self.pressed) < len(wanted):
                self._came.clear()
                await self._came.wait()
        assert self.pressed == wanted


async def test_keys_reach_the_customer_by_whatever_way(
    parties: dict[str, Party],
) -> None:
    customer, alice = parties["customer"], parties["alice"]
    calling = asyncio.create_task(customer.calls(ALICES))
    call = await alice.answers()
    await calling
    await customer.hears(alice.tone)
    keys = Keys(customer)

    alice.voice.press("5")
    await keys.are("5")
    # Its end is sent three times: a stream that is opened to our keys between them has it twice.
    await asyncio.sleep(0.2)
    await by_info(call, "application/dtmf-relay", "Signal={key}\r\nDuration=160\r\n")(alice, "7")
    await keys.are("57")

    await customer.hears(alice.tone)
    await alice.hears(customer.tone)
