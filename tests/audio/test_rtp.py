from hypothesis import given
from hypothesis import strategies as st

from switch.audio import rtp

_PACKET = rtp.RtpPacket(
    payload_type=rtp.PCMU,
    sequence=65535,
    timestamp=1 << 31,
    source=0xDEADBEEF,
    payload=b"sound",
    marker=True,
)


def test_a_packet_comes_back_as_it_was() -> None:
    assert rtp.decode(rtp.encode(_PACKET)) == _PACKET


def test_numbers_that_have_grown_too_large_start_again_from_zero() -> None:
    packet = rtp.RtpPacket(payload_type=0, sequence=65536, timestamp=1 << 32, source=1, payload=b"")

    decoded = rtp.decode(rtp.encode(packet))

    assert decoded is not None
    assert (decoded.sequence, decoded.timestamp) == (0, 0)


def test_contributors_an_extension_and_padding_are_left_out() -> None:
    plain = rtp.encode(_PACKET)
    fancy = (
        bytes([plain[0] | 0x20 | 0x10 | 2])
        + plain[1:12]
        + b"csrccsrc"
        + b"\xbe\xde\x00\x01exts"
        + b"sound"
        + b"\x00\x00\x03"
    )

    decoded = rtp.decode(fancy)

    assert decoded is not None
    assert decoded.payload == b"sound"


@given(st.binary(max_size=64))
def test_whatever_comes_it_is_a_packet_or_none(datagram: bytes) -> None:
    packet = rtp.decode(datagram)

    assert packet is None or len(packet.payload) <= len(datagram) - 12


def test_what_claims_more_than_it_holds_is_none() -> None:
    plain = rtp.encode(_PACKET)

    assert rtp.decode(b"") is None
    assert rtp.decode(b"\x00" + plain[1:]) is None  # version 0
    assert rtp.decode(bytes([plain[0] | 0x10]) + plain[1:12]) is None  # no room for the extension
    assert rtp.decode(bytes([plain[0] | 0x20]) + plain[1:12] + b"\xff") is None  # padding
