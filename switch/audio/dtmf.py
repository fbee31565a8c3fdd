"""Keys as phones send them: beside their audio (RFC 4733), or as tones in it (ITU-T Q.23)."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from switch.audio import g711
from switch.audio.tones import FRAME_SAMPLES

DIGITS: Final = "0123456789*#ABCD"
"""Every key; its place is the number of its event (RFC 4733 §3.2)."""

_EVENT: Final = struct.Struct("!BBH")
_END: Final = 0x80
_VOLUME: Final = 10
_ENDS: Final = 3

_ROWS_HZ: Final = (697, 770, 852, 941)
_COLUMNS_HZ: Final = (1209, 1336, 1477, 1633)
_PAD: Final = ("123A", "456B", "789C", "*0#D")
_TONES_HZ: Final = {
    key: (row_hz, column_hz)
    for row_hz, keys in zip(_ROWS_HZ, _PAD, strict=True)
    for column_hz, key in zip(_COLUMNS_HZ, keys, strict=True)
}
_AMPLITUDE: Final = 6000
"""Of each of the two tones of a key."""
_LEAST_SHARE: Final = 0.7
"""Of what is in a frame: so much of it the two tones of a key are."""
_QUIET: Final = 150.0**2
_SHORTEST: Final = 2
"""In frames: what is shorter is no key."""


def event_payloads(digit: str, *, packets: int) -> Iterator[bytes]:
    """Yield what the RTP packets of one key hold, one each 20 ms, all with the same timestamp.

    The last is sent three times, for any of them may be lost (RFC 4733 §2.5.1.4).
    """
    event = DIGITS.index(digit)
    for number in range(1, packets + 1):
        yield _EVENT.pack(event, _VOLUME, number * FRAME_SAMPLES)
    for _ in range(_ENDS):
        yield _EVENT.pack(event, _END | _VOLUME, packets * FRAME_SAMPLES)


def tone_payloads(digit: str, *, packets: int) -> Iterator[bytes]:
    """Yield the two tones of a key as PCMU, 20 ms each."""
    low_hz, high_hz = _TONES_HZ[digit]
    low, high = (2 * math.pi * hz / g711.SAMPLE_RATE_HZ for hz in (low_hz, high_hz))
    for number in range(packets):
        times = range(number * FRAME_SAMPLES, (number + 1) * FRAME_SAMPLES)
        yield g711.encode(
            round(_AMPLITUDE * (math.sin(low * at) + math.sin(high * at))) for at in times
        )


def keys_in(payloads: Iterator[bytes]) -> str:
    """Return the keys whose tones are in frames of PCMU, one after the other."""
    found = groupby(_key_in(g711.decode(payload)) for payload in payloads)
    return "".join(key for key, frames in found if key and len(list(frames)) >= _SHORTEST)


def _key_in(samples: Sequence[int]) -> str:
    """Return the key whose two tones make up a frame, or nothing."""
    count = len(samples)
    total = sum(sample * sample for sample in samples) / max(count, 1)
    if total < _QUIET:
        return ""
    rows = [(_power(samples, hz), hz) for hz in _ROWS_HZ]
    columns = [(_power(samples, hz), hz) for hz in _COLUMNS_HZ]
    (low, row_hz), (high, column_hz) = max(rows), max(columns)
    if low + high < _LEAST_SHARE * total or min(low, high) < max(low, high) / 10:
        return ""
    return next(key for key, pair in _TONES_HZ.items() if pair == (row_hz, column_hz))


def _power(samples: Sequence[int], hz: int) -> float:
    """Return the power of one frequency in a frame, by Goertzel's recursion."""
    turn = 2 * math.cos(2 * math.pi * hz / g711.SAMPLE_RATE_HZ)
    last = before = 0.0
    for sample in samples:
        last, before = sample + turn * last - before, last
    power = last * last + before * before - turn * last * before
    return 2 * power / (len(samples) * len(samples))
