"""The rows of the bench that need no rate of calls: sound, start, fork, and doing nothing."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import statistics
import sys
import time
from pathlib import Path
from typing import Final

from switch import roll
from switch.audio.tones import tone_name
from switch.config import WorkerSettings, write
from switch.demo.lane import HOUSE
from switch.demo.ports import held_ports
from switch.demo.scenario import load, root
from switch.demo.stage import Performance, perform
from switch.demo.standing import standing
from switch.load import cost
from switch.load.timeline import Percentiles
from tests.bench import media
from tests.bench.figures import Figure
from tests.bench.stand import settings, stand, trunk_port
from tests.bench.work import Say
from tests.contract.pool.conftest import Running, ports_in_a_row

_TRANSFERS: Final = 10
_STARTS: Final = 3
_FORKS: Final = 20
_IDLE_WORKERS: Final = 32
_IDLE_S: Final = 20.0
_SETTLES_S: Final = 5.0
_OK: Final = 200
_PATIENCE_S: Final = 60.0


async def minute(folder: Path, say: Say, *, seconds: float = 30.0) -> list[Figure]:
    """Measure what a minute of sound costs, of 20 conversations."""
    say("20 conversations talk")
    found = await media.measured(20, seconds, folder)
    return [
        Figure(
            name="G.711 call-minute, both ways, 20 calls",
            result=found.cpu_s_a_minute,
            unit="CPU s",
            target=0.15,
        ),
        Figure(name="packets lost, 20 calls", result=found.heard.lost, unit="packets", target=0),
    ]


async def held(
    folder: Path, say: Say, *, conversations: int = 150, seconds: float = 20.0
) -> list[Figure]:
    """Hold many conversations that all talk, and count what is lost of their sound."""
    say(f"{conversations} conversations talk")
    found = await media.measured(conversations, seconds, folder)
    heard = found.heard
    return [
        Figure(
            name=f"{conversations} conversations at once: packets lost",
            result=heard.lost,
            unit="packets",
            target=0,
            note=f"of {heard.sent}; {heard.streams} of {2 * conversations} people heard",
        ),
        Figure(
            name=f"{conversations} conversations at once: people not heard",
            result=2 * conversations - heard.streams,
            unit="people",
            target=0,
        ),
        Figure(
            name=f"{conversations} conversations at once: worker (PSS)",
            result=statistics.mean(found.worker_mb),
            unit="MB",
            target=6,
        ),
        Figure(
            name=f"{conversations} conversations at once: delay p50",
            result=heard.delay_ms,
            unit="ms",
        ),
    ]


async def audio(folder: Path, say: Say, *, transfers: int = _TRANSFERS) -> list[Figure]:
    """Measure how long after the target's 200 he and the customer hear each other."""
    scenario = load(root() / "blind_transfer/transferor_stays")
    took_ms = []
    async with standing(folder / "switch") as switch:
        for number in range(transfers):
            say(f"sound after a transfer: {number + 1} of {transfers}")
            place = folder / f"{number}"
            place.mkdir()
            played = await perform(scenario, switch, place, contact=HOUSE.contact(number))
            took_ms.append(_heard_after_ms(played))
    ranks = Percentiles.of(took_ms)
    return [
        Figure(
            name=f"target's 200 to two-way audio, {rank}",
            result=getattr(ranks, rank),
            unit="ms",
            note="the parties send each 20 ms",
        )
        for rank in ("p50", "p95")
    ]


def _heard_after_ms(played: Performance) -> float:
    """Return how long after his 200 the target and the customer hear each other's tones."""
    customer, target = played.parties["customer"], played.parties["saul"]
    answered_s = next(
        one.at_s
        for one in target.messages
        if one.is_sent and one.method == "INVITE" and one.status == _OK
    )
    firsts_s = []
    for who, other in ((customer, target), (target, customer)):
        assert who.voice is not None
        assert other.voice is not None
        tone = tone_name(other.voice.tone_hz)
        runs = who.voice.heard.runs(from_s=answered_s)
        firsts_s.append(next(run.from_s for run in runs if run.sound == tone))
    return 1000 * (max(firsts_s) - answered_s)


async def start(folder: Path, say: Say, *, times: int = _STARTS) -> list[Figure]:
    """Measure how long a whole switch takes to start, as an operator types it."""
    took_s = []
    for number in range(times):
        say(f"start {number + 1} of {times}")
        place = folder / f"{number}"
        place.mkdir()
        with held_ports() as ports:
            config, _accounts = settings(
                place / "var",
                ports,
                workers=WorkerSettings(warm=2, most=16),
                trunk_port=trunk_port(),
            )
            write(config, place / "config")
            took_s.append(await _started_s(place))
    return [
        Figure(
            name="start of the whole switch",
            result=statistics.median(took_s),
            unit="s",
            target=3,
            note=", ".join(f"{one:.2f}" for one in took_s),
        )
    ]


async def _started_s(folder: Path) -> float:
    """Return how long it took from typing ``softswitch run`` until it takes calls."""
    log = folder / "run.log"
    with log.open("wb") as file:
        began_s = time.monotonic()
        switch = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "switch", "run", "--config", "config"),
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=asyncio.subprocess.STDOUT,
        )
    try:
        async with asyncio.timeout(_PATIENCE_S):
            while "Ctrl-C" not in log.read_text():
                assert switch.returncode is None, log.read_text()
                await asyncio.sleep(0.005)
        return time.monotonic() - began_s
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(switch.pid, signal.SIGTERM)
        await switch.wait()


async def fork(folder: Path, say: Say, *, forks: int = _FORKS) -> list[Figure]:
    """Measure how long a worker takes from being asked for until it can take a call."""
    say("forking workers")
    run_dir = folder / "run"
    run_dir.mkdir(mode=0o700)
    running = Running(ports_in_a_row(forks), run_dir, forks, 300)
    await running.start_nursery()
    took_ms = []
    try:
        await running.open(warm=0)
        await running.until(lambda: running.pool._nursery.is_up)
        for number in range(forks):
            began_s = time.perf_counter()
            await running.take(f"c{number}")
            took_ms.append(1000 * (time.perf_counter() - began_s))
    finally:
        await running.stop(2)
        roll.sweep(run_dir)
    ranks = Percentiles.of(took_ms[1:])  # the first finds the nursery cold
    return [
        Figure(name=f"new worker ready, {rank}", result=getattr(ranks, rank), unit="ms",
               target=30 if rank == "p50" else None)
        for rank in ("p50", "p95")
    ]  # fmt: skip


async def idle(folder: Path, say: Say, *, seconds: float = _IDLE_S) -> list[Figure]:
    """Measure what a switch costs that nobody calls."""
    async with stand(folder / "switch", warm=_IDLE_WORKERS, most=_IDLE_WORKERS + 8) as switch:
        say("idle: at rest")
        await asyncio.sleep(_SETTLES_S)
        before, began_s = cost.cpu_s(switch.programs), time.monotonic()
        say(f"idle: nobody calls, {seconds:g} s")
        await asyncio.sleep(seconds)
        spent = cost.between(before, cost.cpu_s(switch.programs))
        took_s = time.monotonic() - began_s
        weighed = cost.pss_mb(switch.programs)
    workers = [mb for (name, _pid), mb in weighed.items() if name == cost.WORKERS]
    note = ", ".join(
        f"{name} {100 * s / took_s:.2f} %" for name, s in cost.by_program(spent).items()
    )
    return [
        Figure(
            name=f"idle switch with {len(workers)} warm workers",
            result=100 * sum(spent.values()) / took_s,
            unit="% of a core",
            target=2,
            note=note,
        ),
        Figure(
            name=f"memory of an idle worker (PSS), {len(workers)} of them",
            result=statistics.mean(workers),
            unit="MB",
            target=6,
        ),
    ]
