"""Phones without signalling: each has a leg, a tone, a description, and ears."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import time
from dataclasses import dataclass, field, replace

from switch.audio.srtp import MASTER_BYTES, Srtp
from switch.audio.tones import QUIET, tone_name
from switch.call.ids import ConversationId, LegId
from switch.call.target import MediaPolicy
from switch.demo.trace import Audio
from switch.demo.voice import Voice
from switch.sip.sdp import parse_sdp
from switch.worker.media import Media

HOST = "127.0.0.1"
A_WHILE_S = 0.24
"""Twelve packets: what is heard in it is what is heard."""
ANYTHING = MediaPolicy()
TRIES = 20
"""A machine that is busy with something else for so long is of no use."""
SETTLED_S = 0.1
"""What was on its way when something was changed has arrived by then."""

_KEY = re.compile(r"^a=crypto:(\S+) AES_CM_128_HMAC_SHA1_80 inline:(\S{40})", re.MULTILINE)


class Ears(Voice):
    """A voice that may hear one encrypted stream after another: each has its own count."""

    def __init__(self, *, tone_hz: int, master: bytes | None) -> None:
        super().__init__(tone_hz=tone_hz, master=master)
        self._openers: dict[bytes, Srtp] = {}

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._heard_with is not None:
            opener = self._openers.setdefault(data[8:12], Srtp(self._heard_with))
            self._opener = opener
        super().datagram_received(data, addr)


def sdp_of(
    port: int,
    *,
    codecs: str = "0",
    direction: str = "sendrecv",
    master: bytes | None = None,
    version: int = 1,
    key_tag: str = "1",
) -> str:
    """Return the description of a phone that listens on a port."""
    profile = "RTP/SAVP" if master else "RTP/AVP"
    lines = [
        "v=0",
        f"o=phone 77 {version} IN IP4 {HOST}",
        "s=-",
        f"c=IN IP4 {HOST}",
        "t=0 0",
        f"m=audio {port} {profile} {codecs} 101",
        "a=rtpmap:101 telephone-event/8000",
        f"a={direction}",
    ]
    if master:
        key = base64.b64encode(master).decode()
        lines.append(f"a=crypto:{key_tag} AES_CM_128_HMAC_SHA1_80 inline:{key}")
    return "\r\n".join([*lines, ""])


def audio_in(sdp: str) -> Audio:
    """Return where a description wants the audio."""
    media = parse_sdp(sdp).audio
    assert media is not None, sdp
    key = _KEY.search(sdp)
    return Audio(address=HOST, port=media.port, master=base64.b64decode(key[2]) if key else None)


def port_in(sdp: str) -> int:
    return audio_in(sdp).port


def codecs_in(sdp: str) -> tuple[str, ...]:
    audio = parse_sdp(sdp).audio
    assert audio is not None
    return audio.codecs


@dataclass(slots=True)
class Phone:
    """One party: its leg, its tone and its ears."""

    leg: LegId
    voice: Voice
    key_tag: str = "1"
    """Which of the offered keys it takes (RFC 4568 §5.1.2); of its own there is one."""

    @property
    def tone(self) -> str:
        return tone_name(self.voice.tone_hz)

    def sdp(self, *, codecs: str = "0", direction: str = "sendrecv", version: int = 1) -> str:
        return sdp_of(
            self.voice.port,
            codecs=codecs,
            direction=direction,
            master=self.voice.master,
            version=version,
            key_tag=self.key_tag,
        )

    def told(self, sdp: str) -> None:
        """Speak to where a description says, with its key if the phone can encrypt."""
        key = _KEY.search(sdp)
        if key is not None and self.voice.master is not None:
            self.key_tag = key[1]
        audio = audio_in(sdp)
        self.voice.speak_to(audio if self.voice.master else replace(audio, master=None))

    async def hears_now(self) -> str:
        """Return what is heard most of the time in a while that begins now."""
        await asyncio.sleep(SETTLED_S)
        from_s = 0.0
        for _ in range(TRIES):
            from_s = time.time()
            await asyncio.sleep(A_WHILE_S)
            # Else nobody had the time to speak or to listen: it says nothing of who is heard.
            if time.time() - from_s < 2 * A_WHILE_S:
                break
        shares = self.voice.heard.shares(from_s)
        # A packet or two is nobody's voice: less than a tenth of what a voice would have sent.
        if self.voice.heard.packets(from_s) < 0.1 * A_WHILE_S / 0.02:
            return QUIET
        return max(shares, key=lambda sound: shares[sound])


async def hear(*phones: Phone) -> list[str]:
    """Return what each hears, all of them in the same while."""
    return await asyncio.gather(*(phone.hears_now() for phone in phones))


@dataclass(slots=True)
class Room:
    """One conversation's media and its phones."""

    media: Media
    conversation_id: ConversationId
    phones: list[Phone] = field(default_factory=list)

    async def phone(self, name: str, tone_hz: int, *, secure: bool = False) -> Phone:
        master = os.urandom(MASTER_BYTES) if secure else None
        voice = Ears(tone_hz=tone_hz, master=master)
        await voice.open(HOST)
        self.phones.append(Phone(LegId(name), voice))
        return self.phones[-1]

    async def call(
        self,
        caller: Phone,
        callee: Phone,
        *,
        keep_codecs: bool = False,
        policy: MediaPolicy = ANYTHING,
    ) -> tuple[str, str]:
        """Let one call another; returns what the caller and the callee were told."""
        self.media.told_by(caller.leg, caller.sdp())
        self.media.obey(callee.leg, policy)
        offer = await self.media.offer(callee.leg, of=caller.leg, keep_codecs=keep_codecs)
        callee.told(offer)
        self.media.told_by(callee.leg, callee.sdp())
        _of, answer, _changed = await self.media.accept(callee.leg)
        caller.told(answer)
        return answer, offer

    async def answer(self, target: Phone, transferee: Phone) -> str | None:
        """Let a target answer; returns what the transferee is told, if he is."""
        self.media.told_by(target.leg, target.sdp())
        return await self.media.join(transferee.leg, target.leg)

    async def refer(
        self,
        transferor: Phone,
        transferee: Phone,
        target: Phone,
        *,
        policy: MediaPolicy = ANYTHING,
    ) -> str:
        """Do what a REFER does to the media; returns what the target is offered."""
        await self.media.mute(transferor.leg)
        await self.media.mute(transferee.leg)
        await self.media.play_music(transferee.leg)
        self.media.obey(target.leg, policy)
        offer = await self.media.offer(target.leg, of=transferee.leg, keep_codecs=True)
        target.told(offer)
        return offer

    def close(self) -> None:
        for phone in self.phones:
            phone.voice.close()
