"""Captures made by hand, and ears for what became of them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from switch.audio import rtp
from switch.audio.tones import tone_frame
from switch.recording.tape.line import (
    ConversationOver,
    LegDescribed,
    LegHeard,
    Line,
    RecordingStarted,
    Side,
)

T0 = 1_800_000_000.25
PCMU = {0: ("PCMU", 8000), 101: ("telephone-event", 8000)}
QUIET = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One RTP packet on the wire."""

    at_s: float
    """Since T0."""
    port: int
    packet: rtp.RtpPacket
    source_port: int = 4000


def speaks(
    port: int,
    hz: int,
    from_s: float,
    to_s: float,
    *,
    source: int = 7,
    first: int = 65_000,
    timestamp: int = 0xFFFF_F000,
    source_port: int | None = None,
    payload_type: int = 0,
) -> list[Sent]:
    """Return a tone as a phone sends it; sequence numbers and timestamps wrap soon."""
    return [
        Sent(
            at_s=from_s + 0.02 * index,
            port=port,
            source_port=source_port or port + 1000,
            packet=rtp.RtpPacket(
                payload_type=payload_type,
                sequence=(first + index) & 0xFFFF,
                timestamp=(timestamp + 160 * index) & 0xFFFFFFFF,
                source=source,
                payload=tone_frame(hz),
            ),
        )
        for index in range(round((to_s - from_s) / 0.02))
    ]


def record(sent: Sent) -> bytes:
    """Return a packet as rtpengine writes it to a capture."""
    payload = rtp.encode(sent.packet)
    udp = struct.pack("!HHHH", sent.source_port, sent.port, 8 + len(payload), 0)
    address = bytes([127, 0, 0, 1])
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 28 + len(payload), 0, 0, 64, 17, 0) + address * 2
    at_us = round((T0 + sent.at_s) * 1e6)
    length = len(ip) + len(udp) + len(payload)
    head = struct.pack("<IIII", at_us // 1_000_000, at_us % 1_000_000, length, length)
    return head + ip + udp + payload


def capture(*streams: Iterable[Sent]) -> bytes:
    """Return a capture of streams, in the order that their packets arrived."""
    sent = sorted((one for stream in streams for one in stream), key=lambda one: one.at_s)
    return header() + b"".join(map(record, sent))


def header(*, magic: int = 0xA1B2C3D4, link: int = 101, order: str = "<") -> bytes:
    return struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65535, link)


def leg(
    name: str,
    side: Side,
    port: int,
    *,
    heard_from_s: float = 0.0,
    formats: dict[int, tuple[str, int]] | None = None,
    remote_port: int | None = None,
) -> list[Line]:
    return [
        LegDescribed(
            at_s=T0,
            leg_id=name,
            side=side,
            port=port,
            remote_port=remote_port,
            formats=PCMU if formats is None else formats,
        ),
        LegHeard(at_s=T0 + heard_from_s, leg_id=name),
    ]


def two_legs(*more: Line, over_s: float | None = None) -> list[Line]:
    """Return the plan of a customer on port 1000 and alice on port 2000."""
    lines = [
        RecordingStarted(at_s=T0),
        *leg("customer", Side.LEFT, 1000),
        *leg("alice", Side.RIGHT, 2000),
        *more,
    ]
    return lines if over_s is None else [*lines, ConversationOver(at_s=T0 + over_s)]


@dataclass(frozen=True, slots=True)
class Sound:
    """What is in a sound file."""

    rate_hz: int
    samples: NDArray[np.int16]
    """Rows of left and right."""
    tags: dict[str, str]

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.rate_hz

    def tones(self, side: Side, *, step_s: float = 0.05) -> list[int]:
        """Return the tone of each step, by the strongest frequency; QUIET if there is none."""
        row = self.samples[:, 0 if side is Side.LEFT else 1].astype(float)
        step = round(step_s * self.rate_hz)
        return [
            _tone(row[at : at + step], self.rate_hz) for at in range(0, len(row) - step + 1, step)
        ]

    def runs(self, side: Side) -> list[tuple[int, float, float]]:
        """Return each tone that was heard for a while, from when to when."""
        return list(_runs(self.tones(side), 0.05))


def _tone(samples: NDArray[np.float64], rate_hz: int) -> int:
    if np.sqrt(np.mean(samples**2)) < 300:
        return QUIET
    window = samples * np.hanning(len(samples))
    spectrum = np.abs(np.fft.rfft(window, 8 * len(window)))
    return int(round(np.argmax(spectrum) * rate_hz / (8 * len(window)) / 50) * 50)


def _runs(tones: list[int], step_s: float) -> Iterator[tuple[int, float, float]]:
    begin = 0
    for at in range(1, len(tones) + 1):
        if at == len(tones) or tones[at] != tones[begin]:
            if tones[begin] != QUIET and at - begin >= 2:
                yield tones[begin], begin * step_s, at * step_s
            begin = at


def listen(path: Path) -> Sound:
    """Return what is in a sound file, all of it."""
    with av.open(str(path)) as file:
        stream = file.streams.audio[0]
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=stream.rate)
        parts = []
        for frame in file.decode(stream):
            parts += [one.to_ndarray() for one in resampler.resample(frame)]
        tags = dict(file.metadata) | dict(stream.metadata)
        samples = np.concatenate(parts, axis=1).reshape(-1, 2).astype(np.int16)
        return Sound(stream.rate, samples, {key.upper(): text for key, text in tags.items()})
