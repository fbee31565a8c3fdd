"""The lines of a plan, which a worker writes at each moment that changes who is recorded.

Times are seconds since 1970 by the clock that rtpengine stamps packets with, which is this
machine's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

from switch.sip.sdp import parse_sdp

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_CLOCK_HZ: Final = 8000
"""What a static payload type ticks with (RFC 3551 §6), but for some that nobody uses."""


class Side(StrEnum):
    """Is where a leg is heard."""

    LEFT = "left"
    """The customer."""
    RIGHT = "right"
    """Whoever talks with him: reps, colleagues, numbers outside."""


class Why(StrEnum):
    """Is why nothing is recorded from an instant on."""

    PAUSED = "paused"
    """What is said is nobody's business (a card number)."""
    STOPPED = "stopped"
    """Somebody wanted it."""
    LOST = "lost"
    """rtpengine died; another goes on."""


class _Line(msgspec.Struct, frozen=True, kw_only=True, tag_field="what"):
    at_s: float


class RecordingStarted(_Line, frozen=True, kw_only=True, tag="recording started"):
    """rtpengine has been told to record; also after a pause."""


class RecordingStopped(_Line, frozen=True, kw_only=True, tag="recording stopped"):
    """Nothing is to be in the file from now on."""

    why: Why


class LegDescribed(_Line, frozen=True, kw_only=True, tag="leg described"):
    """A leg's party was told where to send. Again whenever that is another port or codec."""

    leg_id: str
    side: Side
    port: int
    """rtpengine's port for this leg."""
    remote_port: int | None = None
    """The port that the party's own description names; None: it has sent none."""
    formats: dict[int, tuple[str, int]]
    """Codec and RTP clock of each payload type it may send."""
    rep: str | None = None
    """The rep whose leg it is; None: nobody of ours."""


class LegHeard(_Line, frozen=True, kw_only=True, tag="leg heard"):
    """A leg is heard from now on."""

    leg_id: str


class LegUnheard(_Line, frozen=True, kw_only=True, tag="leg unheard"):
    """A leg is heard by nobody from now on: it is muted, or over."""

    leg_id: str


class ConversationOver(_Line, frozen=True, kw_only=True, tag="conversation over"):
    """No line follows; rtpengine has closed its files."""


Line = RecordingStarted | RecordingStopped | LegDescribed | LegHeard | LegUnheard | ConversationOver

_DECODER: Final = msgspec.json.Decoder(Line)


def is_name(text: str) -> bool:
    """Tell whether a text can be the name of a conversation, and so of files."""
    return _NAME.fullmatch(text) is not None


def name_of(conversation_id: str, began_at: str, ending: str) -> str:
    """Return the name that a recording is kept by, which began at an instant (ISO 8601)."""
    return f"{began_at[:10].replace('-', '/')}/{conversation_id}.{ending}"


def described(
    leg_id: str,
    side: Side,
    *,
    at_s: float,
    told: str,
    said: str | None = None,
    rep: str | None = None,
) -> LegDescribed | None:
    """Return the line for a leg; None if it was told of no audio.

    Args:
        leg_id: the leg.
        side: where it is heard.
        at_s: now.
        told: the description that its party was sent: it names rtpengine's port.
        said: the one its party sent.
        rep: whose leg it is.

    Raises:
        SipParseError: a description cannot be read.
    """
    audio = parse_sdp(told).audio
    if audio is None:
        return None
    theirs = parse_sdp(said).audio if said else None
    return LegDescribed(
        at_s=at_s,
        leg_id=leg_id,
        side=side,
        port=audio.port,
        remote_port=theirs.port if theirs else None,
        formats={one.payload_type: (one.name, one.clock_hz or _CLOCK_HZ) for one in audio.formats},
        rep=rep,
    )


def encode(line: Line) -> bytes:
    """Return a line as it stands in the file."""
    return msgspec.json.encode(line) + b"\n"


def decode(lines: Iterable[bytes]) -> list[Line]:
    """Return the lines of a file; a torn one, which a worker did not finish, is left out."""
    read = []
    for line in lines:
        try:
            read.append(_DECODER.decode(line))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
    return read
