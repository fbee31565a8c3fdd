"""What becomes of legs and transfers is counted once, and nobody is named."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from switch.call.endings import EndReason
from switch.node.tally import Tally
from switch.records.leg import LegRecord, Quality
from tests.records.samples import at, given_back, rep, story


def counted(*records: LegRecord) -> CollectorRegistry:
    registry = CollectorRegistry()
    tally = Tally(registry)
    for record in records:
        tally.take(record)
    return registry


def test_a_transfer_counts_once_however_often_its_leg_changes() -> None:
    records = story()

    seen = counted(*records, *records)

    assert seen.get_sample_value("softswitch_transfers_total", {"outcome": "answered"}) == 2
    ended = {"role": "rep", "reason": "transferred"}
    assert seen.get_sample_value("softswitch_legs_ended_total", ended) == 2
    ended = {"role": "customer", "reason": "completed"}
    assert seen.get_sample_value("softswitch_legs_ended_total", ended) == 1


def test_a_transfer_that_failed_counts_by_why() -> None:
    seen = counted(*given_back())

    assert seen.get_sample_value("softswitch_transfers_total", {"outcome": "declined"}) == 1
    assert seen.get_sample_value("softswitch_transfers_total", {"outcome": "pending"}) is None


def test_how_well_a_party_heard_counts_when_it_is_known() -> None:
    over = {"state": "ended", "ended_at": at(9), "end_reason": EndReason.COMPLETED}
    quality = Quality(packets=100, lost_pct=5.0, jitter_ms=20.0, mos=4.1)

    seen = counted(
        rep("alice", answered_at=at(1), **over),
        rep("alice", answered_at=at(1), revision=2, quality=quality, **over),
    )

    def total(name: str) -> float | None:
        return seen.get_sample_value(f"softswitch_leg_{name}_sum", {"role": "rep"})

    assert (total("mos"), total("jitter_seconds"), total("lost_ratio")) == (4.1, 0.02, 0.05)
    assert total("round_trip_seconds") is None
    assert seen.get_sample_value("softswitch_leg_mos_count", {"role": "rep"}) == 1


def test_what_is_remembered_of_legs_is_bounded() -> None:
    tally = Tally(CollectorRegistry())
    over = {"state": "ended", "ended_at": at(9), "end_reason": EndReason.NO_ANSWER}
    for place in range(5000):
        tally.take(rep("alice", leg_id=f"leg-{place}", **over))

    assert len(tally._counted) == 4096
