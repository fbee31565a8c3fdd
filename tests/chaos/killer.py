"""Kills the programs of a switch, with SIGKILL, as a seed says."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from switch.run.supervisor import Supervisor
from tests.chaos.family import Family
from tests.chaos.plan import Blow


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """Is one that was killed."""

    at_s: float
    """UTC, seconds."""
    program: str
    pid: int


@dataclass(slots=True, kw_only=True)
class Killer:
    """Kills until it is cancelled."""

    supervisor: Supervisor
    family: Family
    kills: list[Kill] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many were killed, by program."""
        return dict(sorted(Counter(kill.program for kill in self.kills).items()))

    async def run(self, blows: Iterable[Blow]) -> None:
        """Kill one after the other; who is not there just now is spared."""
        for blow in blows:
            await asyncio.sleep(blow.pause_s)
            victims = await asyncio.to_thread(self.family.victims, self.supervisor.pids)
            if pids := victims.get(blow.program):
                self._kill(blow.program, pids[int(blow.place * len(pids))])

    def _kill(self, program: str, pid: int) -> None:
        at_s = time.time()
        with contextlib.suppress(ProcessLookupError):
            if (
                program == "edge"
            ):  # Kamailio is many processes; the supervisor made a group of them.
                os.killpg(pid, signal.SIGKILL)
            else:
                os.kill(pid, signal.SIGKILL)
            self.kills.append(Kill(at_s=at_s, program=program, pid=pid))
