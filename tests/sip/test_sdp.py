"""Session descriptions: what the switch reads of them, and the one it writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.sip.errors import SipParseError
from switch.sip.sdp import (
    AudioFormat,
    Direction,
    Sdp,
    common_codecs,
    has_audio,
    has_common_codec,
    late_offer,
    negotiated_codecs,
    parse_sdp,
)

HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
OFFER = (
    HEAD + "m=audio 4000 RTP/AVP 8 0 96 101 13\r\n"
    "a=rtpmap:96 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n"
)


def sdp_of(text: str) -> Sdp:
    return parse_sdp(text)


def test_the_audio_formats_are_read_static_ones_included() -> None:
    audio = parse_sdp(OFFER.encode()).audio

    assert audio is not None
    assert audio.port == 4000
    assert audio.formats[0] == AudioFormat(payload_type=8, name="PCMA", clock_hz=None)
    assert audio.formats[2] == AudioFormat(payload_type=96, name="opus", clock_hz=48000)
    assert audio.codecs == ("PCMA", "PCMU", "opus")


def test_an_unexplained_dynamic_number_is_read_over() -> None:
    audio = sdp_of(HEAD + "m=audio 4000 RTP/AVP 0 120\n").audio

    assert audio is not None
    assert audio.codecs == ("PCMU",)


def test_an_rtpmap_may_name_a_static_number_and_pad_a_number() -> None:
    audio = sdp_of(HEAD + "m=audio 4000 RTP/AVP 008\na=rtpmap: 8 pcma/8000\n").audio

    assert audio is not None
    assert audio.formats == (AudioFormat(payload_type=8, name="pcma", clock_hz=8000),)


@pytest.mark.parametrize(
    ("profile", "secure", "webrtc"),
    [
        ("RTP/AVP", False, False),
        ("RTP/SAVP", True, False),
        ("UDP/TLS/RTP/SAVPF", True, True),
    ],
)
def test_the_profile_says_how_the_audio_is_protected(
    profile: str, secure: bool, webrtc: bool
) -> None:
    audio = sdp_of(f"{HEAD}m=audio 4000 {profile} 0\r\n").audio

    assert audio is not None
    assert (audio.profile, audio.is_secure, audio.is_webrtc) == (profile, secure, webrtc)
    assert audio.is_encrypted is secure


@pytest.mark.parametrize("before", [True, False], ids=["of the whole", "of the stream"])
@pytest.mark.parametrize("key", ["a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x", "a=fingerprint:x"])
def test_plain_audio_with_a_key_beside_it_may_be_encrypted(key: str, before: bool) -> None:
    """RFC 8643; some put the fingerprint before the first stream."""
    stream = "m=audio 4000 RTP/AVP 0\r\n"
    audio = sdp_of(HEAD + (f"{key}\r\n{stream}" if before else f"{stream}{key}\r\n")).audio

    assert audio is not None
    assert (audio.is_secure, audio.is_encrypted) == (False, True)


@pytest.mark.parametrize(
    ("whole", "stream", "direction", "hold"),
    [
        ("", "", Direction.SENDRECV, False),
        ("", "a=recvonly\r\n", Direction.RECVONLY, False),
        ("", "a=sendonly\r\n", Direction.SENDONLY, True),
        ("a=inactive\r\n", "", Direction.INACTIVE, True),
        ("a=sendonly\r\n", "a=sendrecv\r\n", Direction.SENDRECV, False),
        ("", "c=IN IP4 0.0.0.0\r\n", Direction.SENDONLY, True),
        ("", "c=IN IP6 ::\r\na=recvonly\r\n", Direction.INACTIVE, True),
        ("", "c=IN IP4 0.0.0.0\r\na=inactive\r\n", Direction.INACTIVE, True),
        ("", "c=IN IP4 0.0.0.0\r\na=sendonly\r\n", Direction.SENDONLY, True),
        ("", "c=nonsense\r\n", Direction.SENDRECV, False),
    ],
)
def test_a_hold_is_seen_in_each_of_its_spellings(
    whole: str, stream: str, direction: Direction, hold: bool
) -> None:
    sdp = sdp_of(f"{HEAD}{whole}m=audio 4000 RTP/AVP 0\r\n{stream}")

    assert (sdp.direction, sdp.is_hold) == (direction, hold)


def test_no_address_at_all_is_no_hold() -> None:
    assert not sdp_of("v=0\r\nm=audio 4000 RTP/AVP 0\r\n").is_hold


def test_a_refused_stream_and_a_picture_are_no_audio() -> None:
    refused = sdp_of(HEAD + "m=audio 0 RTP/AVP 0\r\n")
    picture = sdp_of(HEAD + "m=image 4000 udptl t38\r\nm=video 4002/2 RTP/AVP 31 x\r\n")

    assert refused.audio is None
    assert picture.audio is None
    assert [media.formats for media in picture.media] == [(), ()]
    assert picture.direction is Direction.INACTIVE
    assert not has_common_codec(picture, ["PCMU"])


def test_only_voice_makes_a_common_codec() -> None:
    offer = sdp_of(OFFER)

    assert common_codecs(offer, ["pcmu", "PCMA"]) == ("PCMA", "PCMU")
    assert has_common_codec(offer, ["Opus"])
    assert not has_common_codec(offer, ["G722", "telephone-event", "CN"])


def test_what_was_agreed_on_is_in_offer_and_answer() -> None:
    answer = sdp_of(HEAD + "m=audio 5000 RTP/AVP 0 8\r\n")
    silent = sdp_of(HEAD)

    assert negotiated_codecs(sdp_of(OFFER), answer) == ("PCMU", "PCMA")
    assert negotiated_codecs(silent, answer) == ()
    assert negotiated_codecs(answer, silent) == ()


def test_a_late_offer_has_the_codecs_asked_for_and_holds_nobody() -> None:
    text = late_offer("127.0.0.1", ["pcma", "opus"])
    sdp = parse_sdp(text)

    assert sdp.audio is not None
    assert sdp.audio.port != 0
    assert sdp.audio.codecs == ("PCMA", "opus")
    assert not sdp.is_hold
    assert text.endswith("\r\n")
    assert "c=IN IP4 127.0.0.1\r\n" in text


def test_a_codec_nobody_knows_cannot_be_offered() -> None:
    with pytest.raises(ValueError, match="cannot offer AMBE, X"):
        late_offer("127.0.0.1", ["PCMU", "AMBE", "X"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o=-\r\nv=0\r\n",
        HEAD + "m=audio\r\n",
        HEAD + "m=audio 65536 RTP/AVP 0\r\n",
        HEAD + "m=audio -1 RTP/AVP 0\r\n",
        HEAD + "m=audio 4000 RTP/AVP zero\r\n",
        HEAD + "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0\r\n",
    ],
)
def test_a_torn_description_is_refused(text: str) -> None:
    with pytest.raises(SipParseError):
        parse_sdp(text)


@given(st.binary() | st.text() | st.text(alphabet="am=: 019RTP/AV\n").map(HEAD.__add__))
def test_any_octets_are_a_description_or_an_error(body: bytes | str) -> None:
    try:
        sdp = parse_sdp(body)
    except SipParseError:
        return
    assert isinstance(sdp.direction, Direction)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + "m=audio 4000 RTP/AVP 0\r\n", True),
        (HEAD + "m=audio 0 RTP/AVP 0\r\n", False),
        ("no description at all", False),
    ],
)
def test_whether_a_body_has_audio(text: str, expected: bool) -> None:
    assert has_audio(text) is expected
