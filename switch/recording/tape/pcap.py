"""Captures as rtpengine writes them: the classic pcap format, IP packets, UDP.

Read here rather than by a library: those on PyPI decode every protocol there is and are
slow, or wrap libpcap. Ours needs three headers.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from switch.errors import SwitchError

_HEADER_BYTES: Final = 24
_MAGIC: Final = {
    b"\xd4\xc3\xb2\xa1": ("<", 1e-6),
    b"\xa1\xb2\xc3\xd4": (">", 1e-6),
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9),
}
_LINK_HEADER_BYTES: Final = {1: 14, 101: 0}
"""Ethernet (``--recording-format=eth``) and bare IP."""
_MOST_BYTES: Final = 1 << 18
"""No packet is longer: a length beyond it is damage."""
_UDP: Final = 17
_V4_BYTES: Final = 20
_V6_BYTES: Final = 40
_UDP_BYTES: Final = 8
_PORTS: Final = struct.Struct("!HH")


class NotACapture(SwitchError):
    """Is a file that begins like no capture we can read."""

    def __init__(self, *, why: str) -> None:
        """Keep what is wrong with it."""
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        """Say what is wrong with it."""
        return f"this is no capture of rtpengine's: {self.why}"


class Captured(NamedTuple):
    """Is one datagram, and when it arrived."""

    at_s: float
    """Seconds since 1970."""
    source: bytes
    """Address and port of the sender, packed."""
    source_port: int
    port: int
    """Where it arrived."""
    payload: bytes


def read_capture(read: Callable[[int], bytes]) -> Iterator[Captured]:
    """Yield each UDP datagram of a capture.

    A capture that was not finished is read up to where it breaks off: also one that holds
    nothing yet.

    Args:
        read: returns so many bytes of the file, fewer at its end.

    Raises:
        NotACapture: it is something else.
    """
    header = read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES:
        return
    if header[:4] not in _MAGIC:
        raise NotACapture(why=f"it begins with {header[:4].hex()}")
    order, fraction_s = _MAGIC[header[:4]]
    (link,) = struct.unpack(f"{order}I", header[20:])
    if link not in _LINK_HEADER_BYTES:
        raise NotACapture(why=f"link type {link}")
    skipped = _LINK_HEADER_BYTES[link]
    record = struct.Struct(f"{order}IIII")
    while True:
        head = read(record.size)
        if len(head) < record.size:
            return
        seconds, fraction, length, _sent = record.unpack(head)
        if length > _MOST_BYTES:
            return
        packet = read(length)
        if len(packet) < length:
            return
        datagram = _datagram(seconds + fraction * fraction_s, packet[skipped:])
        if datagram is not None:
            yield datagram


def _datagram(at_s: float, packet: bytes) -> Captured | None:
    """Return the UDP datagram in an IP packet; None if it holds none, or only part of one."""
    version = packet[0] >> 4 if packet else 0
    if version == 4 and len(packet) >= _V4_BYTES and packet[9] == _UDP:  # noqa: PLR2004
        start, source = (packet[0] & 0x0F) * 4, packet[12:16]
    elif version == 6 and len(packet) >= _V6_BYTES and packet[6] == _UDP:  # noqa: PLR2004
        start, source = _V6_BYTES, packet[8:24]
    else:
        return None
    if len(packet) < start + _UDP_BYTES:
        return None
    source_port, port = _PORTS.unpack_from(packet, start)
    return Captured(
        at_s, source + packet[start : start + 2], source_port, port, packet[start + _UDP_BYTES :]
    )
