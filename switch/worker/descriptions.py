"""What is done to session descriptions on their way: pure, but for the worker alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from switch.sip.sdp import Direction, parse_sdp

_USERNAME: Final = re.compile(r"^o=\S+", re.MULTILINE)
_NAME: Final = re.compile(r"^s=[^\r\n]*", re.MULTILINE)
_ORIGIN: Final = re.compile(r"^o=(\S+ \S+) (\d+) ([^\r\n]*)", re.MULTILINE)
_PLACE: Final = re.compile(r"^(?:c|a=rtcp|a=crypto|a=fingerprint|a=ice-ufrag)[=:].*", re.MULTILINE)
"""Where a phone is to send, and how encrypted."""
_DIRECTION: Final = re.compile(r"^a=(sendrecv|sendonly|recvonly|inactive)\r\n", re.MULTILINE)
_AUDIO: Final = re.compile(r"m=audio [1-9]")
_PORT: Final = re.compile(r"^(m=\S+) \S+ ")
_FORMAT: Final = re.compile(r"a=(?:rtpmap|fmtp|rtcp-fb):(\d+) ")
_SECRET: Final = re.compile(
    r"^a=(?:(?:rtcp|crypto|fingerprint|setup|ice-[a-z]+|candidate|group|mid):.*|rtcp-mux)\r\n",
    re.MULTILINE,
)
"""What only somebody who is there could keep to."""
_CANDIDATE: Final = re.compile(r"^a=(?:candidate:.*|end-of-candidates)\r\n", re.MULTILINE)
_ROLE: Final = re.compile(r"^a=setup:(\w+)", re.MULTILINE)
_OPEN_ROLE: Final = re.compile(r"^a=setup:actpass", re.MULTILINE)
_OTHER_ROLE: Final = {"active": "passive", "passive": "active"}
_STREAM: Final = re.compile(r"^m=audio \d+ \S+", re.MULTILINE)
_MIRRORED: Final = {
    Direction.SENDRECV: Direction.SENDRECV,
    Direction.SENDONLY: Direction.RECVONLY,
    Direction.RECVONLY: Direction.SENDONLY,
    Direction.INACTIVE: Direction.INACTIVE,
}
"""What an answer says to each direction of an offer (RFC 3264 §6.1)."""


def answer_to(direction: Direction) -> Direction:
    """Return what an answer says to the direction of an offer."""
    return _MIRRORED[direction]


def nameless(sdp: str) -> str:
    """Return a description that tells nobody whose it is: phones write numbers and names there."""
    return _NAME.sub("s=-", _USERNAME.sub("o=-", sdp))


def audio_only(sdp: str) -> str:
    """Return the description with every stream refused but the first audio (RFC 3264 §6)."""
    lines = sdp.splitlines()
    streams = [number for number, line in enumerate(lines) if line.startswith("m=")]
    ours = next((one for one in streams if _AUDIO.match(lines[one])), None)
    for number in streams:
        if number != ours:
            lines[number] = _PORT.sub(r"\1 0 ", lines[number], count=1)
    return "\r\n".join([*lines, ""])


def same_media(before: str | None, after: str) -> bool:
    """Whether two descriptions have a phone send the same to the same place."""
    return before is not None and _gist_of(before) == _gist_of(after)


def is_less(before: str, after: str, in_use: Sequence[str]) -> bool:
    """Whether a phone that was told of one description may never hear of another.

    It sends the codec in use to the same place: of those that are not wanted any more it has
    sent none.
    """
    if same_media(before, after):
        return True
    if not same_media(limited(before, in_use[:1]), limited(after, in_use[:1])):
        return False
    audio = parse_sdp(after).audio
    return audio is not None and audio.codecs[:1] == tuple(in_use[:1])


def _gist_of(sdp: str) -> tuple[object, ...]:
    """Return what matters of a description of rtpengine's.

    It passes on what the other side's phone says of itself, from its name for the call to
    its wish for packets of 30 ms: no reason for a re-INVITE.
    """
    streams = [
        (
            stream.kind,
            stream.port,
            stream.profile,
            stream.direction,
            {(one.payload_type, one.name) for one in stream.formats if one.name in stream.codecs},
        )
        for stream in parse_sdp(sdp).media
    ]
    return streams, sorted(_PLACE.findall(sdp))


def nobody(told: str, address: str) -> str:
    """Return the description of somebody who takes what that one does, and is not there."""
    lines = [
        f"c=IN IP4 {address}" if line.startswith("c=") else line
        for line in _SECRET.sub("", told).splitlines()
    ]
    return _STREAM.sub("m=audio 9 RTP/AVP", "\r\n".join([*lines, ""]))


def limited(sdp: str, codecs: Sequence[str], *, like: str | None = None) -> str:
    """Return the description with no other codecs for voice than these, in this order.

    What carries no voice stays, such as keys: all of it, or as far as it is in another
    description too.
    """
    audio = parse_sdp(sdp).audio
    if audio is None:
        return sdp
    ranks = {name.upper(): rank for rank, name in enumerate(codecs)}
    voices = [one for one in audio.formats if one.name in audio.codecs]
    kept = sorted(
        (one for one in voices if one.name.upper() in ranks),
        key=lambda one: ranks[one.name.upper()],
    )
    others = [one for one in audio.formats if one not in voices]
    if like is not None:
        there = parse_sdp(like).audio
        known = {(one.name, one.clock_hz) for one in there.formats} if there else set()
        others = [one for one in others if (one.name, one.clock_hz) in known]
    kept += others
    numbers = {str(one.payload_type) for one in kept}
    gone = {str(one.payload_type) for one in audio.formats} - numbers
    line = f"m=audio {audio.port} {audio.profile} {' '.join(str(one.payload_type) for one in kept)}"
    lines = [
        line if _is_stream_of(one, audio.port) else one
        for one in sdp.splitlines()
        if (found := _FORMAT.match(one)) is None or found[1] not in gone
    ]
    return "\r\n".join([*lines, ""])


def without_events(sdp: str) -> str:
    """Return the description of somebody who sends no keys beside his audio."""
    audio = parse_sdp(sdp).audio
    if audio is None:
        return sdp
    events = {one.payload_type for one in audio.formats if one.name.lower() == "telephone-event"}
    kept = " ".join(
        str(one.payload_type) for one in audio.formats if one.payload_type not in events
    )
    lines = [
        f"m=audio {audio.port} {audio.profile} {kept}" if _is_stream_of(one, audio.port) else one
        for one in sdp.splitlines()
        if (found := _FORMAT.match(one)) is None or int(found[1]) not in events
    ]
    return "\r\n".join([*lines, ""])


def _is_stream_of(line: str, port: int) -> bool:
    return line.startswith(f"m=audio {port} ")


def with_direction(sdp: str, direction: str) -> str:
    """Return the description with this direction for all of its media."""
    return _DIRECTION.sub("", sdp) + f"a={direction}\r\n"


def with_role(sdp: str, told: str | None) -> str:
    """Return the description of a browser as an answer: with the DTLS role that it has.

    An offer leaves the role open, and it took what the answer left to it (RFC 8842 §5.2).
    """
    ours = _ROLE.search(told or "")
    if ours is None or ours[1] not in _OTHER_ROLE:
        return sdp
    return _OPEN_ROLE.sub(f"a=setup:{_OTHER_ROLE[ours[1]]}", sdp)


def without_candidates(sdp: str) -> str:
    """Return the description of somebody who does not say yet where he can be reached by ICE."""
    return _CANDIDATE.sub("", sdp)


def continued(told: str | None, sdp: str) -> str:
    """Return a description as the next of those that a phone was told.

    rtpengine passes on the origin of whoever is on the other side just then. A phone must
    see the origin that it saw before, with the version raised by one if anything else
    differs (RFC 3264 §8); some ignore a description with an old version.
    """
    before = _ORIGIN.search(told or "")
    if told is None or before is None:
        return sdp
    unchanged = _ORIGIN.sub(lambda _found: before[0], sdp, count=1)
    if unchanged == told:
        return told
    raised = f"o={before[1]} {int(before[2]) + 1} {before[3]}"
    return _ORIGIN.sub(lambda _found: raised, sdp, count=1)
