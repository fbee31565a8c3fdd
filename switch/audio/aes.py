"""AES-128, encryption of single blocks, as SRTP's counter mode needs it (FIPS 197).

The standard library has none, and half a second of test audio is not worth a dependency.
Not for secrets: its timing depends on the key.
"""

from __future__ import annotations

import struct

_ROUNDS = 10
_BLOCK = struct.Struct(">4I")


def _double(byte: int) -> int:
    """Multiply by x in GF(2^8)."""
    return (byte << 1) ^ (0x11B if byte & 0x80 else 0)


def _s_box() -> list[int]:
    """Build the substitution table: the inverse in GF(2^8), then an affine map."""
    box = [0x63] + [0] * 255
    power, inverse = 1, 1
    while True:
        power ^= _double(power)  # times 3, which generates every non-zero element
        for shift in (1, 2, 4):  # divided by 3
            inverse ^= inverse << shift
        inverse &= 0xFF
        if inverse & 0x80:
            inverse ^= 0x09
        rotated = inverse
        for count in (1, 2, 3, 4):
            rotated ^= (inverse << count | inverse >> (8 - count)) & 0xFF
        box[power] = rotated ^ 0x63
        if power == 1:
            return box


def _rotate(word: int) -> int:
    """Turn a word right by one byte."""
    return word >> 8 | (word & 0xFF) << 24


_S = _s_box()
# What SubBytes and MixColumns make of a byte, for each of the four places in a column.
_T0 = [_double(s) << 24 | s << 16 | s << 8 | (_double(s) ^ s) for s in _S]
_T1 = [_rotate(word) for word in _T0]
_T2 = [_rotate(word) for word in _T1]
_T3 = [_rotate(word) for word in _T2]


def _substitute(word: int) -> int:
    return (
        _S[word >> 24] << 24
        | _S[word >> 16 & 0xFF] << 16
        | _S[word >> 8 & 0xFF] << 8
        | _S[word & 0xFF]
    )


class Aes128:
    """Is a key, ready to encrypt blocks of 16 bytes."""

    def __init__(self, key: bytes) -> None:
        """Expand a key of 16 bytes."""
        words = list(_BLOCK.unpack(key))
        constant = 1
        for number in range(4, 4 * (_ROUNDS + 1)):
            word = words[-1]
            if number % 4 == 0:
                word = _substitute((word << 8 | word >> 24) & 0xFFFFFFFF) ^ constant << 24
                constant = _double(constant)
            words.append(words[-4] ^ word)
        self._keys = words

    def encrypt(self, block: bytes) -> bytes:
        """Return a block of 16 bytes, encrypted."""
        keys = self._keys
        a, b, c, d = (word ^ key for word, key in zip(_BLOCK.unpack(block), keys, strict=False))
        for k in range(4, 4 * _ROUNDS, 4):
            a, b, c, d = (
                _T0[a >> 24] ^ _T1[b >> 16 & 255] ^ _T2[c >> 8 & 255] ^ _T3[d & 255] ^ keys[k],
                _T0[b >> 24] ^ _T1[c >> 16 & 255] ^ _T2[d >> 8 & 255] ^ _T3[a & 255] ^ keys[k + 1],
                _T0[c >> 24] ^ _T1[d >> 16 & 255] ^ _T2[a >> 8 & 255] ^ _T3[b & 255] ^ keys[k + 2],
                _T0[d >> 24] ^ _T1[a >> 16 & 255] ^ _T2[b >> 8 & 255] ^ _T3[c & 255] ^ keys[k + 3],
            )
        last = keys[4 * _ROUNDS :]
        rows = ((a, b, c, d), (b, c, d, a), (c, d, a, b), (d, a, b, c))
        return _BLOCK.pack(
            *(
                key
                ^ (
                    _S[w >> 24] << 24
                    | _S[x >> 16 & 255] << 16
                    | _S[y >> 8 & 255] << 8
                    | _S[z & 255]
                )
                for key, (w, x, y, z) in zip(last, rows, strict=True)
            )
        )
