"""Which parts of a conversation were recorded."""

from __future__ import annotations

from collections.abc import Sequence

from switch.records.leg import Recorded
from switch.threads.clock import Clock, duration
from switch.threads.instants import seconds_between
from switch.threads.view import LegView

_MOST_SPANS = 4
_GOES_ON = "…"


def recorded_rows(legs: Sequence[tuple[str, LegView]], clock: Clock) -> list[tuple[str, ...]]:
    """Return a row for each leg that was recorded: who, how much of his talk, and when.

    Args:
        legs: the legs, each behind what its party is called.
        clock: writes the times.
    """
    return [
        (name, _how_much(leg), _when(leg.recorded, clock)) for name, leg in legs if leg.recorded
    ]


def recorded_s(spans: Sequence[Recorded]) -> float:
    """Return how many seconds were recorded; what goes on is not counted yet."""
    ms = sum(
        round(1000 * seconds_between(span.from_at, span.to_at))
        for span in spans
        if span.to_at is not None
    )
    return ms / 1000


def _how_much(leg: LegView) -> str:
    if leg.recorded[-1].to_at is None:
        return _GOES_ON
    return f"{duration(recorded_s(leg.recorded))} of {duration(leg.talk_s)}"


def _when(spans: Sequence[Recorded], clock: Clock) -> str:
    shown = [_span(span, clock) for span in spans[:_MOST_SPANS]]
    more = len(spans) - _MOST_SPANS
    return ", ".join([*shown, f"{more} more"] if more > 0 else shown)


def _span(span: Recorded, clock: Clock) -> str:
    to = _GOES_ON if span.to_at is None else clock.time(span.to_at)
    return f"{clock.time(span.from_at)} to {to}"
