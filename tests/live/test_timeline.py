"""A thread is drawn so that every stretch stands where it was, and none is too short to be seen."""

from __future__ import annotations

from switch.live.timeline import timeline
from switch.records.leg import LegRecord
from switch.threads.thread import fold
from switch.threads.view import view
from tests.records.samples import at, customer, given_back, rep, story


def drawn(records: list[LegRecord], now: str = at(0)) -> list[tuple[object, ...]]:
    lanes = timeline(view(fold(records)), now).lanes
    return [(lane.who, *((bar.kind, bar.x, bar.width) for bar in lane.bars)) for lane in lanes]


def test_each_party_has_a_lane_and_each_talk_its_place() -> None:
    line = timeline(view(fold(story())), at(0))

    customers, alice, saul, again = line.lanes
    assert line.seconds == 210
    assert [bar.kind for bar in customers.bars] == [
        "ring",
        "open",
        "talk",
        "talk",
        "talk",
        "wait",
        "wait",
    ]
    assert [(bar.x, bar.width) for bar in alice.bars if bar.kind == "talk"] == [(10, 286)]
    assert [(bar.x, bar.width) for bar in again.bars if bar.kind == "talk"] == [(886, 114)]
    assert (saul.who, saul.talk_s, saul.end) == ("saul", 120.0, "transferred")


def test_who_was_called_in_vain_has_a_lane_below() -> None:
    lanes = timeline(view(fold(given_back())), at(0)).lanes

    assert [(lane.who, lane.in_vain, lane.end) for lane in lanes] == [
        ("+14805550123", False, "completed"),
        ("alice", False, "transferred"),
        ("saul", True, "declined"),
        ("alice", False, "completed"),
    ]


def test_what_goes_on_lasts_until_now() -> None:
    records = [customer(), rep("alice", state="alerted")]

    assert drawn(records, at(10)) == [
        ("+14805550123", ("ring", 0, 1000)),
        ("alice", ("ring", 10, 990)),
    ]
    assert timeline(view(fold(records)), at(10)).lanes[1].end == ""


def test_a_moment_can_be_seen_and_stays_on_the_line() -> None:
    moment = customer(state="ended", ended_at=at(0))

    assert drawn([moment]) == [("+14805550123",)]
    records = [
        customer(state="ended", ended_at=at(100)),
        rep("alice", state="ended", offered_at=at(100), ended_at=at(100)),
    ]
    assert drawn(records)[-1] == ("alice", ("ring", 996, 4))
