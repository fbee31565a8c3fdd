"""Draws a load: one HTML page that needs nothing else, its curves as SVG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Final

from switch.load.result import Result, Second, as_text

_WIDTH: Final = 900
_HEIGHT: Final = 170
_LEFT: Final = 70
_BOTTOM: Final = 22
_LINES: Final = 4
_COLOURS: Final = ("#1f6feb", "#d1242f", "#1a7f37")
_CSS: Final = """
body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; color: #1f2328 }
h2 { font-size: 1rem; margin: 1.5rem 0 .2rem }
pre { background: #f6f8fa; padding: 1rem; overflow-x: auto; font-size: 13px }
text { font: 11px system-ui, sans-serif; fill: #59636e }
svg { width: 100%; height: auto }
"""

_Curve = tuple[str, Callable[[Second], float]]
_CHARTS: Final[Sequence[tuple[str, str, Sequence[_Curve]]]] = (
    ("Calls that are up", "", (("up", lambda one: one.up),)),
    ("INVITE to 200, less ringing, of all so far", "ms", (
        ("p50", lambda one: one.p50_ms),
        ("p95", lambda one: one.p95_ms),
    )),
    ("Failed calls", "", (("failed", lambda one: one.failed),)),
    ("Processor of the switch", "cores", (("all programs", lambda one: one.cpu),)),
    ("Memory of the switch", "MB", (("all programs (PSS)", lambda one: one.memory_mb),)),
)  # fmt: skip


def as_html(result: Result) -> str:
    """Return the page."""
    title = escape(f"{result.scenario} against {result.target}")
    charts = [_rate(result.seconds), *(_chart(*one, result.seconds) for one in _CHARTS)]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_CSS}</style><h1>{title}</h1><pre>{escape(as_text(result))}</pre>"
        f"{''.join(charts)}</html>\n"
    )


def _rate(seconds: Sequence[Second]) -> str:
    before = [Second(at_s=0, begun=0, failed=0, up=0, cpu=0, memory_mb=0, p50_ms=0, p95_ms=0)]
    rates = {
        one.at_s: (one.begun - last.begun) / max(0.001, one.at_s - last.at_s)
        for last, one in zip([*before, *seconds], seconds, strict=False)
    }
    return _chart("Calls begun", "a second", (("begun", lambda one: rates[one.at_s]),), seconds)


def _chart(title: str, unit: str, curves: Sequence[_Curve], seconds: Sequence[Second]) -> str:
    """Return one chart: its curves over the seconds, from zero up to the most there is."""
    head = f"<h2>{escape(title)}{escape(f', {unit}') if unit else ''}</h2>"
    values = [[value(one) for one in seconds] for _name, value in curves]
    if not seconds:
        return f"{head}<p>Nothing was played.</p>"
    most = max(max(row) for row in values) or 1.0
    longest = seconds[-1].at_s or 1.0

    def at(second: float, value: float) -> str:
        x = _LEFT + (_WIDTH - _LEFT - 10) * second / longest
        y = _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - 14) * value / most
        return f"{x:.1f},{y:.1f}"

    parts = []
    for line in range(_LINES + 1):
        value = most * line / _LINES
        x, _comma, y = at(0, value).partition(",")
        end = at(longest, value).partition(",")[0]
        parts.append(f'<path d="M{x} {y}H{end}" stroke="#d1d9e0"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y}" text-anchor="end">{value:.3g}</text>')
    for place, ((name, _value), row) in enumerate(zip(curves, values, strict=True)):
        points = " ".join(at(one.at_s, value) for one, value in zip(seconds, row, strict=True))
        colour = _COLOURS[place]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}"/>')
        left = _LEFT + 10 + 110 * place
        parts.append(f'<text x="{left}" y="10" style="fill:{colour}">{escape(name)}</text>')
    end = f'<text x="{_WIDTH - 10}" y="{_HEIGHT - 4}" text-anchor="end">{longest:.0f} s</text>'
    return f'{head}<svg viewBox="0 0 {_WIDTH} {_HEIGHT}">{"".join(parts)}{end}</svg>'
