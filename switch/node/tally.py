"""Counts what becomes of legs and transfers, and how well people heard, for whoever watches.

A record says everything about its leg, again at each change: so what was counted of a leg is
remembered for a while. Labels are roles and reasons, never a person.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Histogram

from switch.records.leg import LegRecord
from switch.threads.transfers import PENDING, outcome_of

_MOST_REMEMBERED: Final = 4096
_MOS: Final = (1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.2, 4.3, 4.4)
_JITTER_S: Final = (0.001, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2)
_LOST: Final = (0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3)
_ROUND_TRIP_S: Final = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0)
_PER_CENT: Final = 100
_PER_S: Final = 1000

_Counted = Literal["answered", "ended", "heard"]


class Tally:
    """Takes each record that the node makes, and counts what is new in it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Begin at zero.

        Args:
            registry: collects what is counted.
        """
        self._counted: OrderedDict[str, set[_Counted]] = OrderedDict()
        self._legs = Counter(
            "softswitch_legs_ended",
            "Legs that are over, by who was there and why it ended.",
            ["role", "reason"],
            registry=registry,
        )
        self._transfers = Counter(
            "softswitch_transfers",
            "Transfers that were asked for, by outcome: answered, or why the target failed.",
            ["outcome"],
            registry=registry,
        )

        def histogram(name: str, says: str, buckets: tuple[float, ...]) -> Histogram:
            return Histogram(name, says, ["role"], buckets=buckets, registry=registry)

        self._mos = histogram(
            "softswitch_leg_mos", "How well a party heard: mean opinion score of its leg.", _MOS
        )
        self._jitter = histogram(
            "softswitch_leg_jitter_seconds", "How unevenly packets came to a party.", _JITTER_S
        )
        self._lost = histogram(
            "softswitch_leg_lost_ratio", "Share of packets for a party that got lost.", _LOST
        )
        self._round_trip = histogram(
            "softswitch_leg_round_trip_seconds", "To a party's phone and back.", _ROUND_TRIP_S
        )

    def take(self, record: LegRecord) -> None:
        """Count what is new in a record."""
        outcome = outcome_of(record)
        if outcome == PENDING:
            return
        if record.why == "transfer" and self._is_new(record, "answered"):
            # The first that is said counts: who has answered cannot fail any more.
            self._transfers.labels(outcome=outcome).inc()
        if record.end_reason is not None and self._is_new(record, "ended"):
            self._legs.labels(role=record.role, reason=record.end_reason.value).inc()
        if record.quality is not None and self._is_new(record, "heard"):
            self._hear(record)

    def _hear(self, record: LegRecord) -> None:
        quality = record.quality
        assert quality is not None
        for seen, value, per in (
            (self._mos, quality.mos, 1),
            (self._jitter, quality.jitter_ms, _PER_S),
            (self._lost, quality.lost_pct, _PER_CENT),
            (self._round_trip, quality.round_trip_ms, _PER_S),
        ):
            if value is not None:
                seen.labels(role=record.role).observe(value / per)

    def _is_new(self, record: LegRecord, what: _Counted) -> bool:
        """Tell whether this was not counted of the leg before, and remember that it is."""
        counted = self._counted.setdefault(record.leg_id, set())
        self._counted.move_to_end(record.leg_id)
        if len(self._counted) > _MOST_REMEMBERED:
            self._counted.popitem(last=False)
        is_new = what not in counted
        counted.add(what)
        return is_new
