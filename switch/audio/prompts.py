"""What is played once: tones of our own instead of words, so that they fit any language.

They lie above the notes of our music on hold and between the tones of
:mod:`switch.audio.tones`, so that a test can tell them from both.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from switch.audio.g711 import SAMPLE_RATE_HZ
from switch.audio.wav import write_wav

_PEAK: Final = 7000
_SWELL_S: Final = 0.008
"""How long a tone takes to come and to go: without it there would be a click."""

_Note = tuple[tuple[int, ...], float]
"""What sounds together, in Hz, nothing for a pause; and for how long, in seconds."""

_BUILT_IN: Final[dict[str, tuple[_Note, ...]]] = {
    # One for "resume", two for "somebody else".
    "menu": (
        ((), 0.20),
        ((1250,), 0.25),
        ((), 0.60),
        ((1250,), 0.15),
        ((), 0.10),
        ((1250,), 0.15),
        ((), 0.10),
    ),
    # Low and rough, twice: no.
    "wrong": (
        ((800, 850), 0.25),
        ((), 0.10),
        ((800, 850), 0.25),
        ((), 0.10),
    ),
    # As it rings in North America (ITU-T E.180 supplement 2); it is played over and over.
    "ringing": (
        ((440, 480), 2.0),
        ((), 4.0),
    ),
    # Three falling tones, as networks say that a call went nowhere (ITU-T E.180), but down.
    "goodbye": (
        ((), 0.10),
        ((1850,), 0.40),
        ((1450,), 0.40),
        ((950,), 0.60),
        ((), 0.40),
    ),
    # One of the pitch that is usual on recorded lines.
    "beep": (((1400,), 0.20),),
    # Up: it is recorded; down: no more; on one pitch: not for now.
    "recorded": (((1000,), 0.08), ((1400,), 0.12)),
    "unrecorded": (((1400,), 0.08), ((1000,), 0.12)),
    "paused": (((1000,), 0.06), ((), 0.06), ((1000,), 0.06)),
}

CUES: Final = ("beep", "recorded", "unrecorded", "paused")
"""The names of what is heard in the middle of a talk, about its recording."""
PROMPTS: Final = tuple(name for name in _BUILT_IN if name not in CUES)
"""What is played to who talks with nobody: "menu", "wrong", "ringing" and "goodbye"."""


def prompt_samples(name: str) -> list[int]:
    """Return a built-in prompt or cue as 16-bit samples at 8 kHz."""
    return [sample for note in _BUILT_IN[name] for sample in _sounding(*note)]


def write_prompt(name: str, path: Path) -> None:
    """Write a built-in prompt or cue as a WAV file (8 kHz, mono, mu-law); always the same bytes."""
    write_wav(path, prompt_samples(name))


def _sounding(frequencies_hz: tuple[int, ...], length_s: float) -> Iterable[int]:
    count = round(length_s * SAMPLE_RATE_HZ)
    swell = _SWELL_S * SAMPLE_RATE_HZ
    share = _PEAK / max(1, len(frequencies_hz))
    for n in range(count):
        loudness = share * min(1.0, n / swell, (count - n) / swell)
        turn = 2 * math.pi * n / SAMPLE_RATE_HZ
        yield round(loudness * sum(math.sin(turn * hz) for hz in frequencies_hz))
