"""``make soak``: a long storm, with a progress bar, and its figures in ``var/soak.json``."""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import shutil
import signal
import sys
from pathlib import Path
from typing import Final

import structlog
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tests.chaos.plan import PROGRAMS
from tests.chaos.storm import Report, Weather, storm

_VAR: Final = Path(__file__).parents[2] / "var"
_MOST_SHOWN: Final = 40


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, help="how long it is killed")
    parser.add_argument("--seed", type=int, help="repeats what was drawn; default: a new one")
    parser.add_argument("--pause", type=float, default=1.5, help="mean seconds between two kills")
    parser.add_argument("--rate", type=float, default=2.0, help="calls a second")
    parser.add_argument(
        "--only", default=",".join(PROGRAMS), help="whom to kill; empty: nobody (default: all)"
    )
    parser.add_argument("--folder", type=Path, default=_VAR / "soak", help="traces and logs")
    parser.add_argument("--json", type=Path, default=_VAR / "soak.json", help="the figures")
    return parser.parse_args()


async def _soak(weather: Weather, folder: Path, console: Console) -> Report:
    stop = asyncio.Event()
    # Ctrl-C ends it in order; who cannot wait presses it twice.
    loop = asyncio.get_running_loop()

    def end() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        stop.set()

    loop.add_signal_handler(signal.SIGINT, end)
    columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=1.0)
        return await storm(
            weather,
            folder,
            stop=stop,
            progress=lambda what, done: bar.update(task, description=what, completed=done),
        )


def main() -> int:
    """Soak, and return 0 if nothing was lost."""
    asked = _arguments()
    unknown = set(filter(None, asked.only.split(","))) - PROGRAMS.keys()
    if unknown:
        sys.exit(f"soak: --only {','.join(sorted(unknown))}: one of {', '.join(PROGRAMS)}")
    weather = Weather(
        seconds=asked.seconds,
        seed=secrets.randbelow(1_000_000) if asked.seed is None else asked.seed,
        mean_pause_s=asked.pause,
        rate_per_s=asked.rate,
        programs=frozenset(filter(None, asked.only.split(","))),
    )
    console = Console()
    console.print(f"soak: seed {weather.seed}, {weather.seconds:g} s")
    shutil.rmtree(asked.folder, ignore_errors=True)
    asked.folder.mkdir(parents=True)
    with (asked.folder / "supervisor.log").open("w", buffering=1) as log:
        # What the supervisor says of each death would tear the progress bar.
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(log))
        report = asyncio.run(_soak(weather, asked.folder, console))
    asked.json.write_text(json.dumps(report.figures, indent=2, ensure_ascii=False) + "\n")
    for line in (str(report), *report.problems[:_MOST_SHOWN]):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(f"{asked.json}; traces in {asked.folder}", highlight=False, soft_wrap=True)
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
