"""What a phone is told before rtpengine can be asked."""

from __future__ import annotations

import pytest

from switch.worker.at_once import answer_at_once, offer_anew
from tests.contract.media.phones import sdp_of

MASTER = bytes(30)
TOLD = sdp_of(30000, codecs="0 8")


@pytest.mark.parametrize(
    ("direction", "mirrored"),
    [("sendonly", "recvonly"), ("inactive", "inactive"), ("recvonly", "sendonly")],
)
def test_a_hold_is_mirrored(direction: str, mirrored: str) -> None:
    answer = answer_at_once(sdp_of(4000, codecs="0 8", direction=direction), told=TOLD)

    assert answer == sdp_of(30000, codecs="0 8", direction=mirrored, version=2).replace(
        f"a={mirrored}\r\n", ""
    ) + (f"a={mirrored}\r\n")


def test_only_what_is_offered_is_answered() -> None:
    answer = answer_at_once(sdp_of(4000, codecs="8 9"), told=TOLD)

    assert answer is not None
    assert "m=audio 30000 RTP/AVP 8 101\r\n" in answer


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (sdp_of(4000, codecs="9"), TOLD),
        (sdp_of(4000, codecs="96") + "a=rtpmap:96 PCMU/8000\r\n", TOLD),
        (sdp_of(4000, master=MASTER), sdp_of(30000, master=MASTER)),
        (sdp_of(4000), sdp_of(30000, master=MASTER)),
        (sdp_of(4000, master=MASTER), TOLD),
        (sdp_of(0), TOLD),
        (sdp_of(4000) + "m=video 4002 RTP/AVP 96\r\n", TOLD),
        ("v=0\r\nrubbish", TOLD),
        ("rubbish", TOLD),
        (sdp_of(4000), ""),
    ],
)
def test_whoever_wants_more_is_refused(said: str, told: str) -> None:
    assert answer_at_once(said, told=told) is None


def test_an_offer_is_open_whoever_holds() -> None:
    offer = offer_anew(sdp_of(30000, direction="recvonly"))

    assert "a=sendrecv" in offer
    assert "a=recvonly" not in offer
    assert "o=phone 77 2 " in offer
