from __future__ import annotations

import pytest

from switch.call.commands import Prompt
from switch.call.ids import ConversationId, LegId
from switch.media.ng import MediaError
from switch.sip.sdp import Direction, parse_sdp
from switch.wire.nursery import Prompts
from switch.worker.media import Media
from tests.contract.media.phones import codecs_in, port_in, sdp_of
from tests.worker.fakes import FakeMediaServer

CUSTOMER, ALICE, SAUL = LegId("customer"), LegId("alice"), LegId("saul")
CONVERSATION = ConversationId("c1")


def media_of(server: FakeMediaServer) -> Media:
    return Media(
        server,
        conversation_id=CONVERSATION,
        address="127.0.0.1",
        codecs=("PCMU", "PCMA"),
        music="/music.wav",
        prompts=Prompts(menu="/menu.wav", wrong="/wrong.wav", goodbye="/goodbye.wav"),
    )


async def talking(server: FakeMediaServer) -> Media:
    media = media_of(server)
    media.told_by(CUSTOMER, sdp_of(4000))
    await media.offer(ALICE, of=CUSTOMER, keep_codecs=False)
    media.told_by(ALICE, sdp_of(4002))
    await media.accept(ALICE)
    server.asked.clear()
    return media


async def test_every_request_names_the_conversation() -> None:
    server = FakeMediaServer()
    media = await talking(server)
    await media.mute(ALICE)
    await media.play_music(CUSTOMER)
    await media.stop_music(CUSTOMER)
    await media.unmute(ALICE)
    await media.forget()

    assert {fields["call_id"] for _command, fields in server.asked} == {CONVERSATION}
    assert server.commands == [
        "block media",
        "block DTMF",
        "play media",
        "stop media",
        "unblock media",
        "unblock DTMF",
        "delete",
    ]


async def test_who_is_placed_is_a_branch_of_its_own_by_its_own_name() -> None:
    server = FakeMediaServer()
    media = media_of(server)
    media.told_by(CUSTOMER, sdp_of(4000))

    await media.offer(ALICE, of=CUSTOMER, keep_codecs=False)

    [(_command, asked)] = server.asked
    assert (asked["from_tag"], asked["to_tag"], asked["via_branch"]) == (CUSTOMER, ALICE, ALICE)
    assert "port-latching" in asked["flags"]


async def test_a_target_is_mute_until_it_is_joined() -> None:
    server = FakeMediaServer()
    media = await talking(server)

    await media.offer(SAUL, of=CUSTOMER, keep_codecs=True)
    assert server.calls[CONVERSATION][SAUL].is_muted

    media.told_by(SAUL, sdp_of(4004))
    await media.join(CUSTOMER, SAUL)
    assert not server.calls[CONVERSATION][SAUL].is_muted


async def test_who_is_called_first_may_be_heard_before_he_answers() -> None:
    server = FakeMediaServer()
    media = media_of(server)
    media.told_by(CUSTOMER, sdp_of(4000))

    await media.offer(ALICE, of=CUSTOMER, keep_codecs=False)

    assert not server.calls[CONVERSATION][ALICE].is_muted


async def test_music_that_cannot_be_played_does_not_keep_two_apart() -> None:
    server = FakeMediaServer()
    media = await talking(server)
    await media.mute(CUSTOMER)
    server.broken["play media"] = "no such file"
    with pytest.raises(MediaError, match="no such file"):
        await media.play_music(CUSTOMER)
    await media.offer(SAUL, of=CUSTOMER, keep_codecs=True)
    media.told_by(SAUL, sdp_of(4004))

    assert await media.join(CUSTOMER, SAUL) is None

    assert "stop media" not in server.commands
    assert not server.calls[CONVERSATION][CUSTOMER].is_muted


async def test_a_caller_without_a_description_is_stood_in_for_with_one_codec() -> None:
    server = FakeMediaServer()
    media = media_of(server)
    assert not media.has_description_of(CUSTOMER)

    offer = await media.offer(ALICE, of=CUSTOMER, keep_codecs=False)

    assert codecs_in(offer) == ("PCMU",)
    assert parse_sdp(offer).direction is Direction.SENDRECV


async def test_what_a_leg_was_told_last_is_kept() -> None:
    server = FakeMediaServer()
    media = await talking(server)
    told = media.told_to(CUSTOMER)
    assert told is not None
    assert port_in(told) == server.calls[CONVERSATION][CUSTOMER].port
    assert media.told_to(SAUL) is None

    media.told_by(ALICE, sdp_of(4002, direction="sendonly"))
    answer = await media.reinvited(ALICE, CUSTOMER)

    assert media.told_to(ALICE) == answer
    assert media.told_to(CUSTOMER) == told


async def test_what_is_no_description_leaves_the_last_one_as_it_was() -> None:
    media = media_of(FakeMediaServer())
    media.told_by(CUSTOMER, sdp_of(4000))

    media.told_by(CUSTOMER, None)

    assert media.has_description_of(CUSTOMER)


@pytest.mark.parametrize("step", ["offer", "answer", "block media", "unblock media"])
async def test_what_the_server_refuses_is_an_error_in_its_words(step: str) -> None:
    server = FakeMediaServer()
    media = await talking(server)
    server.broken[step] = "out of ports"

    async def transferred() -> None:
        await media.offer(SAUL, of=CUSTOMER, keep_codecs=True)
        media.told_by(SAUL, sdp_of(4004))
        await media.join(CUSTOMER, SAUL)

    with pytest.raises(MediaError, match="out of ports"):
        await transferred()


async def test_a_conversation_that_asked_for_nothing_has_nothing_to_forget() -> None:
    server = FakeMediaServer()

    await media_of(server).forget()

    assert server.commands == []


@pytest.mark.parametrize("lasts_ms", [None, 0, -1, "1200"])
async def test_how_long_a_prompt_lasts_may_not_be_known(lasts_ms: object) -> None:
    server = FakeMediaServer()
    media = await talking(server)
    server.lasts_ms = lasts_ms

    assert await media.play_prompt(CUSTOMER, Prompt.GOODBYE) is None


async def test_a_prompt_says_how_long_it_lasts() -> None:
    server = FakeMediaServer()
    media = await talking(server)
    server.lasts_ms = 1550

    assert await media.play_prompt(CUSTOMER, Prompt.GOODBYE) == 1.55


async def test_what_is_said_of_a_move_is_whether_the_media_goes_elsewhere() -> None:
    media = await talking(FakeMediaServer())

    assert not media.told_by(CUSTOMER, None)
    assert not media.told_by(CUSTOMER, sdp_of(4000, version=2))
    assert media.told_by(CUSTOMER, sdp_of(4100))


async def test_what_a_phone_has_not_taken_is_returned_again() -> None:
    server = FakeMediaServer()
    media = await talking(server)
    await media.offer(SAUL, of=CUSTOMER, keep_codecs=True)
    media.told_by(SAUL, sdp_of(4004, codecs="8"))

    sdp = await media.join(CUSTOMER, SAUL)
    assert sdp is not None
    assert await media.join(CUSTOMER, SAUL) == sdp

    media.now_told(CUSTOMER, sdp)
    assert await media.join(CUSTOMER, SAUL) is None
