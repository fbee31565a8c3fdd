"""The client against a real rtpengine: its words, its silence, and its return."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from switch.media.ng import MediaError, NgClient
from tests.contract.media.conftest import Relay
from tests.contract.media.phones import HOST

pytestmark = pytest.mark.contract


@pytest.fixture
def own_relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """Return an rtpengine that a test may kill."""
    running = Relay(tmp_path_factory.mktemp("own"))
    running.start()
    try:
        yield running
    finally:
        running.close()


async def test_it_answers_a_ping(ng: NgClient) -> None:
    assert (await ng.request("ping"))["result"] == "pong"


async def test_what_it_says_no_to_is_an_error_in_its_own_words(ng: NgClient) -> None:
    with pytest.raises(MediaError) as refusal:
        await ng.request("offer", call_id="c", from_tag="t", sdp="no description at all")

    assert refusal.value.command == "offer"
    assert "SDP" in refusal.value.why
    assert str(refusal.value) == f"rtpengine could not 'offer': {refusal.value.why}"


async def test_requests_may_overlap(ng: NgClient) -> None:
    answers = await asyncio.gather(*(ng.request("ping") for _ in range(50)))

    assert [answer["result"] for answer in answers] == ["pong"] * 50


async def test_one_that_is_down_is_an_error_after_two_seconds_and_none_when_it_is_back(
    own_relay: Relay,
) -> None:
    client = await NgClient.connect(HOST, own_relay.port)
    try:
        await client.request("ping")
        own_relay.stop()

        began_s = time.monotonic()
        with pytest.raises(MediaError, match="does not answer"):
            await client.request("ping")
        assert 1.5 < time.monotonic() - began_s < 4

        await asyncio.to_thread(own_relay.start)
        assert (await client.request("ping"))["result"] == "pong"
    finally:
        client.close()
