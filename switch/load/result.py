"""What came of a load: the figures, as they are shown and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from switch.load.timeline import Percentiles


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Is how many calls one SIPp had."""

    flow: str
    party: str
    wanted: int
    """Of whoever begins: as many as it began; of a phone: as many as it should have got."""
    succeeded: int
    failed: int
    """Those that it should have got, and that never came or came out, are in here."""
    repeated: int
    """Messages sent again because no answer came."""


class Second(msgspec.Struct, frozen=True, kw_only=True):
    """Is the load at one moment, about each second."""

    at_s: float
    """Since the beginning."""
    begun: int
    failed: int
    up: int
    cpu: float
    """Cores that the switch took; 0 if it is elsewhere."""
    memory_mb: float
    p50_ms: float
    """Of the calls so far: INVITE to 200, less ringing."""
    p95_ms: float


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """Is how one kind of time spread, in ms."""

    count: int
    p50: float
    p95: float
    p99: float
    most: float

    @classmethod
    def of(cls, one: Percentiles) -> Spread:
        """Return the same, rounded to what is meant."""
        times = (round(value, 2) for value in (one.p50, one.p95, one.p99, one.most))
        p50, p95, p99, most = times
        return cls(count=one.count, p50=p50, p95=p95, p99=p99, most=most)


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """Is what one program of the switch has cost."""

    cpu_s: float
    cpu_ms_a_call: float
    most_mb: float
    """Memory (PSS), where it was the most."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Is what came of a load."""

    scenario: str
    target: str
    started_at: str
    """UTC, ISO 8601."""
    asked: dict[str, float]
    """Rate, calls at once and seconds, as they were asked for."""
    ran_s: float
    """Until the last call was over."""
    interrupted: bool
    begun: int
    succeeded: int
    failed: int
    refused: dict[str, int]
    """What callers were refused with, by status."""
    why: dict[str, int]
    """What SIPp says of calls that failed."""
    allowed_failed: float
    """Share of the calls."""
    rows: list[Row]
    latency_ms: dict[str, Spread]
    programs: dict[str, Program]
    """Of a switch on this machine."""
    memory_mb: float
    """All programs together, where it was the most."""
    seconds: list[Second]
    machine: dict[str, Any]

    @property
    def is_good(self) -> bool:
        """Whether calls were begun, and no more failed than is allowed."""
        return self.begun > 0 and self.failed <= self.allowed_failed * self.begun

    @property
    def cpu_s(self) -> float:
        """All programs together."""
        return sum(one.cpu_s for one in self.programs.values())


def failed_of(rows: Sequence[Row]) -> int:
    """Return how many conversations failed: of each flow those of the party that lost the most.

    A phone that is called twice in each may have lost more calls than there were conversations.
    """
    flows: dict[str, int] = {}
    begun = {row.flow: row.wanted for row in reversed(rows)}
    for row in rows:
        flows[row.flow] = min(begun[row.flow], max(row.failed, flows.get(row.flow, 0)))
    return sum(flows.values())


def as_json(result: Result) -> bytes:
    """Return it for machines; whether it is good is said there too."""
    told: Mapping[str, Any] = msgspec.to_builtins(result)
    whole = {**told, "good": result.is_good, "cpu_s": round(result.cpu_s, 4)}
    return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"


def as_text(result: Result) -> str:
    """Return it for people."""
    asked, share = result.asked, 100 * result.failed / max(1, result.begun)
    head = f"{result.scenario} against {result.target}, {result.started_at}"
    how = f"{asked['rate']:g} a second, at most {asked['concurrent']:g} at once"
    counts = f"{result.begun} begun, {result.succeeded} good, {result.failed} failed"
    lines = [
        head + (" (interrupted)" if result.interrupted else ""),
        f"  asked: {how}, for {asked['duration']:g} s; it took {result.ran_s:.1f} s",
        f"  {counts} ({share:.2f} %; allowed {100 * result.allowed_failed:g} %)",
    ]
    lines += [f"    refused with {status}: {times}" for status, times in result.refused.items()]
    lines += [f"    {why}: {times}" for why, times in list(result.why.items())[:5]]
    lines.append(f"\n  {'who':38}{'calls':>8}{'good':>8}{'failed':>8}{'repeats':>9}")
    lines += [
        f"  {f'{row.flow}: {row.party}':38}{row.wanted:>8}{row.succeeded:>8}"
        f"{row.failed:>8}{row.repeated:>9}"
        for row in result.rows
    ]
    if result.latency_ms:
        lines.append(f"\n  {'ms':38}{'p50':>8}{'p95':>8}{'p99':>8}{'most':>9}")
    lines += [
        f"  {name:38}{one.p50:>8.1f}{one.p95:>8.1f}{one.p99:>8.1f}{one.most:>9.1f}"
        for name, one in result.latency_ms.items()
    ]
    if result.programs:
        lines.append(f"\n  {'the switch':38}{'CPU s':>8}{'ms/call':>8}{'most MB':>8}")
        lines += [
            f"  {name:38}{one.cpu_s:>8.2f}{one.cpu_ms_a_call:>8.2f}{one.most_mb:>8.0f}"
            for name, one in result.programs.items()
        ]
        a_call = 1000 * result.cpu_s / max(1, result.begun)
        lines.append(f"  {'all':38}{result.cpu_s:>8.2f}{a_call:>8.2f}{result.memory_mb:>8.0f}")
    return "\n".join(lines) + "\n"
