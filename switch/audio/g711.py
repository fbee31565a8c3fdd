"""G.711 mu-law: 16-bit samples to bytes and back (ITU-T G.711; RTP payload type 0, PCMU)."""

from __future__ import annotations

from collections.abc import Iterable

SAMPLE_RATE_HZ = 8000

_BIAS = 0x84
_LOUDEST = 32635  # the loudest sample that, with the bias added, still fits 15 bits


def _decode_byte(code: int) -> int:
    """Return the sample that a mu-law byte stands for."""
    code = ~code & 0xFF
    exponent = (code >> 4) & 0x07
    magnitude = ((((code & 0x0F) << 3) + _BIAS) << exponent) - _BIAS
    return -magnitude if code & 0x80 else magnitude


def _encode_sample(sample: int) -> int:
    """Return the mu-law byte nearest to a sample."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), _LOUDEST) + _BIAS
    exponent = magnitude.bit_length() - 8  # the bias makes this 0 at least, the limit 7 at most
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return ~(sign | exponent << 4 | mantissa) & 0xFF


_SAMPLES = tuple(_decode_byte(code) for code in range(256))


def encode(samples: Iterable[int]) -> bytes:
    """Return the mu-law bytes of 16-bit samples; what is louder than 32635 is clipped."""
    return bytes(_encode_sample(sample) for sample in samples)


def decode(payload: bytes) -> list[int]:
    """Return the 16-bit samples of mu-law bytes."""
    return [_SAMPLES[code] for code in payload]
