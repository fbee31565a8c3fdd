"""What a browser offers goes through PJSIP in disguise."""

from __future__ import annotations

from switch.worker.browsers import disguised, undisguised
from tests.contract.media.phones import sdp_of

BROWSERS = sdp_of(4000).replace("RTP/AVP", "UDP/TLS/RTP/SAVPF") + "a=fingerprint:sha-256 AB\r\n"


def test_a_browsers_description_comes_out_as_it_went_in() -> None:
    assert "m=audio 4000 RTP/AVPF 0" in disguised(BROWSERS)
    assert undisguised(disguised(BROWSERS)) == BROWSERS


def test_a_phones_description_stays_as_it_is() -> None:
    plain = sdp_of(4000).replace("RTP/AVP", "RTP/AVPF")

    assert disguised(plain) == undisguised(plain) == plain
