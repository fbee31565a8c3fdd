"""In which order the reps of a territory are rung.

Nothing here knows the world: who is available, how long they have been idle, who was rung last
and any chance are arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias


class Strategy(StrEnum):
    """Is how a territory looks for a rep (RFC 3261 §6 knows the parallel and the sequential)."""

    RING_ALL = "ring_all"
    """All available reps at once."""
    LONGEST_IDLE = "longest_idle"
    """One after the other, first whoever has been without a call for the longest time."""
    ROUND_ROBIN = "round_robin"
    """One after the other, first whoever follows the one that the last hunt rang last."""
    FEWEST_CALLS = "fewest_calls"
    """One after the other, first whoever has answered the fewest calls."""
    SEQUENTIAL = "sequential"
    """One after the other, in the order of the file."""
    RANDOM = "random"
    """One after the other, as chance has it."""
    PROGRESSIVE = "progressive"
    """In the order of the file, each joining those who ring already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Is an available rep, as far as an order may hang on him."""

    rep: str
    """His name."""
    idle_since_s: float | None = None
    """When his last call ended, by any clock; ``None`` = he had none yet, and so waited longest."""
    calls: int = 0
    """Calls he has answered."""


_Key: TypeAlias = Callable[[Candidate], float]


def order(
    strategy: Strategy,
    candidates: Sequence[Candidate],
    *,
    members: Sequence[str],
    last: str | None = None,
    draws: Sequence[float] = (),
) -> tuple[str, ...]:
    """Return the candidates' names, the first to ring first.

    Where a strategy sees no difference between two, the order of the file decides.

    Args:
        strategy: how to look.
        candidates: the available members, whoever transfers not among them.
        members: all names of the territory, in the order of the file.
        last: whom the territory's hunt before this one rang last; ``None`` = there was none.
        draws: for ``random`` a number from 0 to 1 for each candidate.
    """
    place = {name: index for index, name in enumerate(members)}
    in_file = sorted(candidates, key=lambda one: place[one.rep])
    if strategy is Strategy.RANDOM:
        drawn = sorted(zip(draws, in_file, strict=True), key=lambda pair: pair[0])
        return tuple(one.rep for _draw, one in drawn)
    key = _KEYS.get(strategy)
    if strategy is Strategy.ROUND_ROBIN and last in place:
        first = place[last] + 1
        key = _turn(place, first, len(members))
    ordered = in_file if key is None else sorted(in_file, key=key)
    return tuple(one.rep for one in ordered)


def _turn(place: Mapping[str, int], first: int, size: int) -> _Key:
    return lambda one: (place[one.rep] - first) % size


def _idle_since(one: Candidate) -> float:
    return float("-inf") if one.idle_since_s is None else one.idle_since_s


_KEYS: Final[Mapping[Strategy, _Key]] = MappingProxyType(
    {
        Strategy.LONGEST_IDLE: _idle_since,
        Strategy.FEWEST_CALLS: lambda one: one.calls,
    }
)
