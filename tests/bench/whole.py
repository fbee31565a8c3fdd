"""``make bench``: design §8's work against our switch, each figure beside what it must be.

``ROWS="calls transfers"`` measures only some. Each row has a switch of its own, started fresh on
loopback; figures of a machine that does other things too are worth little.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from tests.bench import rest
from tests.bench.figures import LATEST, Figure, as_text, row, write
from tests.bench.flat import flat
from tests.bench.sippy import compared
from tests.bench.work import CALLS, HUNTS, RECALLS, TRANSFERS, Say, highest_rate, measured

Row = Callable[[Path, Say], Awaitable[list[Figure]]]

_QUICK: Final = 0.1
_LINE: Final = 100
_CALM: Final = 0.5
"""More than so much load a core, and the figures are not worth much."""


def rows(*, quick: bool, seconds: float) -> dict[str, Row]:
    """Return what can be measured, by name, in the order in which it is."""
    share = _QUICK if quick else 1.0
    probe_s = 5.0 if quick else 20.0
    return {
        "start": partial(rest.start, times=1 if quick else 3),
        "fork": rest.fork,
        "idle": partial(rest.idle, seconds=5.0 if quick else 20.0),
        "calls": partial(measured, CALLS, share=share),
        "transfers": partial(measured, TRANSFERS, share=share),
        "hunts": partial(measured, HUNTS, share=share),
        "recalls": partial(measured, RECALLS, share=share),
        "audio": partial(rest.audio, transfers=3 if quick else 10),
        "minute": partial(rest.minute, seconds=10.0 if quick else 30.0),
        "held": partial(rest.held, seconds=10.0 if quick else 20.0),
        "rate-calls": partial(highest_rate, CALLS, 120.0, seconds=probe_s),
        "rate-transfers": partial(highest_rate, TRANSFERS, 60.0, seconds=probe_s),
        "flat": partial(flat, seconds=seconds),
        "sippy": partial(compared, share=share, times=1 if quick else 3),
    }


ONLY_IF_NAMED: Final = ("flat", "sippy")


async def main(names: list[str], known: Mapping[str, Row], *, quick: bool, latest: str) -> int:
    """Measure, print the table and write the JSON; return the exit status."""
    _warn()
    figures: list[Figure] = []
    failed: dict[str, str] = {}
    for place, name in enumerate(names, start=1):
        began_s = time.monotonic()

        def say(what: str, place: int = place, began_s: float = began_s) -> None:
            _say(f"[{place}/{len(names)}, {time.monotonic() - began_s:.0f} s] {what}")

        say(name)
        with tempfile.TemporaryDirectory(prefix="softswitch-bench-") as folder:
            try:
                figures += await known[name](Path(folder), say)
            except Exception as error:  # noqa: BLE001 - one row that fails spoils no other
                failed[name] = f"{type(error).__name__}: {error}"
                say(f"{name} could not be measured: {failed[name]}")
    _say("")
    told = [row(one) for one in figures]
    print(as_text(told))
    for one in figures:
        if one.note:
            print(f"\n{one.name}: {one.note}")
    more = {"asked": names, "quick": quick, "not_measured": failed}
    path = write(figures, more, latest=latest)
    missed = [one.name for one in figures if one.met is False]
    print(f"\nmissed: {', '.join(missed) or 'nothing'}")
    for name, why in failed.items():
        print(f"not measured: {name}: {why}")
    print(path if latest == "none" else f"{path}, {path.with_name(LATEST)}")
    return 1 if missed or failed else 0


def _warn() -> None:
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load > _CALM * cores:
        print(f"the machine is busy (load {load:.1f} on {cores} cores): figures will be worse")


def _say(what: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{what[:_LINE]:{_LINE}}", end="", file=sys.stderr, flush=True)
    elif " begun, " not in what and what:
        print(what, file=sys.stderr, flush=True)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rows", nargs="*", help="what is measured; left out: all but flat, sippy")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work: a smoke test")
    parser.add_argument("--with-sippy", action="store_true", help="sippy's B2BUA beside ours")
    parser.add_argument("--seconds", type=float, default=600.0, help="how long flat takes")
    return parser.parse_args()


def _run() -> int:
    asked = _asked()
    known = rows(quick=asked.quick, seconds=asked.seconds)
    names = asked.rows or [name for name in known if name not in ONLY_IF_NAMED]
    if unknown := [name for name in names if name not in known]:
        print(f"no such row: {' '.join(unknown)}; there is {' '.join(known)}", file=sys.stderr)
        return 2
    if asked.with_sippy and "sippy" not in names:
        names.append("sippy")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    latest = "none" if asked.quick else "some" if asked.rows else "all"
    return asyncio.run(main(names, known, quick=asked.quick, latest=latest))


if __name__ == "__main__":
    sys.exit(_run())
