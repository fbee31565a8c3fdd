"""The sound of many people at once: their packets, and what becomes of them on the way.

It runs in a process of its own, so that what it costs is not taken for the switch's.
"""

from __future__ import annotations

import itertools
import multiprocessing
import select
import socket
import statistics
import struct
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Final

from switch.audio.rtp import PCMU
from switch.audio.tones import FRAME_S, FRAME_SAMPLES

Place = tuple[str, int]
"""An address and a UDP port."""

_SO_TIMESTAMPNS: Final = 35
"""Linux: the kernel notes when a packet came, so that it does not matter when we look."""
_STAMP: Final = struct.Struct("qq")
_ROOM: Final = socket.CMSG_SPACE(_STAMP.size)
_NS: Final = 1_000_000_000
_PACKET: Final = struct.Struct("!BBHIIIIQ")
"""An RTP header and, where the sound would be: whose packet it is, its number, when it was sent."""
_BYTES: Final = 12 + FRAME_SAMPLES
_SOUND: Final = bytes([0xFF]) * (_BYTES - _PACKET.size)
_VERSION: Final = 0x80
_TURNS: Final = 10
"""Not all speak at the same moment: so many groups take turns within a frame."""
_LAST_WORDS_S: Final = 0.5
_BUFFER: Final = 1 << 20


@dataclass(slots=True, kw_only=True)
class Heard:
    """Is what came of the packets that were sent while it was measured."""

    streams: int
    """Who was heard at all."""
    sent: int
    lost: int
    repeated: int
    odd: int
    """Datagrams that are none of ours as we sent them."""
    delay_ms: float
    """From the sender to the receiver, the median."""
    jitter_p99_ms: float
    """How much later than the fastest of its stream a packet is, at p99."""
    jitter_most_ms: float
    cpu_s: float
    """What sending and hearing has cost."""


@dataclass(slots=True)
class _Stream:
    """Is what one person says, as it is heard elsewhere."""

    sent: int = 0
    first: int = 0
    last: int = 0
    numbers: array[int] = field(default_factory=lambda: array("q"))
    delays_ns: array[int] = field(default_factory=lambda: array("q"))

    def heard(self) -> tuple[int, list[int]]:
        """Return how many packets came that were measured, without repetitions, and all delays."""
        pairs = zip(self.numbers, self.delays_ns, strict=True)
        measured = [(number, ns) for number, ns in pairs if self.first <= number < self.last]
        return len({number for number, _ns in measured}), [ns for _number, ns in measured]


class Crowd:
    """Is everybody who speaks, as the process that measures sees them."""

    def __init__(self, places: Sequence[Place]) -> None:
        """Start the process, and let it listen at these places."""
        start = multiprocessing.get_context("spawn")
        self._line, other = start.Pipe()
        self._process = start.Process(target=_talk, args=(list(places), other), daemon=True)
        self._process.start()
        self._line.recv()

    def speak(self, targets: Sequence[Place]) -> None:
        """Let everybody speak, each from his place to the one that is given here."""
        self._line.send(list(targets))

    def begin(self) -> None:
        """Measure from now on."""
        self._line.send("begin")
        self._line.recv()

    def end(self) -> None:
        """Measure no more, but let them go on for a moment."""
        self._line.send("end")
        self._line.recv()

    def heard(self) -> Heard:
        """Return what was measured, when all is heard; nobody speaks any more."""
        heard = self._line.recv()
        assert isinstance(heard, Heard)
        return heard

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.join()


def _talk(places: list[Place], line: Connection) -> None:
    """Be that process: send 50 packets a second from each place, and note what comes."""
    sockets = [_open(place) for place in places]
    line.send("listening")
    targets: list[Place] = line.recv()
    streams = [_Stream() for _ in places]
    watched = select.epoll()
    for one in sockets:
        watched.register(one, select.EPOLLIN)
    by_number = {one.fileno(): one for one in sockets}
    odd, cpu_s = 0, 0.0
    ends_at = float("inf")
    due = time.monotonic()
    for turn in itertools.count():
        for place in range(turn % _TURNS, len(places), _TURNS):
            sockets[place].sendto(_packet(place, streams[place]), targets[place])
        for number, _event in watched.poll(0):
            odd += not _hear(by_number[number], streams)
        if turn % _TURNS == 0 and line.poll():
            if line.recv() == "begin":
                odd, cpu_s = 0, time.process_time()
                for stream in streams:
                    stream.first = stream.sent
            else:
                cpu_s = time.process_time() - cpu_s
                ends_at = time.monotonic() + _LAST_WORDS_S
                for stream in streams:
                    stream.last = stream.sent
            line.send("done")
        due += FRAME_S / _TURNS
        now = time.monotonic()
        if now > ends_at:
            break
        time.sleep(max(0.0, due - now))
    line.send(_sum(streams, odd, cpu_s))


def _open(place: Place) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    opened.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    opened.setblocking(False)
    opened.bind(place)
    return opened


def _packet(place: int, stream: _Stream) -> bytes:
    number = stream.sent
    stream.sent += 1
    head = (_VERSION, PCMU, number & 0xFFFF, number * FRAME_SAMPLES, place + 1)
    return _PACKET.pack(*head, place, number, time.time_ns()) + _SOUND


def _hear(one: socket.socket, streams: list[_Stream]) -> bool:
    """Note a packet; return if it is as one of us has sent it, or a report (RTCP)."""
    try:
        data, notes, _flags, _address = one.recvmsg(_BYTES + 1, _ROOM)
    except OSError:  # Nobody listens yet or any more where we have sent something.
        return True
    if len(data) != _BYTES or data[1] & 0x7F != PCMU:
        return len(data) > 1 and 200 <= data[1] <= 204
    *_head, place, number, sent_ns = _PACKET.unpack_from(data)
    if place >= len(streams) or number >= streams[place].sent:
        return False
    seconds, rest = _STAMP.unpack(notes[0][2])
    streams[place].numbers.append(number)
    streams[place].delays_ns.append(seconds * _NS + rest - sent_ns)
    return True


def _sum(streams: list[_Stream], odd: int, cpu_s: float) -> Heard:
    sent = lost = repeated = 0
    delays_ms: list[float] = []
    later_ms: list[float] = []
    for stream in streams:
        count, delays_ns = stream.heard()
        sent += stream.last - stream.first
        lost += stream.last - stream.first - count
        repeated += len(delays_ns) - count
        fastest = min(delays_ns, default=0)
        delays_ms += [ns / 1e6 for ns in delays_ns]
        later_ms += [(ns - fastest) / 1e6 for ns in delays_ns]
    heard = len(later_ms) > 1
    return Heard(
        streams=sum(bool(stream.numbers) for stream in streams),
        sent=sent,
        lost=lost,
        repeated=repeated,
        odd=odd,
        delay_ms=statistics.median(delays_ms) if heard else float("nan"),
        jitter_p99_ms=statistics.quantiles(later_ms, n=100)[-1] if heard else float("nan"),
        jitter_most_ms=max(later_ms) if heard else float("nan"),
        cpu_s=cpu_s,
    )
