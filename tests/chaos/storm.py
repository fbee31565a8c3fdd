"""A storm: customers ring and are transferred while the programs of the switch are killed."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import platform
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from switch.config import RecallSettings, WorkerSettings
from switch.demo.standing import StandingSwitch, standing
from tests.chaos import aftermath, plan
from tests.chaos.aftermath import Aftermath
from tests.chaos.family import Family
from tests.chaos.killer import Kill, Killer
from tests.chaos.parties import Parties
from tests.chaos.verdict import Verdict, closed_more_than_once, judge

_WORKERS: Final = WorkerSettings(warm=3, most=40)
_RING_S: Final = 8.0
_RESPONSE_S: Final = 5.0
_RECALL: Final = RecallSettings(ring_s=4.0, retries=1, pause_s=1.0)
_LONGEST_CALL_S: Final = 100.0
"""A customer's: he rings for 20 s, talks for 7 s, and repeats BYE or CANCEL for 32 s."""
_SETTLES_WITHIN_S: Final = 60.0
"""Who got no answer to his last request stops waiting for it after 32 s (RFC 3261 §17)."""
_GONE_WITHIN_S: Final = 5.0
_LOOKS_EVERY_S: Final = 0.2


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """Is how hard it blows."""

    seconds: float
    """How long customers ring, and programs are killed."""
    seed: int
    mean_pause_s: float = 1.5
    """Between two kills, but for those that follow at once."""
    rate_per_s: float = 2.0
    """How many customers ring in a second."""
    programs: frozenset[str] = frozenset(plan.PROGRAMS)
    """Who may be killed; nobody: it is calm."""


@dataclasses.dataclass(slots=True, kw_only=True)
class Report:
    """Is what came of it."""

    weather: Weather
    seconds: float
    kills: list[Kill]
    verdict: Verdict
    after: Aftermath
    records: int
    """How many revisions of legs there were."""
    left: list[str]
    """Processes that outlived the switch."""
    date: str

    @property
    def problems(self) -> list[str]:
        """Whatever is not as it must be."""
        return [*self.verdict.problems, *self.after.problems, *self.left]

    @property
    def figures(self) -> dict[str, Any]:
        """What ``var/soak.json`` says."""
        verdict = self.verdict
        return {
            "seconds": round(self.seconds, 1),
            "kills": dict(sorted(Counter(kill.program for kill in self.kills).items())),
            "calls": verdict.calls,
            "answered": verdict.answered,
            "transfers": verdict.transfers,
            "records": self.records,
            "lost": len(verdict.lost),
            "dangling": len(verdict.dangling) + len(self.after.problems) + len(self.left),
            "duplicates": len(verdict.duplicates),
            "unfinished": len(verdict.unfinished),
            "beyond_50_ms": len(verdict.wrong),
            "largest_difference_s": round(verdict.largest_difference_s, 3),
            "slowest_answer_s": round(verdict.slowest_answer_s, 3),
            "late": verdict.late,
            "seed": self.weather.seed,
            "machine": f"{platform.node()}, {os.cpu_count()} CPUs, Python "
            f"{platform.python_version()}, {platform.system()} {platform.release()}",
            "date": self.date,
            "problems": self.problems,
        }

    def __str__(self) -> str:
        """Say it in some lines."""
        figures = self.figures
        kills = ", ".join(f"{name} {count}" for name, count in figures["kills"].items())
        found = ", ".join(
            f"{figures[name]} {name}" for name in ("lost", "dangling", "duplicates", "unfinished")
        )
        return (
            f"seed {self.weather.seed}, {figures['seconds']} s: "
            f"{len(self.kills)} kills ({kills or 'none'})\n"
            f"{figures['calls']} calls ({figures['answered']} answered), "
            f"{figures['transfers']} transfers, {figures['records']} records: {found}\n"
            f"talk times differ by {1000 * figures['largest_difference_s']:.0f} ms at most, "
            f"{figures['beyond_50_ms']} by more than 50 ms; "
            f"an answer took {1000 * figures['slowest_answer_s']:.0f} ms at most; "
            f"{figures['late']} calls began or ended with a repetition"
        )


async def storm(
    weather: Weather,
    folder: Path,
    *,
    stop: asyncio.Event | None = None,
    progress: Callable[[str, float], None] = lambda _what, _done: None,
) -> Report:
    """Raise a storm, and see what is left.

    Args:
        weather: how hard it blows.
        folder: an empty one, for the switch and the traces.
        stop: ends it before its time, in order.
        progress: is told what is being done, and how far the storm is, from 0 to 1.
    """
    family = Family()
    family.begin()
    try:
        progress("starting", 0.0)
        async with standing(
            folder / "switch",
            lanes=plan.LANES - 1,
            workers=_WORKERS,
            ring_timeout_s=_RING_S,
            response_timeout_s=_RESPONSE_S,
            recall=_RECALL,
        ) as switch:
            report = await _blow(switch, family, weather, folder, stop or asyncio.Event(), progress)
            progress("stopping", 1.0)
        report.left = await _left(family)
    finally:
        family.end()
    return report


async def _blow(
    switch: StandingSwitch,
    family: Family,
    weather: Weather,
    folder: Path,
    stop: asyncio.Event,
    progress: Callable[[str, float], None],
) -> Report:
    number = round(weather.rate_per_s * weather.seconds) + 1
    parties = Parties(
        switch=switch,
        plans=plan.calls(weather.seed, number),
        folder=folder / "sipp",
        rate_per_s=weather.rate_per_s,
    )
    killer = Killer(supervisor=switch.supervisor, family=family)
    try:
        await parties.start()
        began_s = time.monotonic()
        await parties.ring()
        await _kill(killer, weather, stop, progress)
        seconds = time.monotonic() - began_s
        progress("waiting for the last calls to end", 1.0)
        has_ended = await parties.hush(_LONGEST_CALL_S)
        progress("waiting until all is settled", 1.0)
        after = await aftermath.settled(switch, parties.reps, _SETTLES_WITHIN_S)
    finally:
        await parties.stop()
    verdict, records = await asyncio.to_thread(_judge, switch, parties, after, killer.kills)
    if not has_ended:
        verdict.unfinished.append("some customers would not end")
    return Report(
        weather=weather,
        seconds=seconds,
        kills=killer.kills,
        verdict=verdict,
        after=after,
        records=records,
        left=[],
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )


async def _kill(
    killer: Killer,
    weather: Weather,
    stop: asyncio.Event,
    progress: Callable[[str, float], None],
) -> None:
    """Kill for as long as the storm lasts."""
    blows: Iterable[plan.Blow] = plan.blows(weather.seed, mean_pause_s=weather.mean_pause_s)
    ours = (blow for blow in blows if blow.program in weather.programs)
    killing = asyncio.create_task(killer.run(ours if weather.programs else ()), name="killer")
    began_s = time.monotonic()
    try:
        while (elapsed_s := time.monotonic() - began_s) < weather.seconds and not stop.is_set():
            progress(f"{len(killer.kills)} kills", elapsed_s / weather.seconds)
            with contextlib.suppress(TimeoutError):
                rest_s = min(_LOOKS_EVERY_S, weather.seconds - elapsed_s)
                await asyncio.wait_for(stop.wait(), rest_s)
            if killing.done():
                killing.result()
    finally:
        killing.cancel()
        await asyncio.wait({killing})


def _judge(
    switch: StandingSwitch, parties: Parties, after: Aftermath, kills: Sequence[Kill]
) -> tuple[Verdict, int]:
    """Compare, and count the records."""
    verdict = judge(parties.seen(), after.threads, kills)
    verdict.lost += after.behind
    verdict.duplicates += closed_more_than_once(aftermath.published(switch))
    return verdict, sum(aftermath.stored(switch).values())


async def _left(family: Family) -> list[str]:
    """Return who is still there a little later."""
    deadline_s = time.monotonic() + _GONE_WITHIN_S
    while members := await asyncio.to_thread(family.members):
        if time.monotonic() > deadline_s:
            break
        await asyncio.sleep(_LOOKS_EVERY_S)
    return [f"process {one.pid} is still there: {' '.join(one.argv)}" for one in members]
