"""What readers keep, and that it goes when it is to."""

from __future__ import annotations

from switch.sip import parse_message, parse_name_addr, parse_sdp
from switch.sip.kept import forget_kept

_FROM = '"Jane" <sip:+14805550123@10.0.0.1>;tag=1'
_SDP = "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\n"
_ACK = f"ACK sip:alice@switch.test SIP/2.0\r\nFrom: {_FROM}\r\n\r\n"


def test_nothing_is_kept_of_a_call_that_is_over() -> None:
    read = (parse_name_addr(_FROM), parse_message(_ACK), parse_sdp(_SDP))
    assert (parse_name_addr(_FROM), parse_message(_ACK), parse_sdp(_SDP)) == read

    forget_kept()

    for reader in (parse_name_addr, parse_message, parse_sdp):
        assert reader.cache_info().currsize == 0
