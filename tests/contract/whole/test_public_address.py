"""A switch behind a router: phones and trunks are told the address that the router has outside.

The router is played by the parties: what they are told to send there they send to the switch.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from switch.audio.tones import tone_name
from switch.demo.voice import Voice
from tests.contract.edge.ua import HOST
from tests.contract.media.phones import audio_in, sdp_of
from tests.contract.whole.hall import Hall, hall

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]

OUTSIDE = "127.0.0.9"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hall]:
    async with hall(tmp_path_factory.mktemp("switch"), public_address=OUTSIDE) as running:
        yield running


@pytest.mark.parametrize("who", ["customer", "alice"])
async def test_a_call_through_a_router_is_talked_and_hung_up(place: Hall, who: str) -> None:
    customer, alice = Voice(tone_hz=900), Voice(tone_hz=1100)
    try:
        for voice in (customer, alice):
            await voice.open(HOST)
        talk = await place.talk(customer_sdp=sdp_of(customer.port), alice_sdp=sdp_of(alice.port))
        customer.speak_to(audio_in(talk.customer.invite.body))
        alice.speak_to(audio_in(talk.alice.invite.body))

        for told in (talk.customer.invite, talk.alice.invite):
            assert f"c=IN IP4 {OUTSIDE}" in told.body
            assert HOST not in told.body
        outer = f"{OUTSIDE}:{place.config.edge.sip_port}"
        assert outer in talk.alice.invite.routes()[0]
        assert f" {outer};" in talk.alice.invite.all("Via")[0]
        assert outer in talk.customer.invite.routes()[-1]
        while customer.heard.order()[-1:] != [tone_name(1100)]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await (talk.customer if who == "customer" else talk.alice).hang_up()
        await (talk.alice if who == "customer" else talk.customer).until_over()
    finally:
        customer.close()
        alice.close()
