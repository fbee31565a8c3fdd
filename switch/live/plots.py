"""Plots of the figures of a day: where their bars stand, in units of the picture.

A template only writes them down as SVG. What a bar is of stands beside it in words, so that a
pointer, and whoever listens, are told it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from switch.live.figures import Band, Figures, Hour
from switch.live.steps import outcome_words

WIDTH: Final = 360.0
HEIGHT: Final = 140.0
_FLOOR: Final = 120.0
"""Where bars stand; below are the words of the axis."""
_TOP: Final = 10.0
_ROW: Final = 22.0
_LABELS: Final = 140.0
"""Room for the words before bars that lie."""
_NUMBERS: Final = 40.0
"""Room for the numbers behind them."""
_SHORTER: Final = {"abandoned": "customer hung up", "elsewhere": "another took it"}
"""Where the words that follow a name are too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Is a rectangle."""

    kind: str
    """What it counts; how it is coloured."""
    x: float
    y: float
    width: float
    height: float
    says: str
    """What it is of, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Is a word of an axis."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Is a picture."""

    width: float
    height: float
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    most: int
    """How much the longest bar, or heap of bars, stands for; 0: there is nothing to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plots:
    """Is all pictures of a day."""

    hours: Plot
    """Calls of customers by hour, and what became of them: one on the other."""
    waits: Plot
    """How many customers waited how long until they were answered."""
    transfers: Plot
    """Transfers by outcome: the bars lie."""


def plots_of(figures: Figures) -> Plots:
    """Return the pictures of a day."""
    return Plots(
        hours=_hours(figures.hours),
        waits=_waits(figures.bands),
        transfers=_transfers(figures.transfers.outcomes),
    )


def _hours(hours: Sequence[Hour]) -> Plot:
    most = max(one.answered + one.abandoned + one.unanswered for one in hours)
    step = WIDTH / len(hours)
    bars: list[Bar] = []
    for place, one in enumerate(hours):
        bottom = _FLOOR
        for kind, count in (
            ("answered", one.answered),
            ("abandoned", one.abandoned),
            ("unanswered", one.unanswered),
        ):
            if count:
                height = _share(count, most, _FLOOR - _TOP)
                bottom -= height
                says = f"{one.hour:02}:00 to {one.hour + 1:02}:00: {count} {kind}"
                bars.append(_upright(kind, place, step, bottom, height, says))
    marks = tuple(
        Mark(x=round((place + 0.5) * step, 1), y=HEIGHT - 4, text=f"{one.hour:02}")
        for place, one in enumerate(hours)
        if one.hour % 3 == 0
    )
    return Plot(width=WIDTH, height=HEIGHT, bars=tuple(bars), marks=marks, most=most)


def _waits(bands: Sequence[Band]) -> Plot:
    most = max(one.calls for one in bands)
    step = WIDTH / len(bands)
    bars: list[Bar] = []
    marks: list[Mark] = []
    for place, one in enumerate(bands):
        height = _share(one.calls, most, _FLOOR - _TOP - 12)
        if one.calls:
            says = f"{band_words(one)} s: {one.calls}"
            bars.append(_upright("wait", place, step, _FLOOR - height, height, says))
        x = round((place + 0.5) * step, 1)
        marks.append(Mark(x=x, y=HEIGHT - 4, text=band_words(one)))
        if one.calls:
            marks.append(Mark(x=x, y=round(_FLOOR - height - 4, 1), text=str(one.calls)))
    return Plot(width=WIDTH, height=HEIGHT, bars=tuple(bars), marks=tuple(marks), most=most)


def _transfers(outcomes: dict[str, int]) -> Plot:
    most = max(outcomes.values(), default=0)
    bars: list[Bar] = []
    marks: list[Mark] = []
    # What happened most stands first.
    for place, (outcome, count) in enumerate(
        sorted(outcomes.items(), key=lambda one: (-one[1], one[0]))
    ):
        width = _share(count, most, WIDTH - _LABELS - _NUMBERS)
        y = place * _ROW
        bars.append(
            Bar(
                kind=outcome if outcome in {"answered", "pending"} else "failed",
                x=_LABELS,
                y=y + 3,
                width=width,
                height=_ROW - 6,
                says=f"{_words(outcome)}: {count}",
            )
        )
        marks.append(Mark(x=_LABELS - 8, y=y + 15, text=_words(outcome)))
        marks.append(Mark(x=round(_LABELS + width + 6, 1), y=y + 15, text=str(count)))
    height = max(1, len(outcomes)) * _ROW
    return Plot(width=WIDTH, height=height, bars=tuple(bars), marks=tuple(marks), most=most)


def band_words(band: Band) -> str:
    """Return which waits are in a band, in seconds."""
    if band.to_s is None:
        return f"{band.from_s:.0f}+"
    return f"{band.from_s:.0f}–{band.to_s:.0f}"


def _words(outcome: str) -> str:
    return _SHORTER.get(outcome) or outcome_words(outcome)


def _upright(kind: str, place: int, step: float, y: float, height: float, says: str) -> Bar:
    gap = step * 0.15
    return Bar(
        kind=kind,
        x=round(place * step + gap, 1),
        y=round(y, 1),
        width=round(step - 2 * gap, 1),
        height=height,
        says=says,
    )


def _share(count: int, most: int, room: float) -> float:
    """Return how long a bar is."""
    return round(room * count / most, 1) if most else 0.0
