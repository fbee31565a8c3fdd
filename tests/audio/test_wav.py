import wave
from pathlib import Path

from switch.audio.wav import write_wav


def test_samples_are_written_as_rtpengine_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"

    write_wav(path, [0, 1, -2, 32767, -32768])

    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 3, 8000)
        assert file.readframes(9) == bytes.fromhex("000000 000100 00feff 00ff7f 000080")
