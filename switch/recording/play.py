"""``python -m switch.recording.play FILE``: a recording as raw samples, for whoever has no decoder.

16 bits each, little-endian, left and right in turn, 8000 times a second.
"""

from __future__ import annotations

import sys

import av

_RATE_HZ = 8000


def main(path: str) -> None:
    """Write the samples of a sound file to the standard output."""
    with av.open(path) as file:
        stream = file.streams.audio[0]
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=_RATE_HZ)
        for frame in file.decode(stream):
            for one in resampler.resample(frame):
                sys.stdout.buffer.write(one.to_ndarray().astype("<i2").tobytes())


if __name__ == "__main__":
    main(sys.argv[1])
