"""Whole numbers from 1 on, as the stretches without a gap that they make."""

from __future__ import annotations

from bisect import bisect_right


class Spans:
    """Is a set of numbers that come more or less in order; all up to ``through`` are in it."""

    def __init__(self, through: int = 0) -> None:
        """Begin with all numbers up to this one."""
        self._firsts = [1]
        self._lasts = [through]

    @property
    def through(self) -> int:
        """The number before the first that is missing."""
        return self._lasts[0]

    def add(self, first: int, last: int) -> None:
        """Add the numbers from the first to the last of them, both included."""
        if first > last:
            return
        # Those that it meets, or that it leaves no gap to, become one with it.
        begin = bisect_right(self._lasts, first - 2)
        end = bisect_right(self._firsts, last + 1)
        if begin < end:
            first = min(first, self._firsts[begin])
            last = max(last, self._lasts[end - 1])
        self._firsts[begin:end] = [first]
        self._lasts[begin:end] = [last]

    def __contains__(self, number: int) -> bool:
        place = bisect_right(self._firsts, number) - 1
        return place >= 0 and number <= self._lasts[place]

    def __len__(self) -> int:
        """Return how many stretches there are."""
        return len(self._firsts)
