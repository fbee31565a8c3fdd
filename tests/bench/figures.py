"""A figure with its target, a run's figures as JSON, and the tables that are made of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from switch.load.machine import machine, versions

FOLDER: Final = Path("var/bench")
LATEST: Final = "latest.json"
BEGIN: Final = "<!-- bench: written by make bench-table -->"
END: Final = "<!-- /bench -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Is one row: what was measured, and what it was to be."""

    name: str
    result: float
    unit: str
    target: float | None = None
    at_least: bool = False
    """Whether more is better; else the target is the most there may be."""
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether it is as it is to be; None: there is no target."""
        if self.target is None:
            return None
        return self.result >= self.target if self.at_least else self.result <= self.target


def row(figure: Figure) -> dict[str, Any]:
    """Return it for the JSON."""
    return {**asdict(figure), "result": round(figure.result, 4), "met": figure.met}


def write(
    figures: Sequence[Figure], more: dict[str, Any], folder: Path = FOLDER, *, latest: str
) -> Path:
    """Write the figures of a run as ``DATE.json``, and return that; and into ``latest.json``.

    Args:
        figures: what was measured.
        more: what else is to be said of the run.
        folder: where both are.
        latest: ``all``: these are the latest figures; ``some``: they take the place of their
            like, and the others stay, each with its date; ``none``: they are none of them.
    """
    now = datetime.now(UTC)
    date = now.isoformat(timespec="seconds")
    told = {
        "date": date,
        "machine": machine(),
        "versions": versions(),
        "rows": [{**row(figure), "date": date} for figure in figures],
        **more,
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{now:%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    newest = folder / LATEST
    if latest == "some" and newest.exists():
        fresh = {one["name"]: one for one in told["rows"]}
        old = json.loads(newest.read_text(encoding="utf-8"))["rows"]
        kept = [fresh.pop(one["name"], one) for one in old]
        told["rows"] = [*kept, *fresh.values()]
    if latest != "none":
        newest.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return path


def told(figure: dict[str, Any]) -> tuple[str, str, str, str]:
    """Return name, result, target and verdict of a row, in words."""
    unit = figure["unit"]
    target = figure["target"]
    sign = "≥" if figure["at_least"] else "≤"
    verdict = {True: "met", False: "missed", None: ""}[figure["met"]]
    return (
        figure["name"],
        f"{_number(figure['result'])} {unit}".strip(),
        "" if target is None else f"{sign} {_number(target)}",
        verdict,
    )


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def as_text(rows: Iterable[dict[str, Any]]) -> str:
    """Return the table for a terminal."""
    lines = [("", "result", "target", ""), *(told(one) for one in rows)]
    return "\n".join(
        f"{name:52}{result:>22}{target:>12}  {verdict}" for name, result, target, verdict in lines
    )


def as_markdown(run: dict[str, Any]) -> str:
    """Return the table for README, with machine, date and versions."""
    machine_, found = run["machine"], run["versions"]
    which = ", ".join(f"{name} {version}" for name, version in found.items())
    lines = ["| | result | target | |", "|---|---|---|---|"]
    lines += ["| {} | {} | {} | {} |".format(*told(one)) for one in run["rows"]]
    where = f"{machine_['cores']} cores ({machine_['cpu']}, Linux {machine_['kernel']})"
    dates = sorted({one["date"][:10] for one in run["rows"]})
    when = " to ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else run["date"][:10]
    return "\n".join([*lines, "", f"{when}, {where}; {which}."])


def in_readme(text: str, table: str) -> str:
    """Return a text with the table between its two markers.

    Raises:
        ValueError: the markers are not in it, once each and in order.
    """
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{BEGIN} and {END} are not in it")
    return f"{before}{BEGIN}\n{table}\n{END}{after}"
