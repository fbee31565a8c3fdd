"""``softswitch demo``: starts a switch of its own, plays the story, and says how it went."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text

from switch.config import RecordingSettings
from switch.demo.recorded import listen
from switch.demo.standing import standing
from switch.demo.story import Story, play
from switch.threads import text
from switch.threads.view import ThreadView

_STYLES = {text.Tone.TITLE: "bold", text.Tone.PLAIN: "", text.Tone.QUIET: "dim"}


async def demo(folder: Path, console: Console, *, keep: bool = False) -> int:
    """Play the story on a switch made for it, and write its threads into a folder.

    Args:
        folder: where ``story.json``, ``recall.json`` and ``territory.json`` are written.
        console: where to tell it.
        keep: leave the logs of the switch and the traces of the parties where they are, and
            say where. If something was not as expected they are left anyway.

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
            progress=lambda name: console.print(name, end="  ", style="green"),
        ) as switch:
            console.print()
            story = await play(switch, console, scratch / "parties")
            act = story.acts[0]
            recording, checks = await listen(
                act, switch.config, folder, left=["customer"], right=["alice", "saul", "alice"]
            )
            act.checks += checks
        succeeded = not story.failures
        _conclude(story, folder, console)
        if recording is not None:
            console.print(f"  listen to act 1: {recording}", soft_wrap=True, highlight=False)
        console.print(f"  {time.monotonic() - began_s:.0f} s in all", style="dim")
    finally:
        if keep or not succeeded:
            console.print(f"  logs and traces: {scratch}", style="dim", soft_wrap=True)
        else:
            shutil.rmtree(scratch, ignore_errors=True)
    return 0 if succeeded else 1


def _conclude(story: Story, folder: Path, console: Console) -> None:
    """Print the threads, write them, and say whether everything was as expected."""
    for (number, thread), file in zip(story.threads().items(), story.write(folder), strict=True):
        console.print(f"\n[bold]The thread of act {number}[/bold]\n")
        print_thread(thread, console)
        console.print(f"\n  written to {file}", style="dim", soft_wrap=True)
    if not story.failures:
        console.print(f"\n[bold green]All {len(story.checks)} things as expected.[/bold green]")
        return
    console.print(f"\n[bold red]{len(story.failures)} things were not as expected:[/bold red]")
    for check in story.failures:
        console.print(Text(f"  {check}", style="red"))


def print_thread(thread: dict[str, Any], console: Console) -> None:
    """Print a thread as ``softswitch threads show`` does."""
    for line in text.describe(msgspec.convert(thread, ThreadView)):
        console.print(Text(f"  {line.text}", style=_STYLES[line.tone]), soft_wrap=True)
