"""How often somebody may do something: a bucket for each, of which each time takes a token."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

_MOST_KNOWN: Final = 10_000
"""Buckets that are kept: whoever comes from more addresses than this is not told apart."""


class Limit:
    """Lets each caller do something so many times at once, and so many times in a minute."""

    def __init__(self, *, per_minute: float, at_once: int | None = None) -> None:
        """Keep how often; ``at_once`` is as much as a minute's if it is left out."""
        self._per_s = per_minute / 60
        self._most = float(at_once or per_minute)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, who: str, now_s: float) -> float:
        """Count one time, and return 0; or return how long to wait, in seconds, and count none.

        Args:
            who: whose bucket it is.
            now_s: the time, by a clock that never goes back.
        """
        left, at_s = self._buckets.pop(who, (self._most, now_s))
        left = min(self._most, left + (now_s - at_s) * self._per_s)
        is_free = left >= 1
        self._buckets[who] = (left - is_free, now_s)
        if len(self._buckets) > _MOST_KNOWN:
            self._buckets.popitem(last=False)
        return 0.0 if is_free else (1 - left) / self._per_s

    def forgive(self, who: str) -> None:
        """Begin anew with somebody, who has shown that he may."""
        self._buckets.pop(who, None)
