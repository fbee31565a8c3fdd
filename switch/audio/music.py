"""The built-in music on hold: eight bars of four chords and an arpeggio, written by us.

Every note lies below 750 Hz and no instant is silent, so that a test can tell 20 ms of it
from silence and from the tones of :mod:`switch.audio.tones`.
"""

from __future__ import annotations

import math
from pathlib import Path

from switch.audio.g711 import SAMPLE_RATE_HZ
from switch.audio.wav import write_wav

_NOTE_S = 0.3
_NOTES_IN_BAR = 4
_PEAK = 9000

# Semitones above A3 (220 Hz): the chord that lies under a bar, and the notes played over it.
_BARS: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((3, 7, 10), (15, 10, 7, 10)),
    ((0, 3, 7), (12, 7, 15, 12)),
    ((-4, 0, 3), (8, 12, 15, 12)),
    ((-2, 2, 5), (14, 10, 17, 14)),
    ((3, 7, 10), (19, 15, 10, 15)),
    ((0, 3, 7), (15, 12, 7, 12)),
    ((-4, 0, 3), (17, 15, 12, 8)),
    ((-2, 2, 5), (14, 17, 10, 5)),
)


def _frequency_hz(semitone: int, length_s: float) -> float:
    """Return the pitch of a note, moved a hair so that whole periods fill the loop."""
    pitch = 220 * 2 ** (semitone / 12)
    return round(pitch * length_s) / length_s


def _add(
    loop: list[float], *, first: int, count: int, hz: float, loudness: float, decay_s: float
) -> None:
    """Mix one note in; what rings on past the end goes on at the beginning."""
    turn = 2 * math.pi * hz / SAMPLE_RATE_HZ
    attack = int(0.02 * SAMPLE_RATE_HZ)
    fade = decay_s * SAMPLE_RATE_HZ
    for n in range(count):
        swell = min(1.0, n / attack) * min(1.0, (count - n) / attack)
        at = (first + n) % len(loop)
        loop[at] += loudness * swell * math.exp(-n / fade) * math.sin(turn * (first + n))


def music_samples() -> list[int]:
    """Return the music as 16-bit samples at 8 kHz, 9.6 s, to be played round and round."""
    note = int(_NOTE_S * SAMPLE_RATE_HZ)
    bar = note * _NOTES_IN_BAR
    loop = [0.0] * (bar * len(_BARS))
    length_s = len(loop) / SAMPLE_RATE_HZ
    for number, (chord, melody) in enumerate(_BARS):
        for semitone in chord:
            # Each chord lasts into the next bar: where one fades in the other still sounds.
            hz = _frequency_hz(semitone, length_s)
            _add(loop, first=number * bar, count=bar + note, hz=hz, loudness=0.3, decay_s=1.5)
        for place, semitone in enumerate(melody):
            hz = _frequency_hz(semitone, length_s)
            first = number * bar + place * note
            _add(loop, first=first, count=2 * note, hz=hz, loudness=0.5, decay_s=0.25)
    scale = _PEAK / max(map(abs, loop))
    return [round(sample * scale) for sample in loop]


def write_music(path: Path) -> None:
    """Write the music on hold as a WAV file (8 kHz, mono, mu-law); always the same bytes."""
    write_wav(path, music_samples())
