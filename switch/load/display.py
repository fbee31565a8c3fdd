"""Shows a load while it goes on."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from switch.load.run import Progress


class Display:
    """Is the terminal: figures that change in place, or, where there is none, a line now and then.

    Use it as a context manager, and give it each :class:`Progress`.
    """

    def __init__(self, console: Console, *, title: str) -> None:
        """Take where it is shown, and what is played."""
        self._console = console
        self._title = title
        self._live = Live(console=console, auto_refresh=False) if console.is_terminal else None
        self._told = ""

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it; what was shown last stays."""
        if self._live is not None:
            self._live.stop()

    def __call__(self, progress: Progress) -> None:
        """Show how far it is."""
        if self._live is not None:
            self._live.update(shown(self._title, progress), refresh=True)
        elif progress.stage != self._told:
            self._told = progress.stage
            self._console.print(f"{progress.stage} …", highlight=False)


def shown(title: str, progress: Progress) -> RenderableType:
    """Return what is to be seen of a moment."""
    if progress.stage != "playing":
        return Text(f"{title}: {progress.stage} …")
    wish = progress.wish
    bar = ProgressBar(
        total=wish.duration_s, completed=min(progress.at_s, wish.duration_s), width=60
    )
    failed = Text(f"{progress.failed} failed", style="red" if progress.failed else "green")
    rate = f"{progress.rate_per_s:.1f} a second of {wish.rate_per_s:g}"
    counts = Text(
        f"{progress.begun} begun, {progress.up} up, {rate}, ",
    ).append_text(failed)
    head = Text(f"{title}  {progress.at_s:.0f} of {wish.duration_s:g} s")
    return Group(head, bar, counts, _latencies(progress), _programs(progress))


def _latencies(progress: Progress) -> RenderableType:
    table = Table("ms", "p50", "p95", "p99", "most", box=None, pad_edge=False)
    for name, one in progress.latency_ms.items():
        table.add_row(name, *(f"{ms:.1f}" for ms in (one.p50, one.p95, one.p99, one.most)))
    return table if progress.latency_ms else Text()


def _programs(progress: Progress) -> RenderableType:
    if not progress.cpu:
        return Text("the switch is elsewhere: its processor and memory are not seen", style="dim")
    table = Table("program", "% of a core", "MB (PSS)", box=None, pad_edge=False)
    for name, cores in progress.cpu.items():
        table.add_row(name, f"{100 * cores:.0f}", f"{progress.memory_mb.get(name, 0):.0f}")
    return table
