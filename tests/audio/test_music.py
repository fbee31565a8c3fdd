import itertools
from pathlib import Path

import pytest

from switch.audio import g711, music
from switch.audio.tones import FRAME_SAMPLES, MUSIC, classify


@pytest.fixture(scope="module")
def stream() -> bytes:
    return g711.encode(music.music_samples())


@pytest.mark.parametrize("offset", [0, 37, 80])
def test_every_instant_of_the_music_is_heard_as_music(stream: bytes, offset: int) -> None:
    frames = [
        stream[start : start + FRAME_SAMPLES]
        for start in range(offset, len(stream) - FRAME_SAMPLES, FRAME_SAMPLES)
    ]

    assert {classify(frame) for frame in frames} == {MUSIC}


def test_the_end_goes_over_into_the_beginning_without_a_click(stream: bytes) -> None:
    samples = music.music_samples()
    steps = [abs(b - a) for a, b in itertools.pairwise(samples)]

    assert abs(samples[0] - samples[-1]) <= max(steps)
    assert classify(stream[-80:] + stream[:80]) == MUSIC


def test_the_file_is_a_wav_that_rtpengine_reads_and_always_the_same(tmp_path: Path) -> None:
    music.write_music(tmp_path / "a.wav")
    music.write_music(tmp_path / "b.wav")

    written = (tmp_path / "a.wav").read_bytes()
    sound = g711.encode(music.music_samples())
    assert len(sound) / g711.SAMPLE_RATE_HZ == pytest.approx(9.6)
    assert written.endswith(sound)
    assert written == (tmp_path / "b.wav").read_bytes()
