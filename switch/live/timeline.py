"""The legs of a thread on a time line: where each bar stands, in thousandths of the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from switch.live.steps import outcome_words
from switch.threads.instants import seconds_between
from switch.threads.view import LegView, ThreadView

Kind = Literal["ring", "talk", "open", "wait"]

_WHOLE: Final = 1000
_LEAST: Final = 4
"""What is shorter is drawn so wide, for it could not be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Is a stretch of time on a lane."""

    kind: Kind
    """``ring``: called, not yet answered; ``talk``; ``open``: answered, but with nobody (held,
    waiting); ``wait``: on music."""
    x: int
    width: int
    seconds: float
    from_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Is a party of the conversation, or somebody who was called in vain."""

    who: str
    name: str | None
    role: str
    bars: tuple[Bar, ...]
    talk_s: float
    end: str
    """How it ended, in words; empty while it goes on."""
    in_vain: bool = False
    leg_id: str | None = None
    """Whose leg it is; ``None`` of somebody who was called in vain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Is a thread as it is drawn."""

    lanes: tuple[Lane, ...]
    seconds: float
    """How long it is, in seconds."""


class _Scale:
    """Knows where on the line an instant is."""

    def __init__(self, start: str, end: str) -> None:
        self._start = start
        self.seconds = seconds_between(start, end)

    def bar(self, kind: Kind, from_at: str, to_at: str) -> Bar:
        """Return the stretch from one instant to the other."""
        whole_s = self.seconds or 1.0
        x = round(_WHOLE * seconds_between(self._start, from_at) / whole_s)
        seconds = seconds_between(from_at, to_at)
        x = min(x, _WHOLE - _LEAST)
        width = max(_LEAST, min(round(_WHOLE * seconds / whole_s), _WHOLE - x))
        return Bar(kind=kind, x=x, width=width, seconds=seconds, from_at=from_at)


def timeline(thread: ThreadView, now: str) -> Timeline:
    """Return how the thread is drawn; what is not over lasts until now."""
    until = thread.ended_at or max(now, thread.started_at)
    scale = _Scale(thread.started_at, until)
    lanes: list[Lane] = []
    for leg in thread.legs:
        waits = thread.waits if leg.role == "customer" else ()
        bars = [*_bars(leg, scale, until)]
        bars += [scale.bar("wait", wait.from_at, wait.to_at or until) for wait in waits]
        lanes.append(
            Lane(
                who=leg.rep or leg.number or "withheld number",
                name=leg.name,
                role=leg.role,
                bars=tuple(bars),
                talk_s=leg.talk_s,
                end=(leg.end_reason or "").replace("_", " "),
                leg_id=leg.leg_id,
            )
        )
        lanes += [
            Lane(
                who=tried.rep or tried.territory or tried.number or "somebody",
                name=None,
                role="rep" if tried.rep else "external",
                bars=(scale.bar("ring", tried.from_at, tried.to_at or until),),
                talk_s=0.0,
                end="" if tried.to_at is None else outcome_words(tried.outcome),
                in_vain=True,
            )
            for tried in leg.attempts
            if tried.outcome != "answered"
        ]
    return Timeline(lanes=tuple(lanes), seconds=scale.seconds)


def _bars(leg: LegView, scale: _Scale, until: str) -> list[Bar]:
    end = leg.ended_at or until
    answered = leg.answered_at or end
    bars = [scale.bar("ring", leg.offered_at, answered)] if answered > leg.offered_at else []
    if leg.answered_at is not None and end > answered:
        bars.append(scale.bar("open", answered, end))
    bars += [scale.bar("talk", talk.started_at, talk.ended_at or end) for talk in leg.talks]
    return bars
