"""One RTP stream on the time line: where each packet belongs, whatever the network did to it.

A packet's place is its RTP timestamp, counted from an anchor. The anchor is where the packets
that had the least delay say that timestamp zero was: of all that came within :data:`AHEAD_S`
after the packet in question. So a burst after a stall is laid out as it was spoken, a phone
that counted on while it was silent (DTX) leaves a gap, and one that did not (some stop their
clock on hold) is anchored anew. A clock that runs fast or slow is followed in steps of
:data:`STEP_S`.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from operator import attrgetter
from typing import Final, NamedTuple

from switch.audio.rtp import RtpPacket

AHEAD_S: Final = 1.0
"""How far one must look ahead to know where a packet belongs."""
STEP_S: Final = 0.03
"""How far the anchor may be off before it is moved."""

_ENOUGH_S: Final = 0.2
"""How long packets must have been late, all of them, to be taken for later than they were."""
_ANOTHER_S: Final = 5.0
"""A timestamp that leaps further than this belongs to another count."""
_MISORDERED: Final = 100
"""A sequence number further back than this belongs to another count (RFC 3550 §A.1)."""


class Placed(NamedTuple):
    """Is a packet whose place on the time line is known."""

    at_s: float
    """When it arrived."""
    anchor_s: float
    """Where the stream's tick zero lies."""
    ticks: int
    """How far from there the packet begins, in ticks of its clock."""
    payload_type: int
    payload: bytes


class _Waiting(NamedTuple):
    number: int
    at_s: float
    ticks: int
    offset_s: float
    """Where tick zero would lie if this packet had no delay."""
    packet: RtpPacket


_NUMBER = attrgetter("number")


class Stream:
    """The packets of one source that counts without a leap."""

    def __init__(self, at_s: float, packet: RtpPacket, clock_hz: int) -> None:
        """Begin with the packet that came first, at an instant of the time line."""
        self.clock_hz = clock_hz
        self._first = packet.timestamp
        self._number = packet.sequence
        """The highest sequence number, counted on beyond 16 bits."""
        self._ticks = 0
        self._offset_s = at_s
        self._gone = packet.sequence - 1
        """The number of the packet that was handed out last."""
        self._anchor_s: float | None = None
        self._queue: list[_Waiting] = []

    def take(self, at_s: float, packet: RtpPacket) -> bool:
        """Keep a packet; returns whether it belongs to this count.

        One that is there already, or comes when its turn is over, is dropped.
        """
        step = _signed(packet.sequence - self._number, 16)
        if step < -_MISORDERED:
            return False
        ticks = self._ticks + _signed(packet.timestamp - self._first - self._ticks, 32)
        offset_s = at_s - ticks / self.clock_hz
        if abs(offset_s - self._offset_s) > _ANOTHER_S:
            return False
        number = self._number + step
        if step > 0:
            self._number, self._ticks, self._offset_s = number, ticks, offset_s
        is_new = step > 0 or all(one.number != number for one in self._queue)
        if is_new and number > self._gone:
            insort(self._queue, _Waiting(number, at_s, ticks, offset_s, packet), key=_NUMBER)
        return True

    def due(self, until_s: float) -> Iterator[Placed]:
        """Yield, in their order, the packets that arrived until an instant."""
        while self._queue and self._queue[0].at_s <= until_s:
            anchor_s = self._anchored()
            first = self._queue.pop(0)
            self._gone = first.number
            packet = first.packet
            yield Placed(first.at_s, anchor_s, first.ticks, packet.payload_type, packet.payload)

    def _anchored(self) -> float:
        """Return where tick zero lies for the packet whose turn it is."""
        best_s = min(one.offset_s for one in self._queue)
        if self._anchor_s is None or best_s < self._anchor_s - STEP_S:
            # Nothing arrives before it was said.
            self._anchor_s = best_s
        elif best_s > self._anchor_s + STEP_S:
            waits_s = self._queue[-1].at_s - self._queue[0].at_s
            if waits_s >= _ENOUGH_S or best_s > self._anchor_s + _ENOUGH_S:
                self._anchor_s = best_s
        return self._anchor_s


def _signed(difference: int, bits: int) -> int:
    """Return the shortest way between two numbers that wrap."""
    half = 1 << (bits - 1)
    return ((difference + half) & ((1 << bits) - 1)) - half
