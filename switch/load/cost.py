"""What the processes of a switch cost: their time on a core, and their memory."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import psutil

WORKERS: Final = "workers"
_NURSERY: Final = "nursery"
_NS: Final = 1_000_000_000
_MB: Final = 1024 * 1024

Cost = dict[tuple[str, int], float]
"""Of each process, by its program and its id."""


def processes(programs: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return all processes of a switch: the supervisor's children, and theirs."""
    found = []
    for name, pid in programs.items():
        found.append((name, pid))
        below = WORKERS if name == _NURSERY else name
        found += [(below, child.pid) for child in psutil.Process(pid).children(recursive=True)]
    return found


def of_each(programs: Mapping[str, int], look: Callable[[int], float]) -> Cost:
    """Return what is seen of each process, but of one that ends while it is looked at."""
    seen: Cost = {}
    for name, pid in processes(programs):
        with contextlib.suppress(psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
            seen[name, pid] = look(pid)
    return seen


def cpu_s(programs: Mapping[str, int]) -> Cost:
    """Return how long each process was on a core, in user and kernel mode together.

    It is what utime + stime add up to, but in ns: those count 10 ms, and an idle worker needs
    less in a minute.
    """
    return of_each(programs, on_core_s)


def ticks_s(programs: Mapping[str, int]) -> float:
    """Return utime + stime of them all, to compare."""
    spent = of_each(programs, lambda pid: sum(psutil.Process(pid).cpu_times()[:2]))
    return float(sum(spent.values()))


def on_core_s(pid: int) -> float:
    """Return how long a process was on a core so far."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / _NS


def between(before: Cost, after: Cost) -> Cost:
    """Return what was spent; who was born meanwhile had nothing before."""
    return {key: spent - before.get(key, 0.0) for key, spent in after.items()}


def by_program(cost: Cost) -> dict[str, float]:
    """Return the sums, the dearest first."""
    sums: dict[str, float] = defaultdict(float)
    for (name, _pid), spent in cost.items():
        sums[name] += spent
    return dict(sorted(sums.items(), key=lambda item: -item[1]))


def pss_mb(programs: Mapping[str, int]) -> Cost:
    """Return the memory of each process, shared pages divided by those who share them."""
    return of_each(programs, memory_mb)


def memory_mb(pid: int) -> float:
    """Return the memory of a process (PSS)."""
    return float(psutil.Process(pid).memory_full_info().pss / _MB)
