"""The plan of a recording: whose ports are whose, who was heard when, and what was left out.

A worker appends a line to the plan of its conversation at each such moment, so that the plan is
as whole as the capture whatever dies (:mod:`switch.recording.tape.line`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, assert_never

from switch.recording.tape.line import (
    ConversationOver,
    LegDescribed,
    LegHeard,
    LegUnheard,
    Line,
    RecordingStarted,
    RecordingStopped,
    Side,
    Why,
)
from switch.sip.sdp import STATIC_PAYLOAD_TYPES

_CLOCK_HZ: Final = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Is a time from one instant to another."""

    from_s: float
    to_s: float
    """Infinite: it has no end yet."""

    def holds(self, at_s: float) -> bool:
        """Tell whether an instant lies in it."""
        return self.from_s <= at_s < self.to_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Is a time of which nothing was recorded."""

    from_s: float
    to_s: float
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLeg:
    """Is one leg of the plan."""

    leg_id: str
    side: Side
    rep: str | None
    ports: frozenset[int]
    remote_ports: frozenset[int]
    formats: Mapping[int, tuple[str, int]]
    heard: tuple[Span, ...]

    def format_of(self, payload_type: int) -> tuple[str, int] | None:
        """Return codec and RTP clock of a payload type; None: nobody agreed on it."""
        agreed = self.formats.get(payload_type)
        if agreed is None and payload_type in STATIC_PAYLOAD_TYPES:
            # Some phones send what they like best, whatever was agreed on.
            return STATIC_PAYLOAD_TYPES[payload_type], _CLOCK_HZ
        return agreed


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Is all that a plan's lines say."""

    legs: tuple[PlannedLeg, ...]
    recorded: tuple[Span, ...]
    gaps: tuple[Gap, ...]
    """Times in between of which nothing was recorded."""
    is_over: bool
    """Whether no line can follow."""

    @property
    def from_s(self) -> float | None:
        """When the recording began; None: it never did."""
        return self.recorded[0].from_s if self.recorded else None

    @property
    def to_s(self) -> float | None:
        """When it ended; None: nobody said so."""
        last = self.recorded[-1].to_s if self.recorded else None
        return None if last == float("inf") else last

    def is_recorded(self, at_s: float) -> bool:
        """Tell whether what was said at an instant is to be in the file."""
        return any(span.holds(at_s) for span in self.recorded)


@dataclass(slots=True)
class _Leg:
    side: Side
    rep: str | None
    ports: set[int] = field(default_factory=set)
    remote_ports: set[int] = field(default_factory=set)
    formats: dict[int, tuple[str, int]] = field(default_factory=dict)


@dataclass(slots=True)
class _Spans:
    """Spans that are begun and ended; each at most once at a time."""

    done: list[Span] = field(default_factory=list)
    since_s: float | None = None

    def begin(self, at_s: float) -> None:
        if self.since_s is None:
            self.since_s = at_s

    def end(self, at_s: float) -> None:
        if self.since_s is not None:
            self.done.append(Span(from_s=self.since_s, to_s=at_s))
            self.since_s = None

    def all(self) -> tuple[Span, ...]:
        open_one = [] if self.since_s is None else [Span(from_s=self.since_s, to_s=float("inf"))]
        return (*self.done, *open_one)


class _Fold:
    """Takes the lines one after the other."""

    def __init__(self) -> None:
        self._legs: dict[str, _Leg] = {}
        self._heard: dict[str, _Spans] = {}
        self._recorded = _Spans()
        self._reasons: list[Why] = []
        self._is_over = False

    def take(self, line: Line) -> None:
        match line:
            case RecordingStarted(at_s=at_s):
                self._recorded.begin(at_s)
            case RecordingStopped(at_s=at_s, why=why):
                if self._recorded.since_s is not None:
                    self._reasons.append(why)
                self._recorded.end(at_s)
            case LegDescribed():
                self._describe(line)
            case LegHeard(at_s=at_s, leg_id=leg_id):
                self._heard.setdefault(leg_id, _Spans()).begin(at_s)
            case LegUnheard(at_s=at_s, leg_id=leg_id):
                self._heard.setdefault(leg_id, _Spans()).end(at_s)
            case ConversationOver(at_s=at_s):
                self._recorded.end(at_s)
                for spans in self._heard.values():
                    spans.end(at_s)
                self._is_over = True
            case _:
                assert_never(line)

    def _describe(self, line: LegDescribed) -> None:
        leg = self._legs.setdefault(line.leg_id, _Leg(side=line.side, rep=line.rep))
        leg.side, leg.rep = line.side, line.rep or leg.rep
        leg.ports.add(line.port)
        if line.remote_port is not None:
            leg.remote_ports.add(line.remote_port)
        leg.formats.update(line.formats)

    def plan(self) -> Plan:
        recorded = self._recorded.all()
        return Plan(
            legs=tuple(
                PlannedLeg(
                    leg_id=leg_id,
                    side=leg.side,
                    rep=leg.rep,
                    ports=frozenset(leg.ports),
                    remote_ports=frozenset(leg.remote_ports),
                    formats=leg.formats,
                    heard=self._heard[leg_id].all() if leg_id in self._heard else (),
                )
                for leg_id, leg in self._legs.items()
            ),
            recorded=recorded,
            gaps=tuple(
                Gap(from_s=before.to_s, to_s=after.from_s, why=why)
                for before, after, why in zip(
                    recorded[:-1], recorded[1:], self._reasons, strict=False
                )
            ),
            is_over=self._is_over,
        )


def fold(lines: Iterable[Line]) -> Plan:
    """Return the plan that lines make up."""
    folding = _Fold()
    for line in lines:
        folding.take(line)
    return folding.plan()
