"""Keys as phones send them beside their audio: telephone events (RFC 4733)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from switch.audio.tones import FRAME_SAMPLES

DIGITS: Final = "0123456789*#ABCD"
"""Every key; its place is the number of its event (RFC 4733 §3.2)."""

_EVENT: Final = struct.Struct("!BBH")
_END: Final = 0x80
_VOLUME: Final = 10
_ENDS: Final = 3


def event_payloads(digit: str, *, packets: int) -> Iterator[bytes]:
    """Yield what the RTP packets of one key hold, one each 20 ms, all with the same timestamp.

    The last is sent three times, for any of them may be lost (RFC 4733 §2.5.1.4).
    """
    event = DIGITS.index(digit)
    for number in range(1, packets + 1):
        yield _EVENT.pack(event, _VOLUME, number * FRAME_SAMPLES)
    for _ in range(_ENDS):
        yield _EVENT.pack(event, _END | _VOLUME, packets * FRAME_SAMPLES)
