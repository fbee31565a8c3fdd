"""How a call sounded stands in the records of its legs, also of one who has left by a transfer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest
import pytest_asyncio

from switch.demo.voice import Voice
from switch.threads.sound import is_bad
from switch.threads.text import as_text, describe
from tests.contract.edge.ua import HOST
from tests.contract.media.phones import audio_in, sdp_of
from tests.contract.media.reports import Reports
from tests.contract.whole.hall import Hall, hall

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]

REPORTED_S = 2.5
"""In so long a round trip has been measured several times."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hall]:
    async with hall(tmp_path_factory.mktemp("switch")) as running:
        yield running


async def test_each_leg_says_how_well_its_party_heard(place: Hall) -> None:
    with ExitStack() as stack:
        voices = [Voice(tone_hz=tone_hz) for tone_hz in (900, 1100, 1300)]
        for voice in voices:
            await voice.open(HOST)
            stack.callback(voice.close)
        customer, alice, saul = voices
        # Alice has a bad line, and leaves it to Saul.
        good = Reports(customer, lost_share=0, jitter_ms=2)
        bad = Reports(alice, lost_share=0.25, jitter_ms=30)
        for reports in (good, bad):
            await reports.open()
            stack.callback(reports.close)
        talk = await place.talk(
            customer_sdp=f"{sdp_of(customer.port)}a=rtcp:{good.port}\r\n",
            alice_sdp=f"{sdp_of(alice.port)}a=rtcp:{bad.port}\r\n",
        )
        for_customer = audio_in(talk.customer.invite.body)
        for_alice = audio_in(talk.alice.invite.body)
        customer.speak_to(for_customer)
        alice.speak_to(for_alice)
        good.report_to(for_customer.port + 1)
        bad.report_to(for_alice.port + 1)
        await asyncio.sleep(REPORTED_S)

        talk.refer("102")
        ringing = await place.phones["saul"].rung()
        ringing.answer(sdp_of(saul.port))
        saul.speak_to(audio_in(ringing.invite.body))
        assert await talk.told() == 200
        await talk.alice.until_over()
        await asyncio.sleep(1)
        await talk.customer.hang_up()

        thread = await place.thread(talk)
        print(as_text(describe(thread)))  # noqa: T201
        heard = {leg.rep or leg.role: leg.quality for leg in thread.legs}
        well, badly, unknown = heard["customer"], heard["alice"], heard["saul"]
        assert well is not None
        assert badly is not None
        assert unknown is not None
        assert (well.lost_pct, badly.lost_pct, unknown.lost_pct) == (0, 25, None)
        assert badly.mos is not None
        assert badly.mos < 3
        assert unknown.packets > 0
        assert is_bad(thread)
