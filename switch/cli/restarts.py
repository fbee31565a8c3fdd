"""Notices that a program of the switch ends again and again."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Final

WITHIN_S: Final = 60.0
"""Ends so close together count as one trouble."""
TOO_OFTEN: Final = 3
"""So many ends within that time are no accident."""


class Restarts:
    """The programs that were seen to be started again, and when."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        """Begin with the programs as they run now."""
        self._last = dict(pids)
        self._seen: defaultdict[str, deque[float]] = defaultdict(deque)

    def see(self, pids: Mapping[str, int], *, now_s: float) -> list[str]:
        """Take note of what runs now; return which programs have just ended too often.

        Such a program is named once, and again if it goes on for as long again.

        Args:
            pids: the id of each program that runs; one that is not there is just starting.
            now_s: monotonic time.
        """
        too_often = []
        for name, pid in pids.items():
            if self._last.get(name) == pid:
                continue
            self._last[name] = pid
            times = self._seen[name]
            times.append(now_s)
            while times[0] < now_s - WITHIN_S:
                times.popleft()
            if len(times) >= TOO_OFTEN:
                times.clear()
                too_often.append(name)
        return too_often
