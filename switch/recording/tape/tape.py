"""All packets of a recording that are to be heard, each with its place on the time line.

Whoever may send to a port: heard on a leg is one source at a time. That is the one that the
leg's party named in its description; if nobody sends from there (NAT), whoever was first,
until he has been silent for :data:`SILENT_S`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from operator import itemgetter
from typing import Final, NamedTuple

from switch.audio import rtp
from switch.recording.tape.line import Side
from switch.recording.tape.pcap import Captured
from switch.recording.tape.plan import Plan, PlannedLeg
from switch.recording.tape.stream import AHEAD_S, Placed, Stream

SILENT_S: Final = 0.2
"""How long a source sends nothing before another is heard in its place."""

_IDLE_S: Final = 10.0
_RTP_BYTES: Final = 12
_RTP_VERSION: Final = 2
_NO_VOICE: Final = frozenset({"TELEPHONE-EVENT", "CN", "RED"})


class Heard(NamedTuple):
    """Is a packet that is to be heard."""

    side: Side
    stream: int
    """Which stream it is of: what decodes it must keep its state from one to the next."""
    codec: str
    """In capitals."""
    clock_hz: int
    placed: Placed


class _Source:
    """Is one count of one source: a stream, and what it sends."""

    def __init__(self, stream: Stream, number: int, codec: str, sender: bytes) -> None:
        self.stream = stream
        self.number = number
        self.codec = codec
        self.sender = sender
        self.newest_s = float("-inf")


class _LegTape:
    """The sources of one leg."""

    def __init__(self, leg: PlannedLeg, from_s: float) -> None:
        self.leg = leg
        self._from_s = from_s
        self._sources: dict[tuple[bytes, int, str], _Source] = {}
        self._holder: bytes | None = None
        self._holder_is_named = False
        self._held_until_s = float("-inf")

    def take(self, at_s: float, captured: Captured, number: int) -> bool:
        """Keep a packet; returns whether a stream began with it, which has the number then."""
        packet = rtp.decode(captured.payload)
        agreed = self.leg.format_of(packet.payload_type) if packet else None
        if packet is None or agreed is None or agreed[0].upper() in _NO_VOICE:
            return False
        codec, clock_hz = agreed[0].upper(), agreed[1]
        key = (captured.source, packet.source, codec)
        source = self._sources.get(key)
        is_new = source is None
        if source is None or not source.stream.take(at_s, packet):
            if source is not None:
                # What the former count still holds is heard before the new one.
                self._sources[(captured.source, -source.number - 1, codec)] = source
            is_new = True
            source = _Source(Stream(at_s, packet, clock_hz), number, codec, captured.source)
            source.stream.take(at_s, packet)
            self._sources[key] = source
        source.newest_s = at_s
        return is_new

    def due(self, until_s: float) -> Iterator[Heard]:
        """Yield what arrived until an instant and is heard, as it arrived."""
        found = [
            (placed.at_s, source, placed)
            for source in self._sources.values()
            for placed in source.stream.due(until_s)
        ]
        if len(self._sources) > 1:
            found.sort(key=itemgetter(0))
            self._forget(until_s)
        for at_s, source, placed in found:
            if self._holds(at_s, source.sender) and self._is_heard(at_s):
                yield Heard(
                    self.leg.side, source.number, source.codec, source.stream.clock_hz, placed
                )

    def _is_heard(self, at_s: float) -> bool:
        return any(span.holds(at_s + self._from_s) for span in self.leg.heard)

    def _holds(self, at_s: float, sender: bytes) -> bool:
        is_named = int.from_bytes(sender[-2:]) in self.leg.remote_ports
        if sender != self._holder:
            keeps = self._holder_is_named or not is_named
            if at_s < self._held_until_s and keeps:
                return False
            self._holder, self._holder_is_named = sender, is_named
        self._held_until_s = at_s + SILENT_S
        return True

    def _forget(self, until_s: float) -> None:
        for key in [key for key, one in self._sources.items() if one.newest_s < until_s - _IDLE_S]:
            del self._sources[key]


class Survey:
    """Counts what a recording holds, without a look at where it belongs."""

    def __init__(self, plan: Plan) -> None:
        """Prepare to count what a plan names."""
        self._plan = plan
        self._legs = {port: leg for leg in plan.legs for port in leg.ports}
        self.codecs: Counter[tuple[Side, str]] = Counter()
        """How many packets of each codec each side has sent while it was recorded."""
        self.newest_s = float("-inf")
        """When the last of them arrived, in seconds since 1970."""

    def take(self, captured: Captured) -> None:
        """Count a datagram."""
        leg, payload = self._legs.get(captured.port), captured.payload
        if leg is None or len(payload) <= _RTP_BYTES or payload[0] >> 6 != _RTP_VERSION:
            return
        agreed = leg.format_of(payload[1] & 0x7F)
        if agreed is None or agreed[0].upper() in _NO_VOICE:
            return
        if self._plan.is_recorded(captured.at_s):
            self.codecs[leg.side, agreed[0].upper()] += 1
            self.newest_s = max(self.newest_s, captured.at_s)


class Tape:
    """Takes a recording's datagrams as they arrived, and hands out what is to be heard.

    All times that it says begin with the recording: they are seconds from there.
    """

    def __init__(self, plan: Plan, *, from_s: float) -> None:
        """Prepare the time line of a plan that begins at an instant."""
        self._plan = plan
        self._from_s = from_s
        self._legs = {
            port: leg_tape
            for leg in plan.legs
            for leg_tape in [_LegTape(leg, from_s)]
            for port in leg.ports
        }
        self._tapes = tuple({id(one): one for one in self._legs.values()}.values())
        self._streams = 0
        self._looked_s = float("-inf")
        self.newest_s = 0.0
        """When the last packet arrived."""

    def take(self, captured: Captured) -> Iterator[Heard]:
        """Keep a datagram, and yield what is known to be heard now that time has gone on."""
        at_s = captured.at_s - self._from_s
        tape = self._legs.get(captured.port)
        if tape is None or not self._plan.is_recorded(captured.at_s):
            return
        taken = tape.take(at_s, captured, self._streams)
        self._streams += taken
        self.newest_s = max(self.newest_s, at_s)
        # A dozen packets at a time cost less than one by one.
        if at_s - self._looked_s >= SILENT_S:
            self._looked_s = at_s
            yield from self._due(at_s - AHEAD_S)

    def rest(self) -> Iterator[Heard]:
        """Yield what remains when no more datagrams come."""
        yield from self._due(float("inf"))

    def _due(self, until_s: float) -> Iterator[Heard]:
        for tape in self._tapes:
            yield from tape.due(until_s)
