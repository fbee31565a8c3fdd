"""RTP packets, as far as a party that plays and hears PCMU needs them (RFC 3550 §5.1)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

PCMU = 0
"""The payload type of G.711 mu-law (RFC 3551 §6)."""

_HEADER = struct.Struct("!BBHII")
_VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RtpPacket:
    """Is one RTP packet without its extensions."""

    payload_type: int
    sequence: int
    timestamp: int
    source: int
    """The SSRC: who sent it."""
    payload: bytes
    marker: bool = False


def encode(packet: RtpPacket) -> bytes:
    """Return the bytes of a packet."""
    return (
        _HEADER.pack(
            _VERSION << 6,
            packet.marker << 7 | packet.payload_type,
            packet.sequence & 0xFFFF,
            packet.timestamp & 0xFFFFFFFF,
            packet.source,
        )
        + packet.payload
    )


def decode(packet: bytes) -> RtpPacket | None:
    """Return the packet in a datagram, or None if the datagram is no RTP."""
    if len(packet) < _HEADER.size:
        return None
    first, second, sequence, timestamp, source = _HEADER.unpack_from(packet)
    if first >> 6 != _VERSION:
        return None
    start = _HEADER.size + 4 * (first & 0x0F)
    if first & 0x10:  # a header extension: 2 bytes of profile, 2 of length in words
        if len(packet) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(packet[start + 2 : start + 4])
    end = len(packet) - (packet[-1] if first & 0x20 else 0)
    if end < start:
        return None
    return RtpPacket(
        payload_type=second & 0x7F,
        sequence=sequence,
        timestamp=timestamp,
        source=source,
        payload=packet[start:end],
        marker=bool(second & 0x80),
    )
