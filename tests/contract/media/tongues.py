"""Phones that speak another codec than PCMU, and number their payloads as they like."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from switch.audio import g711, rtp
from switch.audio.dtmf import DIGITS
from switch.audio.tones import FRAME_SAMPLES
from switch.call.ids import LegId
from switch.sip.sdp import parse_sdp
from tests.contract.media.phones import HOST, Ears, Phone, Room, audio_in

EVENT: Final = 101
"""What a voice of the demo sends keys as."""
PATIENCE_S: Final = 10.0
END: Final = 0x80


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """A codec: its line in a description, and what ffmpeg calls it."""

    mapping: str
    encoder: str
    decoder: str
    rate_hz: int
    clock_hz: int = 8000

    @property
    def name(self) -> str:
        return self.mapping.partition("/")[0]


OPUS = Tongue(
    mapping="opus/48000/2", encoder="libopus", decoder="libopus", rate_hz=48000, clock_hz=48000
)
G722 = Tongue(mapping="G722/8000", encoder="g722", decoder="g722", rate_hz=16000)
PCMA = Tongue(mapping="PCMA/8000", encoder="pcm_alaw", decoder="pcm_alaw", rate_hz=8000)
PCMU = Tongue(mapping="PCMU/8000", encoder="pcm_mulaw", decoder="pcm_mulaw", rate_hz=8000)


class Translated:
    """The socket of a voice: what it says goes out in its codec and with its numbers."""

    def __init__(self, transport: Any, tongue: Tongue) -> None:
        self._transport = transport
        self._tongue = tongue
        self._encoder = cast("av.AudioCodecContext", av.CodecContext.create(tongue.encoder, "w"))
        self._encoder.sample_rate = tongue.rate_hz
        self._encoder.layout = "mono"
        self._encoder.format = "s16"
        self._resampler = AudioResampler(
            format="s16", layout="mono", rate=tongue.rate_hz, frame_size=tongue.rate_hz // 50
        )
        self.payload_type = 0
        self.event_type: int | None = None

    def sendto(self, data: bytes, to: tuple[str, int]) -> None:
        packet = rtp.decode(data)
        assert packet is not None
        ticks = self._tongue.clock_hz // 8000
        packet = replace(packet, timestamp=packet.timestamp * ticks)
        if packet.payload_type == EVENT:
            if self.event_type is None:
                return
            lasted = int.from_bytes(packet.payload[2:], "big") * ticks
            payload = packet.payload[:2] + lasted.to_bytes(2, "big")
            packet = replace(packet, payload_type=self.event_type, payload=payload)
            self._transport.sendto(rtp.encode(packet), to)
            return
        frame = AudioFrame(format="s16", layout="mono", samples=FRAME_SAMPLES)
        frame.sample_rate = 8000
        samples = g711.decode(packet.payload)
        frame.planes[0].update(b"".join(one.to_bytes(2, "little", signed=True) for one in samples))
        for wide in self._resampler.resample(frame):
            wide.pts = None
            for coded in self._encoder.encode(wide):
                packet = replace(packet, payload_type=self.payload_type, payload=bytes(coded))
                self._transport.sendto(rtp.encode(packet), to)

    def close(self) -> None:
        self._transport.close()


class Polyglot(Ears):
    """A voice in another codec, which also notes the keys that come."""

    def __init__(self, *, tone_hz: int, tongue: Tongue) -> None:
        super().__init__(tone_hz=tone_hz, master=None)
        self.tongue = tongue
        self.pressed = ""
        """The keys that came as events."""
        self.codecs: set[int] = set()
        """The payload types of what came."""
        self.event_type: int | None = None
        self._pressed_at: int | None = None
        self._decoder = cast("av.AudioCodecContext", av.CodecContext.create(tongue.decoder, "r"))
        self._decoder.sample_rate = tongue.rate_hz
        self._decoder.layout = "mono"
        self._narrow = AudioResampler(format="s16", layout="mono", rate=8000, frame_size=160)
        self._number = 0
        self._press = asyncio.Event()

    async def until_pressed(self, wanted: int) -> None:
        """Wait for so many keys."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.pressed) < wanted:
                self._press.clear()
                await self._press.wait()

    async def open(self, address: str) -> None:
        await super().open(address)
        self.sends = Translated(self._transport, self.tongue)
        self._transport = cast("Any", self.sends)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        packet = rtp.decode(data)
        if packet is None or packet.payload_type in range(72, 77):
            return
        self.codecs.add(packet.payload_type)
        if packet.payload_type == self.event_type:
            if packet.payload[1] & END and packet.timestamp != self._pressed_at:
                self._pressed_at = packet.timestamp
                self.pressed += DIGITS[packet.payload[0]]
                self._press.set()
            return
        for frame in self._decoder.decode(av.Packet(packet.payload)):
            for narrow in self._narrow.resample(frame):
                plain = bytes(narrow.planes[0])[: 2 * narrow.samples]
                samples = [
                    int.from_bytes(plain[at : at + 2], "little", signed=True)
                    for at in range(0, len(plain), 2)
                ]
                self._number += 1
                said = replace(
                    packet, payload_type=0, sequence=self._number, payload=g711.encode(samples)
                )
                super().datagram_received(rtp.encode(said), addr)


@dataclass(slots=True)
class Linguist(Phone):
    """A phone that speaks one codec, with payload types of its own."""

    number: int = 96
    events: int | None = EVENT

    @property
    def polyglot(self) -> Polyglot:
        assert isinstance(self.voice, Polyglot)
        return self.voice

    def sdp(self, *, codecs: str = "", direction: str = "sendrecv", version: int = 1) -> str:
        """Return its offer, or the same again."""
        tongue = self.polyglot.tongue
        numbers = [self.number] if self.events is None else [self.number, self.events]
        events = f"a=rtpmap:{self.events} telephone-event/{tongue.clock_hz}"
        self.polyglot.event_type = self.events
        return "\r\n".join(
            [
                "v=0",
                f"o=phone 77 {version} IN IP4 {HOST}",
                "s=-",
                f"c=IN IP4 {HOST}",
                "t=0 0",
                f"m=audio {self.voice.port} RTP/AVP {' '.join(map(str, numbers))}",
                f"a=rtpmap:{self.number} {tongue.mapping}",
                *([] if self.events is None else [events]),
                f"a={direction}",
                "",
            ]
        )

    def told(self, sdp: str) -> None:
        """Speak to where a description says, in its numbers; they are the phone's too."""
        audio = parse_sdp(sdp).audio
        assert audio is not None
        tongue = self.polyglot.tongue
        numbers = {(one.name.lower(), one.clock_hz or 8000): one for one in audio.formats}
        found = numbers.get((tongue.name.lower(), tongue.clock_hz))
        assert found is not None, sdp
        events = numbers.get(("telephone-event", tongue.clock_hz))
        self.polyglot.sends.payload_type = found.payload_type
        self.polyglot.sends.event_type = None if events is None else events.payload_type
        self.voice.speak_to(audio_in(sdp))

    def answers_to(self, offer: str) -> None:
        """Take the numbers of an offer, as an answer must (RFC 3264 §6.1)."""
        self.told(offer)
        self.number = self.polyglot.sends.payload_type
        self.events = self.polyglot.sends.event_type


async def linguist(
    room: Room,
    name: str,
    tone_hz: int,
    tongue: Tongue,
    *,
    number: int = 96,
    events: int | None = EVENT,
) -> Linguist:
    """Return a phone in a room that speaks this codec."""
    voice = Polyglot(tone_hz=tone_hz, tongue=tongue)
    await voice.open(HOST)
    phone = Linguist(LegId(name), voice, number=number, events=events)
    room.phones.append(phone)
    return phone


async def talk(room: Room, caller: Linguist, callee: Linguist) -> str:
    """Let one call another; returns what the caller was answered."""
    room.media.told_by(caller.leg, caller.sdp())
    callee.answers_to(await room.media.offer(callee.leg, of=caller.leg, keep_codecs=False))
    room.media.told_by(callee.leg, callee.sdp())
    _of, answer, _changed = await room.media.accept(callee.leg)
    caller.told(answer)
    return answer


async def transfer(
    room: Room, transferor: Phone, transferee: Phone, target: Linguist
) -> str | None:
    """Transfer to a phone that answers; returns what the transferee must be told."""
    await room.media.mute(transferor.leg)
    await room.media.play_music(transferee.leg)
    target.answers_to(await room.media.offer(target.leg, of=transferee.leg, keep_codecs=True))
    room.media.told_by(target.leg, target.sdp())
    return await room.media.join(transferee.leg, target.leg)
