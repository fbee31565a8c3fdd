"""Counts what a day's conversations come to: facts in, figures out."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from itertools import pairwise
from typing import Final

from switch.live.facts import Facts
from switch.live.figures import (
    Band,
    Figures,
    Hour,
    Inbound,
    OfRep,
    OfTerritory,
    Outbound,
    Transferred,
    Waits,
)
from switch.threads.clock import local
from switch.threads.transfers import ANSWERED, PENDING

BANDS_S: Final = (5.0, 10.0, 20.0, 30.0, 60.0, 120.0)
"""Where the bands of waiting times end, in seconds; one more is open."""
_HOURS: Final = 24


def figures_of(
    facts: Sequence[Facts],
    *,
    day: str,
    zone: str,
    from_at: str,
    to_at: str,
    clock: tzinfo | None,
    within_s: float,
) -> Figures:
    """Return a day in figures.

    Args:
        facts: of each conversation that began on that day.
        day: which day it is.
        zone: what the time zone is called.
        from_at: when the day begins.
        to_at: when it is over.
        clock: the time zone by which hours are told; ``None``: the machine's own.
        within_s: in how many seconds a customer is to be answered; the service level says how
            often he was.
    """
    coming = [one for one in facts if one.direction == "inbound"]
    going = [one for one in facts if one.direction == "outbound"]
    return Figures(
        day=day,
        zone=zone,
        from_at=from_at,
        to_at=to_at,
        inbound=_inbound(coming, within_s),
        left_on_music=sum(one.left_on_music for one in facts),
        refused=sum(one.outcome == "refused" for one in coming),
        outbound=Outbound(
            calls=len(going), answered=sum(one.outcome == "answered" for one in going)
        ),
        internal=sum(one.direction == "internal" for one in facts),
        transfers=_transfers(facts),
        hours=_hours(coming, clock),
        bands=_bands(coming),
        territories=_territories(facts, within_s),
        reps=_reps(facts),
    )


def _inbound(calls: Sequence[Facts], within_s: float) -> Inbound:
    outcomes = Counter(one.outcome for one in calls)
    waits = _waited(calls)
    missed = outcomes["abandoned"] + outcomes["unanswered"]
    within = sum(wait_s <= within_s for wait_s in waits)
    settled = outcomes["answered"] + missed
    return Inbound(
        calls=len(calls) - outcomes["refused"],
        answered=outcomes["answered"],
        missed=missed,
        abandoned=outcomes["abandoned"],
        unanswered=outcomes["unanswered"],
        ringing=outcomes["waiting"],
        waits=Waits(
            median_s=_at_share(waits, 0.5),
            p90_s=_at_share(waits, 0.9),
            longest_s=_at_share(waits, 1.0),
        ),
        answered_within=within,
        within_s=within_s,
        service_level_pct=round(100 * within / settled, 1) if settled else None,
    )


def _waited(calls: Iterable[Facts]) -> list[float]:
    """Return how long those waited who were answered, the shortest wait first."""
    return sorted(one.waited_s for one in calls if one.waited_s is not None)


def _at_share(waits: Sequence[float], share: float) -> float | None:
    """Return the least of the waits that so large a share of them does not exceed."""
    return waits[math.ceil(share * len(waits)) - 1] if waits else None


def _transfers(facts: Iterable[Facts]) -> Transferred:
    outcomes = Counter(transfer.outcome for one in facts for transfer in one.transfers)
    asked = outcomes.total()
    return Transferred(
        asked=asked,
        answered=outcomes[ANSWERED],
        failed=asked - outcomes[ANSWERED] - outcomes[PENDING],
        pending=outcomes[PENDING],
        outcomes={name: count for name, count in sorted(outcomes.items()) if count},
    )


def _hours(calls: Iterable[Facts], clock: tzinfo | None) -> tuple[Hour, ...]:
    counted = Counter((local(one.started_at, clock).hour, one.outcome) for one in calls)
    return tuple(
        Hour(
            hour=hour,
            answered=counted[hour, "answered"],
            abandoned=counted[hour, "abandoned"],
            unanswered=counted[hour, "unanswered"],
        )
        for hour in range(_HOURS)
    )


def _bands(calls: Iterable[Facts]) -> tuple[Band, ...]:
    waits = _waited(calls)
    edges = (-math.inf, *BANDS_S, math.inf)
    return tuple(
        Band(
            from_s=max(0.0, low),
            to_s=None if high == math.inf else high,
            calls=sum(low < wait_s <= high for wait_s in waits),
        )
        for low, high in pairwise(edges)
    )


def _territories(facts: Iterable[Facts], within_s: float) -> tuple[OfTerritory, ...]:
    calls: dict[str, list[Facts]] = defaultdict(list)
    outcomes: dict[str, list[str]] = defaultdict(list)
    for one in facts:
        if one.territory is not None and one.direction == "inbound":
            calls[one.territory].append(one)
        for transfer in one.transfers:
            if transfer.territory is not None:
                outcomes[transfer.territory].append(transfer.outcome)
    return tuple(
        OfTerritory(
            name=name,
            inbound=_inbound(calls[name], within_s),
            transfers=len(outcomes[name]),
            transfers_answered=outcomes[name].count(ANSWERED),
        )
        for name in sorted({*calls, *outcomes})
    )


def _reps(facts: Iterable[Facts]) -> tuple[OfRep, ...]:
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    talked_s: dict[str, float] = defaultdict(float)
    for one in facts:
        for rep, did in one.reps.items():
            counts = counted[rep]
            counts["answered"] += did.answered
            counts["missed"] += did.let_ring
            counts["called"] += did.has_called
            counts["talks"] += did.has_talked
            talked_s[rep] += did.talked_s
        for transfer in one.transfers:
            if transfer.transferor is not None:
                counted[transfer.transferor]["transferred"] += 1
            if transfer.taken_by is not None:
                counted[transfer.taken_by]["taken"] += 1
    return tuple(
        OfRep(
            name=rep,
            answered=counts["answered"],
            missed=counts["missed"],
            called=counts["called"],
            talks=counts["talks"],
            talked_s=round(talked_s[rep], 3),
            transferred=counts["transferred"],
            taken=counts["taken"],
        )
        for rep, counts in sorted(counted.items())
        if counts.total()
    )
