"""Runs a load: registers the phones, starts the SIPps, watches them, and says what came of it."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from switch.load.accounts import Accounts
from switch.load.cast import Cast, Casting, Wish
from switch.load.catalogue import Load
from switch.load.counts import reasons
from switch.load.machine import machine
from switch.load.probe import require_switch
from switch.load.result import Program, Result, Second, Spread, failed_of
from switch.load.sipp import end_all, require_sipp
from switch.load.timeline import ADDED, Percentiles, Timeline
from switch.load.usage import Meter
from switch.run.ports import require_free_ports

_EXPIRES_S: Final = 3000
_LOOK_EVERY_S: Final = 1.0
_WEIGH_EVERY: Final = 5
_LAST_CALLS_WITHIN_S: Final = 75.0
"""Longer than a transaction of SIP and what SIPp waits for."""
_CALM_WITHIN_S: Final = 15.0
"""How long calls that are up may last after Ctrl-C, besides what they talk."""
_PHONES_END_WITHIN_S: Final = 6.0
_LATE_S: Final = 2.0
"""How much longer than asked calls may begin: SIPp is never quite in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Is how far a load has come, about each second."""

    stage: str
    at_s: float = 0.0
    wish: Wish = field(default_factory=Wish)
    begun: int = 0
    failed: int = 0
    up: int = 0
    rate_per_s: float = 0.0
    """Of the last second."""
    latency_ms: Mapping[str, Percentiles] = field(default_factory=dict)
    cpu: Mapping[str, float] = field(default_factory=dict)
    """Cores that each program took in the last second."""
    memory_mb: Mapping[str, float] = field(default_factory=dict)


class Run:
    """Is one load: make it, :meth:`play` it once, :meth:`interrupt` it whenever."""

    def __init__(
        self,
        load: Load,
        accounts: Accounts,
        wish: Wish,
        folder: Path,
        *,
        programs: Mapping[str, int],
        progress: Callable[[Progress], None] = lambda _progress: None,
    ) -> None:
        """Keep what is played, by whom, how much of it, and a folder for SIPp's files.

        Args:
            load: what is played.
            accounts: who plays.
            wish: how much.
            folder: where SIPp writes.
            programs: process ids of the switch by name, if it is here.
            progress: is told each second how far it is.
        """
        self._load = load
        self._accounts = accounts
        self._wish = wish
        self._folder = folder
        self._programs = programs
        self._progress = progress
        self._interrupted = asyncio.Event()
        self._casting = Casting(load, accounts, wish, folder)
        self._casts: list[Cast] = []
        self._seconds: list[Second] = []
        self._spent_s: dict[str, float] = {}

    def interrupt(self) -> None:
        """Begin no more calls, and end those that are up."""
        self._interrupted.set()

    def give_up(self) -> None:
        """Wait for no call any more."""
        self.interrupt()
        for cast in self._casts:
            cast.caller.stop()

    async def play(self) -> Result:
        """Play it, and return what came of it.

        Raises:
            SwitchError: it cannot be played.
        """
        require_sipp()
        self._folder.mkdir(parents=True, exist_ok=True)
        require_free_ports(self._casting.needed_ports())
        self._say("asking for the switch")
        target, address = self._casting.target, self._accounts.phones_address
        await asyncio.to_thread(require_switch, target, address)
        self._casts = self._casting.casts()
        phones = [sipp for cast in self._casts for _phone, sipp in cast.phones]
        callers = [cast.caller for cast in self._casts]
        timeline = Timeline(trace for cast in self._casts for trace in cast.traces())
        self._say("registering phones")
        await self._casting.register(self._casts, _EXPIRES_S)
        try:
            self._say("starting SIPp")
            for one in phones:
                await one.start()
            meter = Meter(self._programs)
            started = datetime.now(UTC)
            began_s = time.monotonic()
            for one in callers:
                await one.start()
            await self._watch(began_s, timeline, meter)
            ran_s = time.monotonic() - began_s
            meter.look()
        finally:
            await asyncio.gather(*(one.kill() for one in callers))
            await end_all(phones, _PHONES_END_WITHIN_S)
            self._say("taking registrations back")
            await self._casting.register(self._casts, 0)
        return self._result(timeline, meter, started, ran_s)

    # ------------------------------------------------------------ while it goes on

    async def _watch(self, began_s: float, timeline: Timeline, meter: Meter) -> None:
        callers = [cast.caller for cast in self._casts]
        ends_s = began_s + self._wish.duration_s + _LAST_CALLS_WITHIN_S + self._talks_s
        hour, late = 0, False
        for turn in itertools.count():
            if not any(one.is_running for one in callers) or time.monotonic() > ends_s:
                break
            interrupted = await self._pause(began_s + (turn + 1) * _LOOK_EVERY_S)
            if interrupted:
                self._say("ending calls")
                for one in callers:
                    one.hush()
                await asyncio.gather(
                    *(one.ended(_CALM_WITHIN_S + self._talks_s) for one in callers)
                )
                break
            at_s = time.monotonic() - began_s
            hour = self._turn_the_clock(at_s, hour)
            meter.look()
            if turn % _WEIGH_EVERY == 0:
                meter.weigh()
            self._look(at_s, timeline, meter)
            if at_s > self._wish.duration_s + _LATE_S and not late:
                late = True
                for one in callers:
                    one.hush()
        meter.weigh()

    @property
    def _talks_s(self) -> float:
        return (3 * self._wish.talk_ms + 3 * self._wish.ring_ms) / 1000

    async def _pause(self, until_s: float) -> bool:
        """Wait, but no longer than all calls last; return whether it is to be ended."""
        callers = [cast.caller for cast in self._casts]
        over = asyncio.gather(*(one.ended() for one in callers))
        waits: list[asyncio.Future[Any]] = [asyncio.create_task(self._interrupted.wait()), over]
        try:
            await asyncio.wait(
                waits,
                timeout=max(0.0, until_s - time.monotonic()),
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for one in waits:
                one.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        return self._interrupted.is_set()

    def _turn_the_clock(self, at_s: float, hour: int) -> int:
        """Let each caller have the rate of the hour, if a new one has begun."""
        hours = self._load.day
        now = min(len(hours) - 1, int(at_s / self._wish.duration_s * len(hours)))
        if now != hour:
            for cast in self._casts:
                if cast.caller.is_running and self._casting.varies(cast.flow):
                    cast.caller.pace(self._wish.rate_per_s * cast.flow.share * hours[now])
        return now

    def _look(self, at_s: float, timeline: Timeline, meter: Meter) -> None:
        """Take in what has happened since, and tell it."""
        if self._wish.traces:
            timeline.read()
        counts = [cast.caller.counts for cast in self._casts]
        latency = {name: Percentiles.of(ms) for name, ms in timeline.spans().items()}
        since_s = max(0.001, at_s - (self._seconds[-1].at_s if self._seconds else 0.0))
        spent_s = meter.cpu_s()
        cpu = {
            name: (spent - self._spent_s.get(name, 0.0)) / since_s
            for name, spent in spent_s.items()
        }
        self._spent_s = spent_s
        before = self._seconds[-1].begun if self._seconds else 0
        added = latency.get(ADDED)
        second = Second(
            at_s=round(at_s, 3),
            begun=sum(one.begun for one in counts),
            failed=sum(one.failed for one in counts),
            up=sum(one.up for one in counts),
            cpu=round(sum(cpu.values()), 4),
            memory_mb=round(sum(meter.memory_mb.values()), 1),
            p50_ms=round(added.p50, 2) if added else 0.0,
            p95_ms=round(added.p95, 2) if added else 0.0,
        )
        self._seconds.append(second)
        self._progress(
            Progress(
                stage="playing",
                at_s=at_s,
                wish=self._wish,
                begun=second.begun,
                failed=second.failed,
                up=second.up,
                rate_per_s=(second.begun - before) / since_s,
                latency_ms=latency,
                cpu=cpu,
                memory_mb=meter.memory_mb,
            )
        )

    def _say(self, stage: str) -> None:
        self._progress(Progress(stage=stage, wish=self._wish))

    # ------------------------------------------------------------ after

    def _result(self, timeline: Timeline, meter: Meter, started: datetime, ran_s: float) -> Result:
        if self._wish.traces:
            timeline.read()
        rows = [row for cast in self._casts for row in cast.rows()]
        begun = sum(cast.caller.counts.begun for cast in self._casts)
        failed = failed_of(rows)
        why: Counter[str] = Counter()
        for cast in self._casts:
            for sipp in cast.sipps:
                why.update(reasons(sipp.file("errors")))
        spread = {name: Spread.of(Percentiles.of(ms)) for name, ms in timeline.spans().items()}
        refused = {str(status): times for status, times in timeline.refusals.most_common()}
        return Result(
            scenario=self._load.name,
            target="{}:{}".format(*self._casting.target),
            started_at=started.isoformat(timespec="seconds"),
            asked={
                "rate": self._wish.rate_per_s,
                "concurrent": self._wish.concurrent,
                "duration": self._wish.duration_s,
                "talk_ms": self._wish.talk_ms,
                "ring_ms": self._wish.ring_ms,
            },
            ran_s=round(ran_s, 2),
            interrupted=self._interrupted.is_set(),
            begun=begun,
            succeeded=max(0, begun - failed),
            failed=failed,
            refused=refused,
            why=dict(why.most_common()),
            allowed_failed=self._wish.allowed_failed,
            rows=rows,
            latency_ms=spread,
            programs={
                name: Program(
                    cpu_s=round(spent, 4),
                    cpu_ms_a_call=round(1000 * spent / max(1, begun), 3),
                    most_mb=round(meter.most_mb.get(name, 0.0), 1),
                )
                for name, spent in meter.cpu_s().items()
            },
            memory_mb=round(meter.most_together_mb, 1),
            seconds=self._seconds,
            machine=machine(),
        )
