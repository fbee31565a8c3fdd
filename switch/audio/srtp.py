"""SRTP with AES_CM_128_HMAC_SHA1_80 (RFC 3711; in SDP: RFC 4568): one way of one stream."""

from __future__ import annotations

import hmac

from switch.audio.aes import Aes128

MASTER_BYTES = 30
"""Length of a master key (16) and its salt (14), as ``a=crypto`` carries them."""

_KEY_BYTES = 16
_AUTH_BYTES = 20
_SALT_BYTES = 14
_TAG_BYTES = 10
_RTP_HEADER_BYTES = 12
_SEQUENCE_MODULUS = 1 << 16


def _keystream(cipher: Aes128, start: int, length: int) -> bytes:
    """Return the bytes of counter mode from a starting block on."""
    blocks = range(start, start + -(-length // 16))
    return b"".join(cipher.encrypt(block.to_bytes(16)) for block in blocks)[:length]


class Srtp:
    """Protects the packets of one stream, or opens those that another has protected.

    Packets are to come roughly in order: the count of sequence numbers' turns is guessed from
    the last one seen.
    """

    def __init__(self, master: bytes) -> None:
        """Derive the keys of the stream from 30 bytes of master key and salt."""
        cipher = Aes128(master[:_KEY_BYTES])
        salt = int.from_bytes(master[_KEY_BYTES:MASTER_BYTES])

        def derive(label: int, length: int) -> bytes:
            return _keystream(cipher, (salt ^ label << 48) << 16, length)

        self._cipher = Aes128(derive(0, _KEY_BYTES))
        self._auth = derive(1, _AUTH_BYTES)
        self._salt = int.from_bytes(derive(2, _SALT_BYTES)) << 16
        self._turns = 0
        self._last: int | None = None

    def protect(self, packet: bytes) -> bytes:
        """Return an RTP packet encrypted and signed."""
        turns = self._follow(packet)
        sealed = self._cross(packet, turns)
        return sealed + self._tag(sealed, turns)

    def open(self, packet: bytes) -> bytes | None:
        """Return the RTP packet in an SRTP packet, or None if it is not one of this stream."""
        if len(packet) < _RTP_HEADER_BYTES + _TAG_BYTES:
            return None
        sealed, tag = packet[:-_TAG_BYTES], packet[-_TAG_BYTES:]
        turns = self._follow(packet)
        if not hmac.compare_digest(tag, self._tag(sealed, turns)):
            return None
        return self._cross(sealed, turns)

    def _follow(self, packet: bytes) -> int:
        """Return how often the sequence numbers have come round."""
        sequence = int.from_bytes(packet[2:4])
        if self._last is not None and self._last - sequence > _SEQUENCE_MODULUS // 2:
            self._turns += 1
        self._last = sequence
        return self._turns

    def _cross(self, packet: bytes, turns: int) -> bytes:
        """Encrypt or decrypt: the payload combined with the keystream of this packet."""
        header, payload = packet[:_RTP_HEADER_BYTES], packet[_RTP_HEADER_BYTES:]
        index = turns << 16 | int.from_bytes(packet[2:4])
        source = int.from_bytes(packet[8:12])
        start = self._salt ^ source << 64 ^ index << 16
        stream = _keystream(self._cipher, start, len(payload))
        crossed = int.from_bytes(payload) ^ int.from_bytes(stream)
        return header + crossed.to_bytes(len(payload))

    def _tag(self, sealed: bytes, turns: int) -> bytes:
        return hmac.digest(self._auth, sealed + turns.to_bytes(4), "sha1")[:_TAG_BYTES]
