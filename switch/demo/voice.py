"""The sound of one party: plays its tone to where it is told, and keeps what it hears."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from typing import Final, NamedTuple

from switch.audio import rtp
from switch.audio.dtmf import event_payloads, tone_payloads
from switch.audio.srtp import Srtp
from switch.audio.timeline import Timeline
from switch.audio.tones import FRAME_S, FRAME_SAMPLES, tone_frame
from switch.demo.trace import Audio

_SEQUENCE_MODULUS = 1 << 16
_TELEPHONE_EVENT = 101
"""The payload type that our parties' descriptions give to keys."""
_KEY_PACKETS = 5


class _Key(NamedTuple):
    """Is a packet that is sent of a key."""

    payload: bytes
    is_event: bool
    begins: bool


class Voice(asyncio.DatagramProtocol):
    """Is one UDP port that plays a tone, 50 packets of PCMU a second, and hears another.

    :meth:`open` it, give its ``port`` in an SDP, :meth:`speak_to` the port that the other
    SDP names, and :meth:`close` it in the end. What was heard is in ``heard``, with the times
    of the system's clock, as SIPp stamps its messages.
    """

    def __init__(self, *, tone_hz: int, master: bytes | None = None) -> None:
        """Make a voice that is not open yet; with a master key it speaks SRTP."""
        self.tone_hz = tone_hz
        self.master = master
        self.heard = Timeline()
        self.sent_packets = 0
        self.odd_packets = 0
        """Datagrams left out: no RTP, another codec or key, a repetition, or late."""
        self.hears: int | None = None
        """Whose packet was the last: the SSRC in it."""
        self.port = 0
        """The UDP port that audio for this party is to be sent to."""
        self._transport: asyncio.DatagramTransport | None = None
        self._to: tuple[str, int] | None = None
        self._sealer = Srtp(master) if master else None
        self._opener: Srtp | None = None
        self._heard_with: bytes | None = None  # the other side's master key
        self._speaking: asyncio.Task[None] | None = None
        self._keys: deque[_Key | None] = deque()
        """What is sent instead of the tone; None: the tone."""
        self.source: Final = random.getrandbits(32)
        """What its packets say who sent them: the SSRC."""
        self._newest: dict[int, int] = {}  # per source: the highest sequence number heard

    async def open(self, address: str) -> None:
        """Bind a free port of an address."""
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, local_addr=(address, 0)
        )
        self.port = self._transport.get_extra_info("sockname")[1]

    def speak_to(self, audio: Audio) -> None:
        """Play the tone to an address from now on, instead of to the one before."""
        self._to = (audio.address, audio.port)
        if audio.master is not None and audio.master != self._heard_with:
            self._heard_with = audio.master
            self._opener = Srtp(audio.master)
        if self._speaking is None:
            self._speaking = asyncio.create_task(self._speak(), name=f"voice {self.tone_hz} Hz")

    def press(self, digits: str) -> None:
        """Press keys one after the other (RFC 4733), each for 100 ms and 100 ms apart."""
        for digit in digits:
            payloads = event_payloads(digit, packets=_KEY_PACKETS)
            self._keys.extend(
                _Key(payload, is_event=True, begins=number == 0)
                for number, payload in enumerate(payloads)
            )
            self._keys.extend([None] * _KEY_PACKETS)

    def play_keys(self, digits: str) -> None:
        """Press keys whose tones are in the audio, each for 100 ms and 100 ms apart."""
        for digit in digits:
            payloads = tone_payloads(digit, packets=_KEY_PACKETS)
            self._keys.extend(_Key(one, is_event=False, begins=False) for one in payloads)
            self._keys.extend([None] * _KEY_PACKETS)

    def hush(self) -> None:
        """Play no more until told where to; go on hearing."""
        self._to = None

    def close(self) -> None:
        """Free the port. What was heard stays."""
        if self._speaking is not None:
            self._speaking.cancel()
        if self._transport is not None:
            self._transport.close()

    async def _speak(self) -> None:
        """Send a frame every 20 ms; a late wake-up is made up for, not carried along."""
        loop = asyncio.get_running_loop()
        frame = tone_frame(self.tone_hz)
        due_s = loop.time()
        number = pressed_at = random.getrandbits(15)
        while True:
            if self._to is not None and self._transport is not None:
                key = self._keys.popleft() if self._keys else None
                if key is not None and key.begins:
                    pressed_at = number
                is_event = key is not None and key.is_event
                packet = rtp.RtpPacket(
                    payload_type=_TELEPHONE_EVENT if is_event else rtp.PCMU,
                    sequence=number,
                    # All packets of a key bear the time when it was pressed (RFC 4733 §2.2.1).
                    timestamp=(pressed_at if is_event else number) * FRAME_SAMPLES,
                    source=self.source,
                    payload=frame if key is None else key.payload,
                    marker=key is not None and key.begins,
                )
                plain = rtp.encode(packet)
                sealed = self._sealer.protect(plain) if self._sealer else plain
                self._transport.sendto(sealed, self._to)
                self.sent_packets += 1
            number += 1
            due_s += FRAME_S
            await asyncio.sleep(due_s - loop.time())

    # asyncio calls these.

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002
        """Keep what is heard, unless it is odd, repeated or late."""
        plain = self._opener.open(data) if self._opener else data
        packet = rtp.decode(plain) if plain else None
        if packet is None or packet.payload_type != rtp.PCMU:
            self.odd_packets += 1
            return
        newest = self._newest.get(packet.source)
        if newest is not None:
            ahead = (packet.sequence - newest) % _SEQUENCE_MODULUS
            if ahead == 0 or ahead > _SEQUENCE_MODULUS // 2:
                self.odd_packets += 1
                return
        self._newest[packet.source] = packet.sequence
        self.hears = packet.source
        self.heard.add(time.time(), packet.payload)

    def error_received(self, exc: Exception) -> None:
        """Ignore that nobody listens at the other end: so does a phone."""
