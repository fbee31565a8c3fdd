"""What the media of a conversation rests on: the fake and rtpengine answer alike."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import Any

import pytest

from switch.media.ng import MediaError, NgClient
from switch.sip.sdp import Direction, parse_sdp
from switch.worker.relay import MediaServer
from tests.contract.media.conftest import Relay
from tests.contract.media.phones import HOST, codecs_in, port_in, sdp_of
from tests.worker.fakes import FakeMediaServer

pytestmark = pytest.mark.contract

PHONE_PORT = 9


@pytest.fixture(params=["fake", "rtpengine"])
async def server(request: pytest.FixtureRequest, relay: Relay) -> AsyncIterator[MediaServer]:
    if request.param == "fake":
        yield FakeMediaServer()
        return
    client = await NgClient.connect(HOST, relay.port)
    yield client
    client.close()


@pytest.fixture
async def ask(server: MediaServer) -> AsyncIterator[Any]:
    """Return a function that asks about a call of this test, which is deleted in the end."""
    call_id = f"c{os.urandom(6).hex()}"

    async def asked(command: str, **fields: Any) -> dict[str, Any]:
        if "sdp" in fields:
            fields.setdefault("via_branch", fields["to_tag"])
            fields |= {"replace": ["origin"], "flags": ["port-latching"]}
        return await server.request(command, call_id=call_id, **fields)

    yield asked
    try:
        await asked("delete", delete_delay=0)
    except MediaError:
        return


async def offered(ask: Any, to: str = "alice", **fields: Any) -> str:
    asked = {
        "from_tag": "customer",
        "to_tag": to,
        "sdp": sdp_of(PHONE_PORT, codecs="18 8 0"),
        "transport_protocol": "RTP/AVP",
        "codec": {"strip": ["all"], "offer": ["PCMU", "PCMA", "telephone-event"]},
    }
    sdp: str = (await ask("offer", **(asked | fields)))["sdp"]
    return sdp


async def answered(ask: Any, by: str = "alice", **fields: Any) -> str:
    asked = {"from_tag": "customer", "to_tag": by, "sdp": sdp_of(PHONE_PORT)}
    sdp: str = (await ask("answer", **(asked | fields)))["sdp"]
    return sdp


async def test_an_offer_is_passed_on_with_a_port_of_the_servers_and_the_codecs_asked_for(
    ask: Any,
) -> None:
    sdp = await offered(ask)

    assert port_in(sdp) not in {0, PHONE_PORT}
    assert set(codecs_in(sdp)) == {"PCMU", "PCMA"}


async def test_an_answer_is_passed_on_with_another_port(ask: Any) -> None:
    offer = await offered(ask)

    answer = await answered(ask)

    assert port_in(answer) not in {0, PHONE_PORT, port_in(offer)}
    assert codecs_in(answer) == ("PCMU",)


async def test_the_answer_of_another_branch_leaves_the_offerers_port_as_it_was(ask: Any) -> None:
    first = await offered(ask)
    before = await answered(ask)
    second = await offered(ask, "saul")

    after = await answered(ask, "saul")

    assert port_in(after) == port_in(before)
    assert port_in(second) != port_in(first)


async def test_who_offers_encryption_is_answered_with_it_and_the_other_hears_nothing_of_it(
    ask: Any,
) -> None:
    offer = await offered(ask, sdp=sdp_of(PHONE_PORT, master=bytes(range(30))))
    assert parse_sdp(offer).media[0].profile == "RTP/AVP"

    answer = await answered(ask)

    assert parse_sdp(answer).media[0].profile == "RTP/SAVP"


@pytest.mark.parametrize("command", ["block media", "unblock media"])
async def test_a_leg_is_known_as_soon_as_it_was_offered_something(ask: Any, command: str) -> None:
    await offered(ask)

    assert (await ask(command, from_tag="alice"))["result"] == "ok"


async def test_music_that_does_not_play_cannot_be_stopped(ask: Any) -> None:
    await offered(ask)
    await answered(ask)

    with pytest.raises(MediaError, match="Not currently playing"):
        await ask("stop media", from_tag="customer")


async def test_both_directions_of_an_answer_are_passed_on(ask: Any) -> None:
    await offered(ask)

    answer = await answered(ask, sdp=sdp_of(PHONE_PORT, direction="sendonly"))

    assert parse_sdp(answer).direction is Direction.SENDONLY


@pytest.mark.parametrize("command", ["block media", "play media", "query", "answer"])
async def test_a_call_that_is_not_known_is_an_error(ask: Any, command: str) -> None:
    with pytest.raises(MediaError) as refused:
        await ask(command, from_tag="customer", to_tag="alice", sdp=sdp_of(PHONE_PORT))
    assert refused.value.is_unknown_call


async def test_a_call_that_is_not_known_can_be_deleted(ask: Any) -> None:
    assert (await ask("delete", delete_delay=0))["result"] == "ok"


async def test_a_leg_that_is_not_known_is_an_error(ask: Any) -> None:
    await offered(ask)

    with pytest.raises(MediaError):
        await ask("block media", from_tag="stranger")


async def test_what_was_deleted_is_not_known_any_more(ask: Any) -> None:
    await offered(ask)
    await ask("delete", delete_delay=0)

    with pytest.raises(MediaError):
        await ask("query")


async def test_a_command_that_does_not_exist_is_an_error(ask: Any) -> None:
    await offered(ask)

    with pytest.raises(MediaError, match="nrecognized command"):
        await ask("make coffee", from_tag="customer")


async def test_keys_can_be_blocked_more_than_once(ask: Any) -> None:
    await offered(ask)
    for command in ("block DTMF", "block DTMF", "unblock DTMF", "unblock DTMF"):
        assert (await ask(command, from_tag="customer"))["result"] == "ok"
