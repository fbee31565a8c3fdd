import random

import pytest

from switch.audio import g711
from switch.audio.tones import (
    FRAME_SAMPLES,
    NOISE,
    PALETTE_HZ,
    QUIET,
    classify,
    dominant,
    tone_frame,
    tone_name,
)


@pytest.mark.parametrize("hz", PALETTE_HZ)
def test_a_tone_is_heard_as_what_it_is(hz: int) -> None:
    assert classify(tone_frame(hz)) == tone_name(hz)


def test_every_frame_of_a_tone_is_the_same_bytes() -> None:
    samples = g711.decode(tone_frame(900) * 2)

    assert samples[: FRAME_SAMPLES // 8] == samples[FRAME_SAMPLES : FRAME_SAMPLES * 9 // 8]


def test_a_tone_that_starts_in_the_middle_of_a_frame_is_heard_all_the_same() -> None:
    stream = tone_frame(1300) * 2

    assert classify(stream[57 : 57 + FRAME_SAMPLES]) == "1300 Hz"


def test_silence_is_quiet() -> None:
    assert classify(b"\xff" * FRAME_SAMPLES) == QUIET


def test_two_tones_at_once_are_noise() -> None:
    both = [
        first + second
        for first, second in zip(
            g711.decode(tone_frame(900)), g711.decode(tone_frame(1700)), strict=True
        )
    ]

    assert classify(g711.encode(both)) == NOISE


def test_noise_and_a_frame_of_another_length_are_noise() -> None:
    rng = random.Random(7)

    assert classify(bytes(rng.randrange(256) for _ in range(FRAME_SAMPLES))) == NOISE
    assert classify(tone_frame(900)[:80]) == NOISE


def test_none_of_the_frequencies_dominates_another_tone() -> None:
    assert dominant(g711.decode(tone_frame(900)), PALETTE_HZ[1:]) is None


@pytest.mark.parametrize("hz", [910, 0, 4000])
def test_a_tone_that_would_leak_into_others_is_refused(hz: int) -> None:
    with pytest.raises(ValueError, match=f"{hz} Hz is no multiple"):
        tone_frame(hz)
