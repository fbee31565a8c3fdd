import wave
from pathlib import Path

from switch.audio.wav import write_wav


def test_samples_are_written_as_rtpengine_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"

    write_wav(path, [0, 1, -2, 32767, -32768])

    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        assert file.readframes(9) == b"\x00\x00\x01\x00\xfe\xff\xff\x7f\x00\x80"
