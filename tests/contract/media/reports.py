"""The reports of phones on what they hear: RTCP sender and receiver reports (RFC 3550 §6.4)."""

from __future__ import annotations

import asyncio
import struct
import time

from switch.demo.voice import Voice

HOST = "127.0.0.1"
_EVERY_S = 0.25
_SENDER_REPORT = 200
_NTP_EPOCH_S = 2_208_988_800
_FRAME_SAMPLES = 160


class Reports(asyncio.DatagramProtocol):
    """Is the RTCP port of a voice, and tells the other side how well it is heard.

    It reports ``lost_share`` of what it hears as lost and a jitter of ``jitter_ms``, and answers
    ``late_s`` late: the round trip that the other side computes is as much too long.
    """

    def __init__(
        self, voice: Voice, *, lost_share: float, jitter_ms: float, clock_hz: int = 8000
    ) -> None:
        """Report nothing yet."""
        self.port = 0
        self.heard = 0
        """How many reports came."""
        self._voice = voice
        self._lost_share = lost_share
        self._jitter_ms = jitter_ms
        self._clock_hz = clock_hz
        self._source = 0
        self._last: tuple[int, float] | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._reporting: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Bind a free port."""
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, local_addr=(HOST, 0)
        )
        self.port = self._transport.get_extra_info("sockname")[1]

    def report_to(self, port: int) -> None:
        """Report to a port from now on, on whoever is heard."""
        self._reporting = asyncio.create_task(self._report(port))

    def close(self) -> None:
        """Free the port."""
        if self._reporting is not None:
            self._reporting.cancel()
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Keep when the other's report was sent, to say so in ours."""
        self.heard += 1
        if data[1] == _SENDER_REPORT:
            (middle,) = struct.unpack_from("!I", data, 10)
            self._last = (middle, time.monotonic())

    async def _report(self, port: int) -> None:
        assert self._transport is not None
        sequence, lost = 1000, 0
        while True:
            await asyncio.sleep(_EVERY_S)
            on = self._voice.hears
            if on is None:
                continue
            sequence += 12
            lost += round(12 * self._lost_share)
            self._transport.sendto(self._packet(on, sequence, lost), (HOST, port))

    def _packet(self, on: int, sequence: int, lost: int) -> bytes:
        now_s = time.time() + _NTP_EPOCH_S
        whole, part = int(now_s), int((now_s % 1) * 2**32)
        middle, delay = 0, 0
        if self._last is not None:
            middle, came_s = self._last
            delay = int((time.monotonic() - came_s) * 65536)
        sender = struct.pack("!IIIIII", self._voice.source, whole, part, 0, 1, _FRAME_SAMPLES)
        block = struct.pack(
            "!IIIIII",
            on,
            int(256 * self._lost_share) << 24 | lost,
            sequence,
            int(self._jitter_ms * self._clock_hz / 1000),
            middle,
            delay,
        )
        body = sender + block
        return struct.pack("!BBH", 0x81, _SENDER_REPORT, len(body) // 4) + body
