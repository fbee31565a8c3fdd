"""What lies beside a recording: when it began, who is heard where and when, what was left out.

Everything is in seconds from the recording's beginning, as a player counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from switch.recording.tape.line import Side, Why
from switch.recording.tape.plan import Plan


class LegMark(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Is one time in which a leg is heard."""

    leg_id: str
    side: Side
    from_s: float
    to_s: float
    rep: str | None = None


class GapMark(msgspec.Struct, frozen=True, kw_only=True):
    """Is one time that was left out, and is silent in the recording."""

    why: Why
    from_s: float
    to_s: float


class Marks(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Is the account of one recording; the file beside it holds it as JSON."""

    conversation_id: str
    began_at: str
    """UTC, ISO 8601, milliseconds."""
    duration_s: float
    file: str
    """The name of the recording."""
    rate_hz: int
    legs: list[LegMark]
    gaps: list[GapMark]
    codecs: dict[str, int]
    """How many packets of each codec were heard: ``left PCMU``."""
    unreadable: list[str] = []
    """Codecs that nobody here can decode: they are silent."""


def instant(at_s: float) -> str:
    """Return an instant as records have it."""
    text = datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def marks(
    plan: Plan,
    *,
    conversation_id: str,
    from_s: float,
    duration_s: float,
    file: str,
    rate_hz: int,
    codecs: Mapping[tuple[Side, str], int],
    unreadable: frozenset[str],
) -> Marks:
    """Return the account of a recording of a plan."""
    legs = [
        LegMark(
            leg_id=leg.leg_id,
            side=leg.side,
            rep=leg.rep,
            from_s=_offset(span.from_s, from_s, duration_s),
            to_s=_offset(span.to_s, from_s, duration_s),
        )
        for leg in plan.legs
        for span in leg.heard
    ]
    return Marks(
        conversation_id=conversation_id,
        began_at=instant(from_s),
        duration_s=round(duration_s, 3),
        file=file,
        rate_hz=rate_hz,
        legs=sorted(
            (one for one in legs if one.to_s > one.from_s), key=lambda one: (one.from_s, one.side)
        ),
        gaps=[
            GapMark(
                why=gap.why,
                from_s=_offset(gap.from_s, from_s, duration_s),
                to_s=_offset(gap.to_s, from_s, duration_s),
            )
            for gap in plan.gaps
        ],
        codecs={f"{side} {codec}": packets for (side, codec), packets in sorted(codecs.items())},
        unreadable=sorted(unreadable),
    )


def _offset(at_s: float, from_s: float, duration_s: float) -> float:
    return round(min(max(at_s - from_s, 0.0), duration_s), 3)
