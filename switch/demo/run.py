"""``softswitch demo``: starts a switch of its own, plays the story, and says how it went."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text

from switch.config import RecordingSettings
from switch.demo import visit
from switch.demo.recorded import listen
from switch.demo.standing import StandingSwitch, standing
from switch.demo.story import ACTS, Story, play
from switch.threads import text
from switch.threads.view import ThreadView

_STYLES = {text.Tone.TITLE: "bold", text.Tone.PLAIN: "", text.Tone.QUIET: "dim"}


async def demo(
    folder: Path,
    console: Console,
    *,
    keep: bool = False,
    stay: bool = False,
    only: int | None = None,
) -> int:
    """Play the story on a switch made for it, and write its threads into a folder.

    Args:
        folder: where ``story.json``, ``recall.json`` and ``territory.json`` are written.
        console: where to tell it.
        keep: leave the logs of the switch and the traces of the parties where they are, and
            say where. If something was not as expected they are left anyway.
        stay: keep the switch up afterwards, with its desk, until Ctrl-C or SIGTERM.
        only: play this act and no other, 1 to 4; None: all.

    Returns:
        The exit status: 0 if everything was as expected, else 1.

    Raises:
        SwitchError: the switch could not be started, or a rep could not register.
    """
    began_s = time.monotonic()
    scratch = Path(tempfile.mkdtemp(prefix="softswitch-demo-"))
    succeeded = False
    try:
        console.print("Starting a switch on loopback: ", end="")
        async with standing(
            scratch / "switch",
            recording=RecordingSettings(always=("inbound",)),
            supervisors=visit.SUPERVISORS,
            contacts=await asyncio.to_thread(visit.contacts, scratch) if stay else None,
            progress=lambda name: console.print(name, end="  ", style="green"),
        ) as switch:
            console.print()
            story = await play(switch, console, scratch / "parties", only=only)
            recording = await _hear(story, switch, folder)
            if stay:
                succeeded = _conclude(story, recording, folder, console)
                await visit.stay(switch, story, console)
        if not stay:
            succeeded = _conclude(story, recording, folder, console)
        console.print(f"  {time.monotonic() - began_s:.0f} s in all", style="dim")
    finally:
        if keep or not succeeded:
            console.print(f"  logs and traces: {scratch}", style="dim", soft_wrap=True)
        else:
            shutil.rmtree(scratch, ignore_errors=True)
    return 0 if succeeded else 1


async def _hear(story: Story, switch: StandingSwitch, folder: Path) -> Path | None:
    """Look whether the recording of the first act is good, and return a copy; None: not played."""
    for act in story.acts:
        if act.scenario.folder.name == ACTS[0]:
            recording, checks = await listen(
                act, switch.config, folder, left=["customer"], right=["alice", "saul", "alice"]
            )
            act.checks += checks
            return recording
    return None


def _conclude(story: Story, recording: Path | None, folder: Path, console: Console) -> bool:
    """Print the threads, write them, and say and return whether everything was as expected."""
    for (number, thread), file in zip(story.threads().items(), story.write(folder), strict=True):
        console.print(f"\n[bold]The thread of act {number}[/bold]\n")
        print_thread(thread, console)
        console.print(f"\n  written to {file}", style="dim", soft_wrap=True)
    if not story.failures:
        console.print(f"\n[bold green]All {len(story.checks)} things as expected.[/bold green]")
    else:
        console.print(f"\n[bold red]{len(story.failures)} things were not as expected:[/bold red]")
    for check in story.failures:
        console.print(Text(f"  {check}", style="red"))
    if recording is not None:
        console.print(f"  listen to act 1: {recording}", soft_wrap=True, highlight=False)
    return not story.failures


def print_thread(thread: dict[str, Any], console: Console) -> None:
    """Print a thread as ``softswitch threads show`` does."""
    for line in text.describe(msgspec.convert(thread, ThreadView)):
        console.print(Text(f"  {line.text}", style=_STYLES[line.tone]), soft_wrap=True)
