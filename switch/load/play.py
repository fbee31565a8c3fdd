"""Plays a load in the foreground of a terminal, and writes what came of it."""

from __future__ import annotations

import asyncio
import shutil
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console

from switch.load.accounts import Accounts
from switch.load.cast import Wish
from switch.load.catalogue import load_named
from switch.load.display import Display
from switch.load.plot import as_html
from switch.load.result import Result, as_json, as_text
from switch.load.run import Run
from switch.load.usage import programs_of

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_TRACES: Final = "sipp"


def play(
    scenario: str,
    accounts: Accounts,
    wish: Wish,
    output: Path | None,
    *,
    keep: bool,
    console: Console,
) -> tuple[Result, Path]:
    """Play a load, write ``summary.json``, ``summary.txt`` and ``plot.html``, and say where.

    A signal ends it calmly; a second one leaves out what SIPp is still at.

    Args:
        scenario: its name.
        accounts: who plays.
        wish: how much.
        output: where the files go; None: a folder of its own in ``var/load``.
        keep: also what SIPp has written.
        console: where it is shown meanwhile.

    Raises:
        SwitchError: it cannot be played.
    """
    load = load_named(scenario)
    if output is None:
        output = Path("var/load") / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{scenario}"
    traces = output / _TRACES
    # Of a run before, in the same folder: SIPp appends to none, but we would read them.
    shutil.rmtree(traces, ignore_errors=True)
    where = accounts.target if wish.target is None else "{}:{}".format(*wish.target)
    with Display(console, title=f"{scenario} against {where}") as display:
        run = Run(
            load,
            accounts,
            wish,
            traces,
            # Of a switch that is meant but elsewhere there is no such folder.
            programs=programs_of(Path(accounts.data_dir)) if wish.target is None else {},
            progress=display,
        )
        try:
            result = asyncio.run(_until_signalled(run))
        finally:
            if not keep:
                shutil.rmtree(traces, ignore_errors=True)
    (output / "summary.json").write_bytes(as_json(result))
    (output / "summary.txt").write_text(as_text(result), encoding="utf-8")
    (output / "plot.html").write_text(as_html(result), encoding="utf-8")
    return result, output


async def _until_signalled(run: Run) -> Result:
    loop = asyncio.get_running_loop()
    playing = asyncio.create_task(run.play())
    seen: list[int] = []

    def signalled(number: int) -> None:
        seen.append(number)
        if len(seen) == 1:
            run.interrupt()
        else:
            run.give_up()

    for number in _SIGNALS:
        loop.add_signal_handler(number, signalled, number)
    try:
        return await playing
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
