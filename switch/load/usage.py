"""What a switch on this machine costs while it is loaded: processor and memory of each process."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import psutil

from switch.load import cost

_PROGRAMS: Final = {
    "kamailio": "edge",
    "rtpengine": "media",
    "rtpengine-daemon": "media",
    "mosquitto": "broker",
}
_OWN: Final = {
    "switch.node": "node",
    "switch.desk": "desk",
    "switch.recording": "recording",
    "switch.worker.nursery": "nursery",
}


def programs_of(data_dir: Path) -> dict[str, int]:
    """Return the process ids of the programs of the switch that runs on a data folder.

    Of one that does not run, or is not ours to look at: none.
    """
    try:
        pid = int((data_dir / "softswitch.pid").read_text())
        children = psutil.Process(pid).children()
    except (OSError, ValueError, psutil.Error):
        return {}
    found = {}
    for child in children:
        with contextlib.suppress(psutil.Error):
            name = _PROGRAMS.get(child.name())
            name = name or next((_OWN[word] for word in child.cmdline() if word in _OWN), None)
            if name is not None:
                found[name] = child.pid
    return found


class Meter:
    """Adds up what processes cost, also of those that end meanwhile: look at it once a second."""

    def __init__(self, programs: Mapping[str, int]) -> None:
        """Begin to count now.

        Args:
            programs: process ids by name; their children count as theirs, and those of the
                nursery as workers.
        """
        self._programs = dict(programs)
        self._first: cost.Cost = {}
        self._last: cost.Cost = {}
        self.memory_mb: dict[str, float] = {}
        self.most_mb: dict[str, float] = {}
        """The most memory (PSS) that each program had when it was looked at."""
        self.most_together_mb = 0.0
        self._first = self._look()

    def look(self) -> None:
        """Take in what was spent since."""
        for key, spent in self._look().items():
            self._first.setdefault(key, 0.0)
            self._last[key] = spent

    def _look(self) -> cost.Cost:
        return self._of_each(cost.on_core_s)

    def _of_each(self, look: Callable[[int], float]) -> cost.Cost:
        """Return what is seen of each process, as far as its program lives and lets us look."""
        found: cost.Cost = {}
        for name, pid in self._programs.items():
            with contextlib.suppress(psutil.Error, OSError):
                found |= cost.of_each({name: pid}, look)
        return found

    def weigh(self) -> dict[str, float]:
        """Look at the memory of each program (PSS, in MB), and return it."""
        sums = self.memory_mb = cost.by_program(self._of_each(cost.memory_mb))
        for name, size in sums.items():
            self.most_mb[name] = max(size, self.most_mb.get(name, 0.0))
        self.most_together_mb = max(self.most_together_mb, sum(sums.values()))
        return self.memory_mb

    def cpu_s(self) -> dict[str, float]:
        """Return what each program has spent since the beginning, the dearest first."""
        return cost.by_program(
            {key: spent - self._first.get(key, 0.0) for key, spent in self._last.items()}
        )

    def counts(self) -> dict[str, int]:
        """Return how many processes and open files there are now, of all programs together."""
        files = self._of_each(lambda pid: psutil.Process(pid).num_fds())
        return {"processes": len(files), "files": int(sum(files.values()))}
