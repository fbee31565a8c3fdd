"""What a codec's packets sound like: G.711 by a table, the others by FFmpeg (PyAV)."""

from __future__ import annotations

from typing import Final, Protocol, cast

import av
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

_BIAS: Final = 0x84
_FFMPEG: Final = {"G722": ("g722", 16000), "OPUS": ("libopus", 48000)}
"""The decoder of each, and the rate that its samples come with."""

RATES_HZ: Final = {"PCMU": 8000, "PCMA": 8000} | {
    codec: rate_hz for codec, (_name, rate_hz) in _FFMPEG.items()
}
"""The codecs that can be decoded, and the rate of what comes out."""


class Decoder(Protocol):
    """Decodes the packets of one stream, in their order."""

    def decode(self, payload: bytes) -> Samples:
        """Return the samples of a packet; none if it is damaged."""


def decoder_of(codec: str) -> Decoder:
    """Return a decoder for a new stream of a codec of :data:`RATES_HZ`."""
    if codec in _TABLES:
        return _TableDecoder(_TABLES[codec])
    return _FfmpegDecoder(*_FFMPEG[codec])


class _TableDecoder:
    def __init__(self, table: Samples) -> None:
        self._table = table

    def decode(self, payload: bytes) -> Samples:
        return self._table[np.frombuffer(payload, np.uint8)]


class _FfmpegDecoder:
    def __init__(self, name: str, rate_hz: int) -> None:
        context = cast("av.AudioCodecContext", av.CodecContext.create(name, "r"))
        context.sample_rate = rate_hz
        # Opus decides in each packet; one side of the recording is mono.
        context.layout = "mono"
        context.thread_count = 1
        self._context = context

    def decode(self, payload: bytes) -> Samples:
        if not payload:
            return np.zeros(0, np.int16)
        try:
            frames = self._context.decode(av.Packet(payload))
        except av.FFmpegError:
            return np.zeros(0, np.int16)
        parts = [frame.to_ndarray()[0] for frame in frames]
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)


def _mu_law() -> Samples:
    code = ~np.arange(256) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + _BIAS) << ((code >> 4) & 7)) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _a_law() -> Samples:
    code = np.arange(256) ^ 0x55
    exponent, mantissa = (code >> 4) & 7, (code & 0x0F) << 4
    magnitude = np.where(
        exponent == 0, mantissa + 8, (mantissa + 0x108) << np.maximum(exponent - 1, 0)
    )
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


_TABLES: Final = {"PCMU": _mu_law(), "PCMA": _a_law()}
