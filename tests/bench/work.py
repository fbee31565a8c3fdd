"""The rows of the bench that are made of SIPp's calls: what they cost, and how long they take."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from switch.load import cost
from switch.load.cast import Wish
from switch.load.catalogue import load_named
from switch.load.result import Result
from switch.load.run import Progress, Run
from switch.load.timeline import ACCEPTED, ADDED, RECALLED, TARGET
from tests.bench.figures import Figure
from tests.bench.stand import Stand, stand

Say = Callable[[str], None]

_SETTLES_S: Final = 3.0
_REST_S: Final = 0.6
_SPARE: Final = 16
_PROBE_S: Final = 20.0
_MOST_REPEATED: Final = 0.01
"""Of the messages of a call: as the peers were judged (reference figures)."""
_MESSAGES: Final = 13
_FASTER: Final = 1.15
_SLOWER: Final = 0.87
_PROBES: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Is one kind of work that the peers were given too."""

    name: str
    what: str
    """In the table."""
    scenario: str
    calls: int
    rate_per_s: float
    most_cpu_s: float | None
    """Of 1000, all programs together."""
    ring_ms: int = 0
    up_s: float = 1.0
    """How long a conversation is up."""
    territories: int = 1


CALLS: Final = Work(
    name="calls",
    what="two-leg calls, 20/s, hold 1 s",
    scenario="call",
    calls=1000,
    rate_per_s=20,
    most_cpu_s=9.5,
)
TRANSFERS: Final = Work(
    name="transfers",
    what="blind transfers, 5/s",
    scenario="transfer",
    calls=1000,
    rate_per_s=5,
    most_cpu_s=15,
    up_s=2.0,
)
HUNTS: Final = Work(
    name="hunts",
    what="ring-all hunts of 3, 10/s",
    scenario="territory",
    calls=1000,
    rate_per_s=10,
    most_cpu_s=14,
    ring_ms=200,
    up_s=1.2,
    territories=40,
)
RECALLS: Final = Work(
    name="recalls",
    what="transfers to a busy rep, called back, 2/s",
    scenario="recall",
    calls=100,
    rate_per_s=2,
    most_cpu_s=None,
    up_s=2.5,
)


async def measured(work: Work, folder: Path, say: Say, *, share: float = 1.0) -> list[Figure]:
    """Do so much of a work on a switch of its own, and return its figures."""
    calls = max(10, round(share * work.calls))
    async with _switch(work, work.rate_per_s, folder, say) as switch:
        found = await played(switch, work, calls / work.rate_per_s, work.rate_per_s, folder, say)
        workers = [
            mb for (name, _), mb in cost.pss_mb(switch.programs).items() if name == cost.WORKERS
        ]
    if found.failed:
        say(f"{found.failed} of {found.begun} failed: {found.why} {found.refused}")
    a_thousand = 1000 / max(1, found.begun)
    by_program = ", ".join(
        f"{name} {a_thousand * one.cpu_s:.2f}" for name, one in found.programs.items()
    )
    figures = [
        Figure(
            name=f"1000 {work.what}: CPU, all programs",
            result=found.cpu_s * a_thousand,
            unit="CPU s",
            target=work.most_cpu_s,
            note=by_program,
        ),
        Figure(name=f"{work.what}: failed", result=found.failed, unit="calls", target=0),
        Figure(name=f"{work.what}: most memory (PSS)", result=found.memory_mb, unit="MB"),
    ]
    if work is CALLS:
        mean = statistics.mean(workers)
        figures.append(Figure(name="memory of a worker (PSS)", result=mean, unit="MB", target=6))
    return figures + _latencies(work, found)


def _latencies(work: Work, found: Result) -> list[Figure]:
    targets: dict[tuple[str, str], float] = {(TARGET, "p50"): 5, (TARGET, "p95"): 15}
    wanted = {
        "calls": (ADDED,),
        "transfers": (ACCEPTED, TARGET),
        "hunts": (ADDED,),
        "recalls": (RECALLED,),
    }[work.name]
    return [
        Figure(
            name=f"{name}, {rank} ({work.name})",
            result=getattr(found.latency_ms[name], rank),
            unit="ms",
            target=targets.get((name, rank)),
        )
        for name in wanted
        if name in found.latency_ms
        for rank in ("p50", "p95", "p99")
    ]


async def played(
    switch: Stand,
    work: Work,
    seconds: float,
    rate_per_s: float,
    folder: Path,
    say: Say,
    *,
    traces: bool = True,
) -> Result:
    """Play a work against a switch that runs, and return what came of it."""

    def progress(now: Progress) -> None:
        say(
            f"{work.name} at {rate_per_s:g}/s: "
            + (f"{now.begun} begun, {now.failed} failed" if now.stage == "playing" else now.stage)
        )

    wish = Wish(
        rate_per_s=rate_per_s,
        duration_s=seconds,
        concurrent=round(20 * rate_per_s) + _SPARE,
        talk_ms=1000,
        ring_ms=work.ring_ms,
        traces=traces,
    )
    return await Run(
        load_named(work.scenario),
        switch.accounts,
        wish,
        folder / f"sipp-{rate_per_s:g}",
        programs=switch.programs,
        progress=progress,
    ).play()


@asynccontextmanager
async def _switch(work: Work, rate_per_s: float, folder: Path, say: Say) -> AsyncIterator[Stand]:
    """Start a switch with as many warm workers as a rate needs, and some to spare."""
    needed = round(rate_per_s * (work.up_s + _REST_S)) + 1
    async with stand(
        folder / f"switch-{rate_per_s:g}",
        warm=needed,
        most=round(1.3 * needed) + _SPARE,
        territories=work.territories,
        progress=lambda name: say(f"{work.name}: {name} is ready"),
    ) as switch:
        await asyncio.sleep(_SETTLES_S)
        yield switch


async def highest_rate(
    work: Work, target: float, folder: Path, say: Say, *, seconds: float = _PROBE_S
) -> list[Figure]:
    """Search for the highest rate at which nothing fails, on a fresh switch each time."""
    good, bad = 0.0, float("inf")
    rate, tried = target, []
    for _ in range(_PROBES):
        rate = float(round(rate))
        async with _switch(work, rate, folder, say) as switch:
            found = await played(switch, work, seconds, rate, folder, say, traces=False)
        repeated = sum(one.repeated for one in found.rows)
        is_clean = (
            found.failed == 0
            # SIPp may not be able to keep it up: then it is SIPp that was measured.
            and found.begun >= 0.99 * rate * seconds
            and repeated <= _MOST_REPEATED * _MESSAGES * found.begun
        )
        tried.append(
            f"{rate:g}/s: {found.begun} begun, {found.failed} failed, {repeated} repeated, "
            f"{found.cpu_s / found.ran_s:.2f} cores"
        )
        say(f"{work.name}: {tried[-1]}")
        if is_clean:
            good = max(good, rate)
        else:
            bad = min(bad, rate)
        rate = (
            good * _FASTER if bad == float("inf") else (good + bad) / 2 if good else bad * _SLOWER
        )
        if good and bad <= good * 1.05:
            break
    return [
        Figure(
            name=f"highest clean rate of {work.name}, {seconds:g} s",
            result=good,
            unit="/s",
            target=target,
            at_least=True,
            note="; ".join(tried),
        )
    ]
