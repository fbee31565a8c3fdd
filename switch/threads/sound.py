"""How a conversation sounded to those who were in it, and whether that was bad."""

from collections.abc import Sequence

from switch.records.leg import Quality
from switch.threads.view import LegView, ThreadView

BAD_MOS = 3.5
"""Below it people complain (ITU-T G.107: "some users dissatisfied" ends at 3.6)."""
BAD_LOSS_PCT = 3.0
"""Above it gaps are heard, whatever phones do to hide them."""
_UNKNOWN = "–"


def is_bad(thread: ThreadView) -> bool:
    """Whether somebody in it has heard badly, as far as phones have reported."""
    return any(_is_bad(leg.quality) for leg in thread.legs if leg.quality is not None)


def _is_bad(quality: Quality) -> bool:
    mos, lost_pct = quality.mos, quality.lost_pct
    return (mos is not None and mos < BAD_MOS) or (lost_pct is not None and lost_pct > BAD_LOSS_PCT)


def sound_rows(legs: Sequence[tuple[str, LegView]]) -> list[tuple[str, ...]]:
    """Return a heading and a row for each leg whose phone has reported; or nothing.

    Args:
        legs: the legs, each behind what its party is called.
    """
    rows = [
        _row(name, leg, leg.quality)
        for name, leg in legs
        if leg.quality is not None and leg.quality.lost_pct is not None
    ]
    return [("heard by", "codec", "MOS", "lost", "jitter", "round trip"), *rows] if rows else []


def _row(name: str, leg: LegView, quality: Quality) -> tuple[str, ...]:
    return (
        name,
        leg.codec or _UNKNOWN,
        _figure(quality.mos),
        _figure(quality.lost_pct, " %"),
        _figure(quality.jitter_ms, " ms"),
        _figure(quality.round_trip_ms, " ms"),
    )


def _figure(value: float | None, unit: str = "") -> str:
    return _UNKNOWN if value is None else f"{value:.1f}{unit}"
