from __future__ import annotations

import pytest

from switch.sip.sdp import Direction, parse_sdp
from switch.worker.descriptions import (
    answer_to,
    audio_only,
    continued,
    nameless,
    nobody,
    same_media,
    with_direction,
    with_role,
    without_candidates,
)
from tests.contract.media.phones import sdp_of

TOLD = sdp_of(4000).replace("o=phone 77 1 ", "o=- 77 4 ")


def origin_of(sdp: str) -> str:
    return next(line for line in sdp.splitlines() if line.startswith("o="))


def test_nobody_is_named_in_a_description() -> None:
    sdp = nameless(sdp_of(4000).replace("s=-", "s=Ann Lee +1480"))

    assert "Ann" not in sdp
    assert "o=- 77 1 IN" in sdp


@pytest.mark.parametrize("direction", Direction)
def test_a_description_has_one_direction(direction: Direction) -> None:
    sdp = with_direction(TOLD, direction)

    assert parse_sdp(sdp).direction is direction
    assert sdp.count("a=send") + sdp.count("a=recv") + sdp.count("a=inactive") == 1


def test_an_answer_mirrors_a_hold() -> None:
    """RFC 3264 §6.1."""
    assert answer_to(Direction.SENDONLY) is Direction.RECVONLY
    assert answer_to(Direction.INACTIVE) is Direction.INACTIVE
    assert answer_to(Direction.SENDRECV) is Direction.SENDRECV


def test_what_a_phone_is_told_next_has_the_same_origin_and_a_higher_version() -> None:
    """RFC 3264 §8."""
    of_another_phone = sdp_of(4002).replace("o=phone 77 1 ", "o=- 9 1 ")

    sdp = continued(TOLD, of_another_phone)

    assert origin_of(sdp) == origin_of(TOLD).replace(" 4 ", " 5 ")
    assert same_media(sdp, of_another_phone)


def test_the_same_again_has_the_same_version() -> None:
    assert continued(TOLD, TOLD.replace("o=- 77 4 ", "o=- 9 1 ")) == TOLD


@pytest.mark.parametrize("told", [None, "", "no description"])
def test_a_first_description_continues_nothing(told: str | None) -> None:
    assert continued(told, TOLD) == TOLD


def test_only_what_is_sent_where_and_how_makes_a_difference() -> None:
    wordy = TOLD.replace("s=-", "s=x") + "a=ptime:30\r\n"

    assert same_media(TOLD, wordy)
    assert not same_media(None, TOLD)
    assert not same_media(TOLD, sdp_of(4002))
    assert not same_media(TOLD, with_direction(TOLD, Direction.SENDONLY))
    assert not same_media(sdp_of(4000, codecs="0 8"), sdp_of(4000, codecs="8"))


def test_nobody_takes_what_somebody_does_and_sends_nothing() -> None:
    told = sdp_of(4000, codecs="8 0", master=bytes(30)).replace("s=-", "s=-\r\na=rtcp:4001")

    sdp = nobody(told, "127.0.0.7")

    audio = parse_sdp(sdp).audio
    assert audio is not None
    assert (audio.port, audio.profile, audio.codecs) == (9, "RTP/AVP", ("PCMA", "PCMU"))
    assert "c=IN IP4 127.0.0.7\r\n" in sdp
    assert "crypto" not in sdp
    assert "a=rtcp" not in sdp


def test_every_stream_but_the_first_audio_is_refused() -> None:
    sdp = (
        "v=0\r\nm=video 4000/2 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
        "m=audio 0 RTP/AVP 0\r\nm=audio 4002 RTP/AVP 0\r\nm=audio 4004 RTP/AVP 8\r\n"
    )

    assert [(one.kind, one.port) for one in parse_sdp(audio_only(sdp)).media] == [
        ("video", 0),
        ("audio", 0),
        ("audio", 4002),
        ("audio", 0),
    ]
    assert parse_sdp(audio_only("v=0\r\nm=video 4 RTP/AVP 96\r\n")).media[0].port == 0


@pytest.mark.parametrize(
    ("said", "told", "answer"),
    [
        ("actpass", "active", "passive"),
        ("actpass", "passive", "active"),
        ("actpass", "actpass", "actpass"),
        ("active", "actpass", "active"),
    ],
)
def test_a_browser_that_offered_answers_with_the_role_it_has(
    said: str, told: str, answer: str
) -> None:
    sdp = with_role(f"v=0\r\na=setup:{said}\r\n", f"v=0\r\na=setup:{told}\r\n")

    assert sdp == f"v=0\r\na=setup:{answer}\r\n"


def test_where_a_browser_was_is_left_out() -> None:
    sdp = "a=ice-ufrag:x\r\na=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\na=end-of-candidates\r\n"

    assert without_candidates(sdp) == "a=ice-ufrag:x\r\n"
