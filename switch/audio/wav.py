"""WAV files as rtpengine reads them: 8 kHz, mono, 16 bit."""

from __future__ import annotations

import array
import sys
import wave
from collections.abc import Iterable
from pathlib import Path

from switch.audio.g711 import SAMPLE_RATE_HZ


def write_wav(path: Path, samples: Iterable[int]) -> None:
    """Write 16-bit samples at 8 kHz; the same samples are always the same bytes."""
    frames = array.array("h", samples)
    if sys.byteorder == "big":
        frames.byteswap()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(frames.tobytes())
