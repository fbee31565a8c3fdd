"""What a switch uses: processes, handles and memory, by program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What all processes of a switch use together, by program."""

    processes: Counter[str]
    handles: Counter[str]
    memory_bytes: Counter[str]
    """Memory that is theirs alone (USS): what would be free if they ended."""

    def table(self, later: Figures) -> str:
        """Return these and later figures side by side."""
        rows = [f"{'program':<14}{'processes':>16}{'handles':>16}{'memory, MB':>20}"]
        for name in sorted(self.processes | later.processes):
            memory = (f"{figures.memory_bytes[name] / 1e6:.1f}" for figures in (self, later))
            rows.append(
                f"{name:<14}"
                f"{self.processes[name]:>9} → {later.processes[name]:<4}"
                f"{self.handles[name]:>9} → {later.handles[name]:<4}"
                f"{' → '.join(memory):>20}"
            )
        return "\n".join(rows)


def look(pids: dict[str, int]) -> Figures:
    """Look at the processes of a switch, and at those that they have started."""
    found = Figures(processes=Counter(), handles=Counter(), memory_bytes=Counter())
    for name, pid in pids.items():
        parent = psutil.Process(pid)
        _count(found, name, [parent])
        _count(found, f"{name}'s", parent.children(recursive=True))
    return found


def _count(found: Figures, name: str, processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        try:
            handles, memory = process.num_fds(), process.memory_full_info().uss
        except psutil.NoSuchProcess:
            continue
        found.processes[name] += 1
        found.handles[name] += handles
        found.memory_bytes[name] += memory
