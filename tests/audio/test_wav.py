import struct
from pathlib import Path

import pytest

from switch.audio import g711
from switch.audio.wav import write_wav


@pytest.mark.parametrize("samples", [[0, 1, -2, 32767, -32768], [0, 8000]])
def test_samples_are_written_as_rtpengine_reads_them(tmp_path: Path, samples: list[int]) -> None:
    path = tmp_path / "a.wav"

    write_wav(path, samples)

    written = path.read_bytes()
    assert written[:4] + written[8:16] == b"RIFFWAVEfmt "
    assert struct.unpack_from("<IHHIIHHH", written, 16) == (18, 7, 1, 8000, 8000, 1, 8, 0)
    assert struct.unpack_from("<4sII4sI", written, 38) == (
        *(b"fact", 4, len(samples)),
        *(b"data", len(samples)),
    )
    assert written[58 : 58 + len(samples)] == g711.encode(samples)
    # Chunks are of an even length.
    assert struct.unpack_from("<I", written, 4) == (len(written) - 8,)
    assert len(written) % 2 == 0
