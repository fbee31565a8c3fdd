"""Sound files, written as the sound comes: FLAC, or Opus in Ogg."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self, cast

import av
import numpy as np
from av.audio import AudioStream

from switch.recording.codec import Samples

Form = Literal["flac", "opus"]

_FORMS: Final = {"flac": ("flac", "flac"), "opus": ("ogg", "libopus")}
"""Container and encoder of each."""
_OPUS_BITS_PER_S: Final = 32_000


class SoundFile:
    """A file of two sides that grows; a context manager, which finishes it."""

    def __init__(self, path: Path, form: Form, *, rate_hz: int, tags: Mapping[str, str]) -> None:
        """Begin a file that says what its tags say."""
        container, encoder = _FORMS[form]
        self._file = av.open(str(path), "w", format=container)
        self._file.metadata.update(tags)
        self._stream = cast(
            "AudioStream", self._file.add_stream(encoder, rate=rate_hz, layout="stereo")
        )
        self._stream.codec_context.thread_count = 1
        if form == "opus":
            self._stream.codec_context.bit_rate = _OPUS_BITS_PER_S
        self._rate_hz = rate_hz
        self._written = 0

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the file."""
        try:
            if kind is None:
                self._file.mux(self._stream.encode(None))
        finally:
            self._file.close()

    def write(self, samples: Samples) -> None:
        """Write rows of left and right."""
        if not len(samples):
            return
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples).reshape(1, -1), "s16", "stereo"
        )
        frame.sample_rate = self._rate_hz
        frame.pts = self._written
        self._written += len(samples)
        self._file.mux(self._stream.encode(frame))
