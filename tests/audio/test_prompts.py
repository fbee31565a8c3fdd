from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from switch.audio import g711
from switch.audio.prompts import PROMPTS, prompt_samples, write_prompt
from switch.audio.tones import FRAME_SAMPLES, QUIET, classify, dominant

ALL = pytest.mark.parametrize("name", PROMPTS)
NOTES_HZ = (800, 850, 950, 1250, 1450, 1850)


def heard(name: str) -> list[int | None]:
    """Return what is heard, frame by frame and each once, None for a pause."""
    samples = prompt_samples(name)
    frames = [samples[at : at + FRAME_SAMPLES] for at in range(0, len(samples), FRAME_SAMPLES)]
    notes = [
        None if not any(frame) else dominant(frame, NOTES_HZ)
        for frame in frames
        if len(frame) == FRAME_SAMPLES
    ]
    return [note for note, _ in itertools.groupby(notes)]


def test_the_menu_is_one_tone_and_then_two() -> None:
    assert heard("menu") == [None, 1250, None, 1250, None, 1250, None]


def test_a_goodbye_falls_and_lasts_two_seconds() -> None:
    tones = [note for note in heard("goodbye") if note is not None]

    assert tones == sorted(tones, reverse=True)
    assert len(tones) == 3
    assert 1.5 <= len(prompt_samples("goodbye")) / g711.SAMPLE_RATE_HZ <= 2.5


def test_a_mistake_sounds_low_and_rough_and_is_over_soon() -> None:
    samples = prompt_samples("wrong")

    assert len(samples) / g711.SAMPLE_RATE_HZ < 1
    # Two tones at once are no tone of anybody's.
    assert dominant(samples[:FRAME_SAMPLES], [800]) is None


@ALL
def test_a_prompt_is_taken_for_nobodys_voice(name: str) -> None:
    stream = g711.encode(prompt_samples(name))
    sounds = {
        classify(stream[at : at + FRAME_SAMPLES])
        for at in range(0, len(stream) - FRAME_SAMPLES, FRAME_SAMPLES)
    }

    assert not {sound for sound in sounds if sound.endswith("Hz")}
    assert QUIET in sounds


@ALL
def test_a_prompt_begins_and_ends_without_a_click_and_is_not_too_loud(name: str) -> None:
    samples = prompt_samples(name)

    assert samples[0] == 0
    assert abs(samples[-1]) < 400
    assert 3000 < max(map(abs, samples)) < 9000


@ALL
def test_a_prompt_is_written_to_a_file(name: str, tmp_path: Path) -> None:
    write_prompt(name, tmp_path / "a.wav")

    sound = g711.encode(prompt_samples(name))
    assert (tmp_path / "a.wav").read_bytes().removesuffix(bytes(1)).endswith(sound)
