"""What becomes of each rep who is rung in a hunt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Outcome(StrEnum):
    """Is what became of one rep in a hunt."""

    ANSWERED = "answered"
    """He took the call."""
    DECLINED = "declined"
    """He said no."""
    BUSY = "busy"
    """His phone was busy, though the switch knew of no call."""
    NO_ANSWER = "no_answer"
    """His phones rang in vain."""
    UNREACHABLE = "unreachable"
    """No phone of his rang."""
    ELSEWHERE = "elsewhere"
    """Another took the call."""
    CANCELLED = "cancelled"
    """The caller gave up."""


_OUTCOMES: Final[Mapping[int, Outcome]] = MappingProxyType(
    {
        403: Outcome.DECLINED,
        486: Outcome.BUSY,
        600: Outcome.BUSY,
        603: Outcome.DECLINED,
        607: Outcome.DECLINED,
        608: Outcome.DECLINED,
    }
)
_SILENT: Final = frozenset({408, 480})
"""Statuses that mean silence: of a phone that rang, or of one that never did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Is the ringing of one rep in a hunt; several phones of his are one attempt."""

    rep: str
    """His name."""
    from_s: float
    """When he was rung."""
    rang: bool = False
    """A phone of his said that it rings (180)."""
    to_s: float | None = None
    """When it was over; ``None`` while he rings."""
    outcome: Outcome | None = None
    """What became of it; ``None`` while he rings."""


def outcome_of(sip_status: int, *, rang: bool) -> Outcome:
    """Return what a final failure of a rep's phone means.

    Args:
        sip_status: the phone's, or the edge's in its place.
        rang: whether a phone of his had said that it rings.
    """
    if sip_status in _SILENT and rang:
        return Outcome.NO_ANSWER
    return _OUTCOMES.get(sip_status, Outcome.UNREACHABLE)
