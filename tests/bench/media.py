"""``make bench-media``: what it costs the switch when people talk, and what it does to the sound.

For each number of conversations a whole switch is started. As many customers ring as many reps,
each on a rep of his own, and all talk: G.711, 50 packets a second each way. While nothing else
happens it is measured what each program of the switch spends, and each packet is followed from
who sends it to who hears it.

On loopback the kernel hands a packet over in the time of who sends it: the way to rtpengine is
the talkers' time, the way from it rtpengine's.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from switch.config import WorkerSettings
from switch.demo.standing import standing
from switch.load import cost
from tests.bench.packets import Heard
from tests.bench.talkers import talkers

_CONVERSATIONS: Final = [10, 20, 50]
_TALK_S: Final = 30.0
_IDLE_S: Final = 20.0
_SETTLES_S: Final = 3.0
_WARM: Final = 2
_SPARE: Final = 4
_MOST_CPU_S: Final = 0.15
"""Of one conversation in a minute, all programs together."""
_MOST_IDLE_PERCENT: Final = 0.05
_RESULT: Final = Path("var/bench/media.json")
_LINE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Is what was measured of so many conversations at once."""

    conversations: int
    minutes: float
    """All conversations together."""
    cpu_s: dict[str, float]
    """Of each program, the dearest first."""
    ticks_s: float
    """All of it as utime + stime, which count 10 ms, to compare."""
    idle_percent: list[float]
    """Of a core, each worker that nobody had called."""
    idle_cpu: dict[str, float]
    """Cores that each program took while nobody called."""
    worker_mb: list[float]
    """PSS of each worker."""
    pss_mb: dict[str, float]
    heard: Heard

    @property
    def cpu_s_a_minute(self) -> float:
        return sum(self.cpu_s.values()) / self.minutes

    @property
    def more_a_minute(self) -> float:
        """What a conversation costs besides what the switch spends anyway."""
        return self.cpu_s_a_minute - 60 * sum(self.idle_cpu.values()) / self.conversations

    @property
    def figures(self) -> list[dict[str, Any]]:
        """What is compared with what is wanted."""
        many = f"{self.conversations} conversations"
        heard = self.heard
        return [
            _figure(f"CPU, {many}", self.cpu_s_a_minute, "CPU-s/call-minute", _MOST_CPU_S),
            _figure(f"packets lost, {many}", heard.lost, "packets", 0),
            _figure(f"added jitter p99, {many}", heard.jitter_p99_ms, "ms"),
            _figure(f"memory of a worker (PSS), {many}", _mean(self.worker_mb), "MB"),
            _figure(f"idle worker, before {many}", max(self.idle_percent), "% of a core",
                    _MOST_IDLE_PERCENT),
        ]  # fmt: skip


def _figure(name: str, result: float, unit: str, target: float | None = None) -> dict[str, Any]:
    met = None if target is None else result <= target
    return {"name": name, "result": round(result, 4), "unit": unit, "target": target, "met": met}


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


async def main(conversations: list[int], talk_s: float) -> int:
    """Measure, print a table and write the JSON."""
    rounds = []
    for count in conversations:
        with tempfile.TemporaryDirectory(prefix="softswitch-bench-") as name:
            rounds.append(await measured(count, talk_s, Path(name)))
    _print(rounds)
    figures = [figure for one in rounds for figure in one.figures]
    told = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": _machine(),
        "versions": _versions(),
        "results": figures,
        "rounds": [asdict(one) for one in rounds],
    }
    _RESULT.parent.mkdir(parents=True, exist_ok=True)
    _RESULT.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    missed = [figure["name"] for figure in figures if figure["met"] is False]
    print(f"\nnot as wanted: {', '.join(missed) or 'nothing'}\n{_RESULT}")
    return 1 if missed else 0


async def measured(count: int, talk_s: float, folder: Path) -> Round:
    """Let so many conversations talk on a switch of their own, and return what it cost."""

    def progress(what: str) -> None:
        _progress(f"{count} conversations: {what}")

    progress("starting a switch")
    traces = folder / "traces"
    traces.mkdir()
    async with (
        # The switch stops first, and ends all calls in order.
        talkers(count, traces) as crowd,
        standing(
            folder / "switch",
            cities=count,
            workers=WorkerSettings(warm=_WARM, most=count + _SPARE),
            progress=lambda name: progress(f"{name} is ready"),
        ) as switch,
    ):
        programs = switch.supervisor.pids
        await _wait(_SETTLES_S, "at rest", progress)
        before = cost.cpu_s(programs)
        began = time.monotonic()
        await _wait(_IDLE_S, "nobody calls", progress)
        idle = cost.between(before, cost.cpu_s(programs))
        idle_s = time.monotonic() - began

        await crowd.ring(switch, progress)
        await _wait(_SETTLES_S, "all talk", progress)
        await asyncio.to_thread(crowd.crowd.begin)
        began, ticks_s, before = time.monotonic(), cost.ticks_s(programs), cost.cpu_s(programs)
        await _wait(talk_s, "measured", progress)
        after, ticks_s = cost.cpu_s(programs), cost.ticks_s(programs) - ticks_s
        talked_s = time.monotonic() - began
        await asyncio.to_thread(crowd.crowd.end)
        heard = await asyncio.to_thread(crowd.crowd.heard)
        assert not crowd.over, f"{crowd.over} ended before"
        assert switch.supervisor.pids == programs, "a program was started again"
        memory = cost.pss_mb(programs)
        progress("stopping")
    busy = cost.between(before, after)
    return Round(
        conversations=count,
        minutes=count * talked_s / 60,
        cpu_s=cost.by_program(busy),
        ticks_s=ticks_s,
        idle_percent=[100 * spent / idle_s for spent in _of_workers(idle)],
        idle_cpu={name: spent / idle_s for name, spent in cost.by_program(idle).items()},
        worker_mb=_of_workers(memory),
        pss_mb=cost.by_program(memory),
        heard=heard,
    )


def _of_workers(of_all: cost.Cost) -> list[float]:
    return [value for (name, _pid), value in of_all.items() if name == cost.WORKERS]


async def _wait(seconds: float, what: str, progress: Callable[[str], None]) -> None:
    """Wait, and tell each second that it goes on."""
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        progress(f"{what}, {left:.0f} s more")
        await asyncio.sleep(min(1.0, left))


def _progress(what: str) -> None:
    if sys.stderr.isatty():
        print(f"\r  {what:{_LINE}}", end="", file=sys.stderr, flush=True)
    elif not re.search(r"[1-9] s more$|[1-9] of \d+ talk$", what):
        print(f"  {what}", file=sys.stderr, flush=True)


def _machine() -> dict[str, Any]:
    info = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.+)$", info, re.MULTILINE)
    return {
        "cores": os.cpu_count(),
        "cpu": model[1] if model else platform.machine(),
        "kernel": platform.release(),
        "load": os.getloadavg(),
    }


def _versions() -> dict[str, str]:
    """Return which programs were measured."""
    asked = {"rtpengine": ["--version"], "kamailio": ["-v"], "mosquitto": ["-h"], "sipp": ["-v"]}
    found = {"softswitch": importlib.metadata.version("softswitch")}
    found["python"] = platform.python_version()
    for name, more in asked.items():
        told = subprocess.run([name, *more], check=False, capture_output=True, text=True)
        version = re.search(r"\d+\.\d+[\w.+-]*", told.stdout + told.stderr)
        found[name] = version[0] if version else "unknown"
    return found


def _print(rounds: list[Round]) -> None:
    if sys.stderr.isatty():
        print(f"\r{'':{_LINE + 2}}\r", end="", file=sys.stderr, flush=True)
    first = rounds[0]
    names = sorted(first.cpu_s, key=lambda name: -first.cpu_s[name])
    rows: list[tuple[str, list[str]]] = [
        ("conversations at once", [str(one.conversations) for one in rounds]),
        ("CPU seconds a call-minute", [f"{one.cpu_s_a_minute:.4f}" for one in rounds]),
        *(
            (f"  {name}", [f"{one.cpu_s.get(name, 0) / one.minutes:.4f}" for one in rounds])
            for name in names
        ),
        ("  of it more than when idle", [f"{one.more_a_minute:.4f}" for one in rounds]),
        ("  (all, by utime + stime)", [f"{one.ticks_s / one.minutes:.4f}" for one in rounds]),
        ("the talkers' own, not counted", [f"{one.heard.cpu_s / one.minutes:.4f}"
                                           for one in rounds]),
        ("packets sent", [f"{one.heard.sent:,}" for one in rounds]),
        ("  lost", [f"{one.heard.lost:,}" for one in rounds]),
        ("  repeated, or not as sent", [f"{one.heard.repeated + one.heard.odd:,}"
                                        for one in rounds]),
        ("people heard", [f"{one.heard.streams}" for one in rounds]),
        ("delay in the switch, median ms", [f"{one.heard.delay_ms:.3f}" for one in rounds]),
        ("added jitter, p99 ms", [f"{one.heard.jitter_p99_ms:.3f}" for one in rounds]),
        ("added jitter, most ms", [f"{one.heard.jitter_most_ms:.3f}" for one in rounds]),
        ("PSS of a worker, mean MB", [f"{_mean(one.worker_mb):.1f}" for one in rounds]),
        ("PSS of a worker, most MB", [f"{max(one.worker_mb):.1f}" for one in rounds]),
        ("PSS of all programs, MB", [f"{sum(one.pss_mb.values()):.0f}" for one in rounds]),
        ("idle worker, most % of a core", [f"{max(one.idle_percent):.4f}" for one in rounds]),
        ("idle switch, % of a core", [f"{100 * sum(one.idle_cpu.values()):.2f}"
                                      for one in rounds]),
    ]  # fmt: skip
    for name, values in rows:
        print(f"{name:34}" + "".join(f"{value:>12}" for value in values))
    print(f"\nwanted: {_MOST_CPU_S} CPU-s a call-minute, none lost, "
          f"an idle worker {_MOST_IDLE_PERCENT} % of a core")  # fmt: skip


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("conversations", nargs="*", type=int, default=_CONVERSATIONS)
    parser.add_argument("--seconds", type=float, default=_TALK_S, help="how long it is measured")
    return parser.parse_args()


if __name__ == "__main__":
    asked = _asked()
    sys.exit(asyncio.run(main(asked.conversations, asked.seconds)))
