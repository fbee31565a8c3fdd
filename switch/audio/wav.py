"""WAV files as rtpengine reads them soonest: 8 kHz, mono, mu-law (RFC 2361, format 7).

Not 16 bit: ffmpeg looks whether what calls itself that is not a coded sound in disguise (DTS),
and reads on through all formats it knows. That is 1.7 ms each time somebody begins to hear music,
and 0.2 ms with mu-law, which most phones are sent anyway. rtpengine 10.5 is silent, and says
nothing, with 24 or 32 bits.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from switch.audio import g711

_MU_LAW: Final = 7
_HEAD: Final = struct.Struct("<4sI4s4sIHHIIHHH4sII4sI")
"""RIFF; the form of the sound; how many samples there are, which all but PCM must say; they."""


def write_wav(path: Path, samples: Iterable[int]) -> None:
    """Write 16-bit samples at 8 kHz; the same samples are always the same bytes."""
    sound = g711.encode(samples)
    count, rate_hz = len(sound), g711.SAMPLE_RATE_HZ
    padding = bytes(count % 2)
    form = (b"fmt ", 18, _MU_LAW, 1, rate_hz, rate_hz, 1, 8, 0)
    size = _HEAD.size - 8 + count + len(padding)
    head = _HEAD.pack(b"RIFF", size, b"WAVE", *form, b"fact", 4, count, b"data", count)
    path.write_bytes(head + sound + padding)
