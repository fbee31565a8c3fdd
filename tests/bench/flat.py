"""The row of the bench that takes long: whether anything grows while calls go on and on."""

from __future__ import annotations

import asyncio
import statistics
from pathlib import Path
from typing import Final

from switch.load.usage import Meter
from tests.bench.figures import Figure
from tests.bench.stand import stand
from tests.bench.work import CALLS, Say, played

_HALF_OF: Final = 120.0
"""The rate of calls that there must be."""
_ROUNDS: Final = 5
_SETTLES_S: Final = 3.0
_MOST_GROWTH: Final = 0.1
"""Of memory and latency, from the second round to the last; noise is less."""
_MOST_MORE: Final = 5
"""Handles and processes: a worker that is just being replaced has its own."""


async def flat(
    folder: Path, say: Say, *, seconds: float = 600.0, rate_per_s: float = _HALF_OF / 2
) -> list[Figure]:
    """Let calls go on for so long, and compare the end with the beginning.

    Between rounds nobody calls: what is there then has been left behind. The first round is for
    the switch to reach its size.
    """
    workers = round(1.3 * rate_per_s * 1.7) + 16
    memory, handles, processes, p50, p95, failed = [], [], [], [], [], 0
    async with stand(folder / "switch", warm=round(rate_per_s * 1.7), most=workers) as switch:
        for number in range(_ROUNDS):
            place = folder / f"{number}"
            place.mkdir()
            found = await played(switch, CALLS, seconds / _ROUNDS, rate_per_s, place, say)
            await asyncio.sleep(_SETTLES_S)
            meter = Meter(switch.programs)
            counts = meter.counts()
            memory.append(sum(meter.weigh().values()))
            handles.append(counts["files"])
            processes.append(counts["processes"])
            spread = found.latency_ms["INVITE to 200, less ringing"]
            p50.append(spread.p50)
            p95.append(spread.p95)
            failed += found.failed
    what = f"{seconds:g} s at {rate_per_s:g} calls/s"
    return [
        Figure(name=f"{what}: failed", result=failed, unit="calls", target=0),
        _growth(f"{what}: growth of memory (PSS)", memory, "MB"),
        _growth(f"{what}: growth of latency p50", p50, "ms"),
        _growth(f"{what}: growth of latency p95", p95, "ms"),
        _more(f"{what}: more open files", handles),
        _more(f"{what}: more processes", processes),
    ]


def _growth(name: str, values: list[float], unit: str) -> Figure:
    first = statistics.mean(values[1:3])
    last = statistics.mean(values[-2:])
    return Figure(
        name=name,
        result=100 * (last / first - 1),
        unit="%",
        target=100 * _MOST_GROWTH,
        note=f"{unit}, round by round: " + ", ".join(f"{one:.4g}" for one in values),
    )


def _more(name: str, values: list[int]) -> Figure:
    return Figure(
        name=name,
        result=values[-1] - values[1],
        unit="",
        target=_MOST_MORE,
        note="round by round: " + ", ".join(map(str, values)),
    )
