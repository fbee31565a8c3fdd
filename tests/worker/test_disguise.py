"""What PJSIP does not know goes through it in disguise, and comes out as it went in."""

from __future__ import annotations

import pytest

from switch.worker.disguise import disguised, undisguised
from tests.contract.media.phones import sdp_of

OPUS = sdp_of(4000, codecs="96") + "a=rtpmap:96 opus/48000/2\r\n"
G729 = sdp_of(4000, codecs="18") + "a=rtpmap:18 G729/8000\r\n"
FINGERPRINT = "a=fingerprint:sha-256 AB\r\n"


def browsers(sdp: str) -> str:
    return sdp.replace("RTP/AVP", "UDP/TLS/RTP/SAVPF") + FINGERPRINT


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        (browsers(sdp_of(4000)), "m=audio 4000 RTP/AVPF 0 "),
        (browsers(OPUS), "m=audio 4000 RTP/AVPF 96 "),
        (browsers(OPUS), "a=rtpmap:96 L16/44100/2\r\n"),
        (OPUS, "a=rtpmap:96 L16/44100/2\r\n"),
        (G729, "a=rtpmap:18 L16/44100\r\n"),
        (OPUS + "a=rtpmap:18 G729/8000\r\n", "a=rtpmap:18 L16/44100\r\n"),
    ],
)
def test_it_is_seen_in_disguise_and_comes_out_as_it_went_in(said: str, seen: str) -> None:
    assert seen in disguised(said)
    assert undisguised(disguised(said)) == said


def test_however_it_is_spelt() -> None:
    spelt = OPUS.replace("opus", "OPUS") + "a=rtpmap:18 g729/8000/1\r\n"

    assert undisguised(disguised(spelt)) == OPUS + "a=rtpmap:18 G729/8000\r\n"


def test_what_pjsip_knows_stays_as_it_is() -> None:
    plain = sdp_of(4000, codecs="0 98").replace("RTP/AVP", "RTP/AVPF") + "a=rtpmap:98 iLBC/8000\r\n"

    assert disguised(plain) == undisguised(plain) == plain
