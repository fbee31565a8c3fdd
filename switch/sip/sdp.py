"""What the switch must know of a session description: which audio, which way, how protected.

The switch passes descriptions through the media relay and negotiates nothing itself. It reads
them to refuse a call no codec of which it allows, to see a hold, and to tell which codec two
legs agreed on.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from switch.sip.errors import SipParseError

STATIC_PAYLOAD_TYPES: Final = {
    0: "PCMU",
    3: "GSM",
    4: "G723",
    5: "DVI4",
    6: "DVI4",
    7: "LPC",
    8: "PCMA",
    9: "G722",
    10: "L16",
    11: "L16",
    12: "QCELP",
    13: "CN",
    14: "MPA",
    15: "G728",
    16: "DVI4",
    17: "DVI4",
    18: "G729",
}
"""Payload types that mean a codec without an ``a=rtpmap`` line."""

CODECS: Final = {
    "PCMU": (0, "PCMU/8000"),
    "PCMA": (8, "PCMA/8000"),
    "G722": (9, "G722/8000"),
    "G729": (18, "G729/8000"),
    "GSM": (3, "GSM/8000"),
    "opus": (96, "opus/48000/2"),
    "iLBC": (97, "iLBC/8000"),
    "speex": (98, "speex/16000"),
}
"""Codecs the switch can offer by itself: payload type and ``a=rtpmap`` value of each."""

TRANSCODABLE: Final = tuple(name for name in CODECS if name != "iLBC")
"""Those of them that rtpengine 10.5, as Debian builds it, can turn into one another."""

_NOT_AUDIO: Final = frozenset({"TELEPHONE-EVENT", "CN", "RED"})
"""Formats of an audio stream that carry no voice: agreeing on one of them is no common codec."""

_WHAT = "SDP"
_DISCARD_PORT = 9
_TELEPHONE_EVENT = 101
_HIGHEST_PORT = 65535
_NOWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - an address of SDP's, nothing is bound to it
_KEYS = ("a=crypto:", "a=fingerprint:")
_MEDIA = re.compile(r"(\S+) ([0-9]{1,5})(?:/[0-9]{1,5})? (\S+)((?: \S+)*) *")
_ADDRESS = re.compile(r"IN IP[46] ([^\s/]+)(?:/\S*)?")
_NUMBER = re.compile(r"[0-9]{1,3}")
_RTPMAP = re.compile(r"([0-9]{1,3}) +([A-Za-z0-9.\-_]+)/([0-9]{1,6})(?:/[0-9]+)?\s*")


class Direction(StrEnum):
    """Is the way a stream flows, seen from who wrote the description."""

    SENDRECV = "sendrecv"
    """Both ways."""
    SENDONLY = "sendonly"
    """The writer sends only: he holds the other."""
    RECVONLY = "recvonly"
    """The writer listens only."""
    INACTIVE = "inactive"
    """Neither."""


_DIRECTIONS: Final = {f"a={direction}": direction for direction in Direction}
_DEAF: Final = {
    Direction.SENDRECV: Direction.SENDONLY,
    Direction.SENDONLY: Direction.SENDONLY,
    Direction.RECVONLY: Direction.INACTIVE,
    Direction.INACTIVE: Direction.INACTIVE,
}
"""What remains of a direction if the writer gave no address to send to."""


class AudioFormat(msgspec.Struct, frozen=True, kw_only=True):
    """Is one format of an audio stream."""

    payload_type: int
    """The number in the RTP packets."""
    name: str
    """The codec as the description spells it, such as ``PCMU`` or ``telephone-event``."""
    clock_hz: int | None
    """Ticks of its RTP clock a second; ``None`` where a static type left it unsaid."""


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """Is one stream of a description."""

    kind: str
    """``audio``, ``video``, ``image`` and so on."""
    port: int
    """Zero refuses the stream."""
    profile: str
    """The transport, such as ``RTP/AVP``."""
    formats: tuple[AudioFormat, ...]
    """In the order of preference; empty for what is not RTP audio."""
    direction: Direction
    """Which way it flows; the old way of holding, ``c=IN IP4 0.0.0.0``, is read into it."""
    has_key: bool = False
    """Whether it comes with a key (``a=crypto``) or the mark of one (``a=fingerprint``)."""

    @property
    def is_secure(self) -> bool:
        """Whether the stream is encrypted (SRTP)."""
        return "SAVP" in self.profile.upper()

    @property
    def is_encrypted(self) -> bool:
        """Whether it is, or may be: RTP/AVP with a key leaves it to the other (RFC 8643)."""
        return self.is_secure or self.has_key

    @property
    def is_webrtc(self) -> bool:
        """Whether the stream is a browser's: its keys come by DTLS."""
        return self.profile.upper().startswith("UDP/TLS/")

    @property
    def codecs(self) -> tuple[str, ...]:
        """The names of the codecs that carry voice, in the order of preference."""
        names = [audio.name for audio in self.formats]
        return tuple([name for name in names if name.upper() not in _NOT_AUDIO])


class Sdp(msgspec.Struct, frozen=True, kw_only=True):
    """Is a session description."""

    media: tuple[Media, ...]
    """Its streams in order."""

    @property
    def audio(self) -> Media | None:
        """The first audio stream in use; ``None`` if there is none."""
        return next((one for one in self.media if one.kind == "audio" and one.port), None)

    @property
    def direction(self) -> Direction:
        """Which way the audio flows; ``inactive`` if there is none."""
        audio = self.audio
        return audio.direction if audio else Direction.INACTIVE

    @property
    def is_hold(self) -> bool:
        """Whether the writer wants to hear nothing (RFC 3264 §8.4)."""
        return self.direction in {Direction.SENDONLY, Direction.INACTIVE}


# A worker asks a dozen things of each description, each from its text; what is read is frozen.
@functools.lru_cache(maxsize=16)
def parse_sdp(body: bytes | str) -> Sdp:
    """Read a session description.

    Raises:
        SipParseError: it is none, or one of its streams cannot be read.
    """
    text = body if isinstance(body, str) else body.decode("utf-8", "replace")
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if lines[0] != "v=0":
        raise SipParseError(what=_WHAT, why="it does not begin with v=0", text=text)
    sections: list[list[str]] = [[]]
    for line in lines:
        if line.startswith("m="):
            sections.append([])
        sections[-1].append(line)
    return Sdp(media=tuple(_parse_media(section, sections[0]) for section in sections[1:]))


def has_audio(body: bytes | str) -> bool:
    """Tell whether a body is a session description with an audio stream in use."""
    try:
        return parse_sdp(body).audio is not None
    except SipParseError:
        return False


def common_codecs(sdp: Sdp, codecs: Sequence[str]) -> tuple[str, ...]:
    """Return the codecs of the description's audio that are allowed, in the description's order."""
    allowed = {codec.upper() for codec in codecs}
    audio = sdp.audio
    return tuple(name for name in audio.codecs if name.upper() in allowed) if audio else ()


def has_common_codec(sdp: Sdp, codecs: Sequence[str]) -> bool:
    """Tell whether a call is possible with the codecs allowed; if not, it deserves a 488."""
    return bool(common_codecs(sdp, codecs))


def negotiated_codecs(offer: Sdp, answer: Sdp) -> tuple[str, ...]:
    """Return the codecs that offer and answer share, in the answer's order: the first is in use."""
    return common_codecs(answer, offer.audio.codecs if offer.audio else ())


def late_offer(address: str, codecs: Sequence[str]) -> str:
    """Return an audio offer for a call that came without one.

    The switch must offer something to the callee before it knows where the caller listens: its
    own address and the discard port, until the caller's ACK says more. ``0.0.0.0`` would hold the
    callee (RFC 3264 §8.4), who would then send nothing.

    Args:
        address: an IPv4 address of ours.
        codecs: what to offer, most wanted first; names as in :data:`CODECS`, in any case.

    Raises:
        ValueError: a codec the switch cannot offer.
    """
    known = {name.upper(): offered for name, offered in CODECS.items()}
    unknown = [codec for codec in codecs if codec.upper() not in known]
    if unknown:
        message = f"cannot offer {', '.join(unknown)}"
        raise ValueError(message)
    formats = [known[codec.upper()] for codec in codecs]
    formats.append((_TELEPHONE_EVENT, "telephone-event/8000"))
    return "\r\n".join(
        [
            "v=0",
            f"o=softswitch 1 1 IN IP4 {address}",
            "s=-",
            f"c=IN IP4 {address}",
            "t=0 0",
            f"m=audio {_DISCARD_PORT} RTP/AVP {' '.join(str(number) for number, _ in formats)}",
            *(f"a=rtpmap:{number} {mapping}" for number, mapping in formats),
            f"a=fmtp:{_TELEPHONE_EVENT} 0-16",
            "a=sendrecv",
            "",
        ]
    )


def _parse_media(section: list[str], whole: list[str]) -> Media:
    found = _MEDIA.fullmatch(section[0].removeprefix("m="))
    if found is None or int(found[2]) > _HIGHEST_PORT:
        raise SipParseError(what=_WHAT, why="a stream breaks the grammar", text=section[0])
    kind, profile = found[1], found[3]
    is_rtp_audio = kind == "audio" and "RTP/" in profile.upper()
    direction = _direction(section) or _direction(whole) or Direction.SENDRECV
    address = _address(section) or _address(whole)
    return Media(
        kind=kind,
        port=int(found[2]),
        profile=profile,
        formats=_parse_formats(found[4].split(), section) if is_rtp_audio else (),
        direction=_DEAF[direction] if address in _NOWHERE else direction,
        has_key=any(line.startswith(_KEYS) for line in (*whole, *section)),
    )


def _parse_formats(numbers: list[str], section: list[str]) -> tuple[AudioFormat, ...]:
    mapped: dict[str, tuple[str, int]] = {}
    for line in section:
        if line.startswith("a=rtpmap:"):
            found = _RTPMAP.fullmatch(line.removeprefix("a=rtpmap:").lstrip())
            if found is None:
                raise SipParseError(what=_WHAT, why="an rtpmap breaks the grammar", text=line)
            mapped[str(int(found[1]))] = (found[2], int(found[3]))
    formats: list[AudioFormat] = []
    for number in numbers:
        if not _NUMBER.fullmatch(number):
            raise SipParseError(what=_WHAT, why="a payload type is no number", text=section[0])
        payload_type = int(number)
        name, clock_hz = mapped.get(str(payload_type), (None, None))
        name = name or STATIC_PAYLOAD_TYPES.get(payload_type)
        # A dynamic number nobody explained can carry anything: the stream is read without it.
        if name is not None:
            formats.append(AudioFormat(payload_type=payload_type, name=name, clock_hz=clock_hz))
    return tuple(formats)


def _direction(lines: list[str]) -> Direction | None:
    for line in lines:
        if direction := _DIRECTIONS.get(line.strip()):
            return direction
    return None


def _address(lines: list[str]) -> str | None:
    for line in lines:
        if line.startswith("c="):
            found = _ADDRESS.fullmatch(line.removeprefix("c=").strip())
            return found[1] if found else None
    return None
