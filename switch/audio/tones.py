"""Tones to tell people apart by: each party of a test call plays one, and one can hear which.

All tones are whole multiples of 50 Hz. A frame of 20 ms then holds whole periods of each, so
that the tones do not leak into one another when they are told apart, and every frame of a tone
is the same bytes. They lie above the notes of our music on hold (:mod:`switch.audio.music`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache, lru_cache
from operator import mul

from switch.audio import g711

FRAME_S = 0.02
FRAME_SAMPLES = 160

PALETTE_HZ = (900, 1100, 1300, 1500, 1700, 1900, 2100, 2300)
"""The tones to give to parties; :func:`classify` knows these and no others."""

MUSIC = "music"
"""What :func:`classify` calls a frame of our music on hold."""
QUIET = "quiet"
"""What :func:`classify` calls a frame in which nobody would hear anything."""
NOISE = "noise"
"""What :func:`classify` calls anything else: several parties at once, or a wrong codec."""

_STEP_HZ = 50
_AMPLITUDE = 8000
_QUIET_POWER = 150.0**2
_DOMINANT = 0.6  # of the power of a frame
_MUSIC_BAND_HZ = (150, 750)


def tone_name(hz: int) -> str:
    """Return the name :func:`classify` gives to a tone: "900 Hz"."""
    return f"{hz} Hz"


@cache
def tone_frame(hz: int) -> bytes:
    """Return 20 ms of a tone as PCMU.

    Raises:
        ValueError: the frequency is no multiple of 50 Hz below 4 kHz.
    """
    if hz % _STEP_HZ or not 0 < hz < g711.SAMPLE_RATE_HZ / 2:
        raise ValueError(f"{hz} Hz is no multiple of {_STEP_HZ} Hz below 4 kHz")
    turn = 2 * math.pi * hz / g711.SAMPLE_RATE_HZ
    return g711.encode(round(_AMPLITUDE * math.sin(turn * n)) for n in range(FRAME_SAMPLES))


@cache
def _waves(hz: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return a cosine and a sine of a frequency, as long as a frame."""
    turn = 2 * math.pi * hz / g711.SAMPLE_RATE_HZ
    angles = [turn * n for n in range(FRAME_SAMPLES)]
    return tuple(map(math.cos, angles)), tuple(map(math.sin, angles))


def power_at(samples: Sequence[int], hz: int) -> float:
    """Return the power of one frequency in a frame: half the square of its amplitude.

    The same figure as Goertzel's, by two sums of products, which Python does faster
    than his recursion.
    """
    cosine, sine = _waves(hz)
    real: float = sum(map(mul, samples, cosine))
    imaginary: float = sum(map(mul, samples, sine))
    return 2 * (real * real + imaginary * imaginary) / (len(samples) * len(samples))


def dominant(samples: Sequence[int], frequencies_hz: Sequence[int]) -> int | None:
    """Return which of the frequencies makes up most of a frame, or None if none does."""
    total = sum(map(mul, samples, samples)) / len(samples)
    loudest, power = max(
        ((hz, power_at(samples, hz)) for hz in frequencies_hz), key=lambda pair: pair[1]
    )
    return loudest if power > _DOMINANT * total else None


# Frames of a tone are all alike and the music comes round again: most frames were seen before.
@lru_cache(maxsize=8192)
def classify(payload: bytes) -> str:
    """Return what is heard in 20 ms of PCMU: a tone's name, MUSIC, QUIET or NOISE."""
    samples = g711.decode(payload)
    if len(samples) != FRAME_SAMPLES:
        return NOISE
    total = sum(map(mul, samples, samples)) / len(samples)
    if total < _QUIET_POWER:
        return QUIET
    hz = dominant(samples, PALETTE_HZ)
    if hz is not None:
        return tone_name(hz)
    low, high = _MUSIC_BAND_HZ
    in_band = sum(power_at(samples, note) for note in range(low, high + 1, _STEP_HZ))
    return MUSIC if in_band > _DOMINANT * total else NOISE
