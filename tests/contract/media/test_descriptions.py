"""What phones are told: codecs, encryption, streams we do not carry, and when ports are free."""

from __future__ import annotations

import pytest

from switch.audio.tones import MUSIC, QUIET
from switch.call.target import MediaPolicy
from switch.media.ng import MediaError, NgClient
from switch.sip.sdp import parse_sdp
from switch.worker.protection import is_encrypted
from tests.contract.media.conftest import Relay
from tests.contract.media.phones import HOST, Room, audio_in, codecs_in, hear
from tests.contract.media.test_holding import hold, retrieve
from tests.contract.media.test_media import EITHER_WAY, talking, three

pytestmark = pytest.mark.contract


async def test_a_first_offer_names_the_allowed_codecs_in_our_order(room: Room) -> None:
    customer, alice, _saul = await three(room)
    room.media.told_by(customer.leg, customer.sdp(codecs="18 9 8 0"))

    offer = await room.media.offer(alice.leg, of=customer.leg, keep_codecs=False)

    assert set(codecs_in(offer)) == {"PCMU", "PCMA", "G722"}
    assert "telephone-event" in offer


async def test_a_target_is_offered_first_what_the_transferee_has_agreed_to(room: Room) -> None:
    customer, alice, saul = await three(room)
    room.media.told_by(customer.leg, customer.sdp(codecs="8 0"))
    await room.media.offer(alice.leg, of=customer.leg, keep_codecs=False)
    room.media.told_by(alice.leg, alice.sdp(codecs="8"))
    await room.media.accept(alice.leg)

    offer = await room.refer(alice, customer, saul)

    assert codecs_in(offer) == ("PCMA", "PCMU", "G722")


async def test_a_target_that_says_the_same_in_other_words_needs_no_reinvite(room: Room) -> None:
    customer, alice, saul = await talking(room, "customer")
    await room.refer(alice, customer, saul)
    wordy = saul.sdp().replace("s=-", "s=Saul's phone").replace(" 0 101", " 0")
    wordy = wordy.replace("a=rtpmap:101 telephone-event/8000\r\n", "")
    extras = ("rtpmap:0 PCMU/8000", "ptime:30", "maxptime:60", "silenceSupp:off - - - -")
    room.media.told_by(saul.leg, wordy + "".join(f"a={extra}\r\n" for extra in extras))

    assert await room.media.join(customer.leg, saul.leg) is None

    assert await hear(customer, saul) == [saul.tone, customer.tone]


async def test_a_target_that_takes_fewer_codecs_is_told_to_the_transferee(room: Room) -> None:
    customer, alice, saul = await three(room)
    room.media.told_by(customer.leg, customer.sdp(codecs="0 8"))
    await room.media.offer(alice.leg, of=customer.leg, keep_codecs=False)
    room.media.told_by(alice.leg, alice.sdp(codecs="0 8"))
    before = (await room.media.accept(alice.leg))[1]
    assert set(codecs_in(before)) == {"PCMU", "PCMA"}
    offer = await room.refer(alice, customer, saul)
    assert codecs_in(offer) == ("PCMU", "PCMA", "G722")
    room.media.told_by(saul.leg, saul.sdp(codecs="8"))

    told = await room.media.join(customer.leg, saul.leg)

    assert told is not None
    assert codecs_in(told) == ("PCMA",)
    assert audio_in(told).port == audio_in(before).port


async def test_a_caller_without_a_codec_of_ours_is_an_error_or_no_audio(room: Room) -> None:
    customer, alice, _saul = await three(room)
    room.media.told_by(customer.leg, customer.sdp(codecs="18"))

    offer = await room.media.offer(alice.leg, of=customer.leg, keep_codecs=False)

    # rtpengine offers nothing it could not pass on; the node has refused such a call before.
    audio = parse_sdp(offer).audio
    assert audio is None or "G729" not in audio.codecs


@EITHER_WAY
async def test_a_phone_that_encrypts_and_one_that_does_not_hear_each_other(
    room: Room, by: str
) -> None:
    customer, alice, _saul = await three(room, secure=True)
    if by == "customer":
        answer, offer = await room.call(customer, alice)
        for_alice, for_customer = audio_in(offer), audio_in(answer)
        assert parse_sdp(offer).media[0].profile == "RTP/AVP"
        assert parse_sdp(answer).media[0].profile == "RTP/SAVP"
        assert for_alice.master is None
        assert for_customer.master is not None
        assert await hear(customer, alice) == [alice.tone, customer.tone]
    else:
        room.media.told_by(alice.leg, alice.sdp())
        offer = await room.media.offer(customer.leg, of=alice.leg, keep_codecs=False)
        # We offer plain RTP to everybody whom we call.
        assert parse_sdp(offer).media[0].profile == "RTP/AVP"


@pytest.mark.parametrize("srtp", ["optional", "required"])
async def test_a_phone_that_is_called_gets_srtp_by_policy(room: Room, srtp: str) -> None:
    customer = await room.phone("customer", 900)
    alice = await room.phone("alice", 1100, secure=True)
    saul = await room.phone("saul", 1300, secure=True)
    policy = MediaPolicy(srtp="required") if srtp == "required" else MediaPolicy(srtp="optional")

    answer, offer = await room.call(customer, alice, policy=policy)

    profile = "RTP/SAVP" if srtp == "required" else "RTP/AVP"
    assert parse_sdp(offer).media[0].profile == profile
    assert "NULL" not in offer
    assert len(offer) < 900
    assert not is_encrypted(answer)
    assert room.media.is_encrypted(alice.leg)
    assert not room.media.is_encrypted(customer.leg)
    assert await hear(customer, alice) == [alice.tone, customer.tone]
    offer = await room.refer(alice, customer, saul, policy=policy)
    assert is_encrypted(offer)
    assert await room.answer(saul, customer) is None
    assert await hear(customer, saul, alice) == [saul.tone, customer.tone, QUIET]
    answer = await hold(room, saul, customer)
    assert parse_sdp(answer).media[0].is_encrypted
    saul.told(await retrieve(room, saul, customer))
    assert await hear(customer, saul) == [saul.tone, customer.tone]


async def test_a_phone_that_need_not_encrypt_may_answer_plainly(room: Room) -> None:
    customer, alice, _saul = await three(room)

    _answer, offer = await room.call(customer, alice, policy=MediaPolicy(srtp="optional"))

    assert is_encrypted(offer)
    assert not room.media.is_encrypted(alice.leg)
    assert await hear(customer, alice) == [alice.tone, customer.tone]


async def test_a_phone_that_encrypts_can_be_transferred(room: Room) -> None:
    customer, alice, saul = await three(room, secure=True)
    await room.call(customer, alice)

    offer = await room.refer(alice, customer, saul)
    assert parse_sdp(offer).media[0].profile == "RTP/AVP"
    assert await hear(customer, alice, saul) == [MUSIC, QUIET, QUIET]
    assert await room.answer(saul, customer) is None

    assert await hear(customer, saul, alice) == [saul.tone, customer.tone, QUIET]


async def test_a_phone_that_encrypts_is_back_with_the_transferor_of_a_failed_transfer(
    room: Room,
) -> None:
    customer, alice, saul = await three(room, secure=True)
    await room.call(customer, alice)
    await room.refer(alice, customer, saul)

    assert await room.media.join(customer.leg, alice.leg) is None

    assert await hear(customer, alice, saul) == [alice.tone, customer.tone, QUIET]


@pytest.mark.parametrize("holder", ["the one who encrypts", "the other"])
async def test_a_hold_leaves_encryption_as_it_was(room: Room, holder: str) -> None:
    customer, alice, _saul = await three(room, secure=True)
    await room.call(customer, alice)
    one, other = (alice, customer) if holder == "the other" else (customer, alice)

    answer = await hold(room, one, other)
    assert parse_sdp(answer).media[0].is_secure is (one is customer)
    assert await hear(other) == [MUSIC]
    one.told(await retrieve(room, one, other))

    assert await hear(customer, alice) == [alice.tone, customer.tone]


async def test_a_transferor_who_called_and_encrypts_is_back_after_a_failed_target(
    room: Room,
) -> None:
    alice, customer, saul = await three(room, secure=True)
    await room.call(alice, customer)
    await room.refer(alice, customer, saul)

    assert await room.media.join(customer.leg, alice.leg) is None

    assert await hear(customer, alice, saul) == [alice.tone, customer.tone, QUIET]


async def test_a_stream_that_we_do_not_carry_does_not_spoil_the_audio(room: Room) -> None:
    customer, alice, _saul = await three(room)
    video = f"m=video {customer.voice.port + 2} RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    room.media.told_by(customer.leg, customer.sdp() + video)
    offer = await room.media.offer(alice.leg, of=customer.leg, keep_codecs=False)
    alice.told(offer)
    assert [one.port for one in parse_sdp(offer).media[1:]] == [0], "offered to nobody"
    room.media.told_by(alice.leg, alice.sdp() + "m=video 0 RTP/AVP 96\r\n")
    _of, answer, _changed = await room.media.accept(alice.leg)
    customer.told(answer)

    assert [one.kind for one in parse_sdp(answer).media] == ["audio", "video"]
    assert parse_sdp(answer).media[1].port == 0
    assert await hear(customer, alice) == [alice.tone, customer.tone]


async def test_what_is_forgotten_gives_its_ports_back(
    room: Room, relay: Relay, ng: NgClient
) -> None:
    before = relay.udp_ports()
    customer, alice, saul = await talking(room, "customer")
    await room.refer(alice, customer, saul)
    await room.answer(saul, customer)
    assert relay.udp_ports() >= before + 6  # RTP and RTCP of three legs

    await room.media.forget()

    with pytest.raises(MediaError, match="Unknown call-id"):
        await ng.request("query", call_id=room.conversation_id)
    assert relay.udp_ports() == before


async def test_what_never_began_need_not_be_forgotten(room: Room) -> None:
    await room.media.forget()


async def test_nobody_can_be_offered_the_media_of_a_stranger(room: Room) -> None:
    customer, _alice, _saul = await talking(room, "customer")

    with pytest.raises(MediaError, match="block media"):
        await room.media.mute(type(customer.leg)("stranger"))


async def test_a_file_of_music_that_is_not_there_is_an_error_in_rtpengines_words(
    room: Room, ng: NgClient
) -> None:
    customer, _alice, _saul = await talking(room, "customer")

    with pytest.raises(MediaError) as refusal:
        await ng.request(
            "play media", call_id=room.conversation_id, from_tag=customer.leg, file="/no/such"
        )

    assert refusal.value.command == "play media"
    assert refusal.value.why
    assert HOST not in str(refusal.value)
