"""Captures are read as far as they go."""

from __future__ import annotations

import io
import struct

import pytest

from switch.audio import rtp
from switch.recording.tape.pcap import Captured, NotACapture, read_capture
from tests.recording.captures import T0, capture, header, record, speaks

ONE = speaks(1000, 900, 0.0, 0.02)[0]
V6 = bytes([0x60, 0, 0, 0, 0, 11, 17, 64]) + bytes(15) + b"\x01" + bytes(16)
UDP = struct.pack("!HHHH", 4000, 1000, 11, 0) + b"abc"


def read(content: bytes) -> list[Captured]:
    return list(read_capture(io.BytesIO(content).read))


def with_packet(packet: bytes, *, link: int = 101) -> bytes:
    return header(link=link) + struct.pack("<IIII", 5, 250_000, len(packet), len(packet)) + packet


def test_each_datagram_has_its_time_its_ports_and_its_payload() -> None:
    (one, _two) = read(capture(speaks(1000, 900, 0.0, 0.04)))

    assert one.at_s == pytest.approx(T0)
    assert (one.source_port, one.port) == (2000, 1000)
    assert one.source == bytes([127, 0, 0, 1, 2000 >> 8, 2000 & 0xFF])
    assert one.payload == rtp.encode(ONE.packet)


@pytest.mark.parametrize("missing", range(1, len(record(ONE)) + 1))
def test_a_torn_capture_is_read_up_to_where_it_breaks_off(missing: int) -> None:
    assert len(read(capture(speaks(1000, 900, 0.0, 0.06))[:-missing])) == 2


@pytest.mark.parametrize("length", range(25))
def test_a_capture_that_holds_nothing_yet_is_empty(length: int) -> None:
    assert read(header()[:length]) == []


@pytest.mark.parametrize(("magic", "order"), [(0xA1B2C3D4, ">"), (0xA1B23C4D, "<")])
def test_other_byte_orders_and_nanoseconds_are_read(magic: int, order: str) -> None:
    fraction = 250_000_000 if magic == 0xA1B23C4D else 250_000
    packet = V6 + UDP
    head = struct.pack(f"{order}IIII", 5, fraction, len(packet), len(packet))

    (one,) = read(header(magic=magic, order=order) + head + packet)

    assert one.at_s == pytest.approx(5.25)


def test_ipv6_is_read_too() -> None:
    (one,) = read(with_packet(V6 + UDP))

    assert (one.source_port, one.port, one.payload) == (4000, 1000, b"abc")
    assert one.source == bytes(15) + b"\x01" + struct.pack("!H", 4000)


def test_an_ethernet_header_is_skipped() -> None:
    (one,) = read(with_packet(bytes(14) + V6 + UDP, link=1))

    assert one.payload == b"abc"


@pytest.mark.parametrize(
    "packet",
    [b"", b"\x45", V6[:30], V6 + UDP[:7], V6.replace(b"\x11", b"\x06") + UDP, b"\x30" + V6[1:]],
)
def test_what_is_no_udp_is_passed_over(packet: bytes) -> None:
    assert read(with_packet(packet) + record(ONE))[-1].payload == rtp.encode(ONE.packet)
    assert len(read(with_packet(packet) + record(ONE))) == 1


def test_a_length_that_cannot_be_ends_it() -> None:
    damage = struct.pack("<IIII", 5, 0, 1 << 30, 1 << 30)

    assert len(read(header() + record(ONE) + damage + record(ONE))) == 1


@pytest.mark.parametrize("content", [b"RIFF" + bytes(40), header(link=147)])
def test_what_is_no_capture_of_ours_is_refused(content: bytes) -> None:
    with pytest.raises(NotACapture, match="no capture of rtpengine's"):
        read(content)
