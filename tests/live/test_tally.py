"""The figures of a day are what their definitions say."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone
from typing import Any

import pytest

from switch.live.facts import Facts, RepFacts, TransferFacts
from switch.live.figures import Figures, Hour, OfRep, Transferred, Waits
from switch.live.tally import figures_of
from tests.records.samples import at


def call(outcome: str = "answered", waited_s: float | None = None, **changes: Any) -> Facts:
    if outcome == "answered" and waited_s is None:
        waited_s = 2.0
    given: dict[str, Any] = {
        "direction": "inbound",
        "started_at": at(0),
        "outcome": outcome,
        "waited_s": waited_s,
        "territory": None,
        "left_on_music": False,
    }
    return Facts(**(given | changes))


def figures(*facts: Facts, clock: Any = UTC, within_s: float = 20.0) -> Figures:
    return figures_of(
        facts,
        day="2026-11-22",
        zone="UTC",
        from_at=at(0),
        to_at=at(86400),
        clock=clock,
        within_s=within_s,
    )


def test_a_day_without_calls_has_no_waits_and_no_service_level() -> None:
    seen = figures()

    assert seen.inbound.waits == Waits(median_s=None, p90_s=None, longest_s=None)
    assert (seen.inbound.calls, seen.inbound.service_level_pct) == (0, None)
    assert (seen.territories, seen.reps, len(seen.hours)) == ((), (), 24)


def test_calls_are_counted_by_what_became_of_them() -> None:
    seen = figures(
        call(),
        call("abandoned"),
        call("abandoned"),
        call("unanswered"),
        call("waiting"),
        call("refused"),
        call(direction="outbound"),
        call("abandoned", direction="outbound"),
        call(direction="internal", left_on_music=True),
    )

    came = seen.inbound
    assert (came.calls, came.answered, came.missed) == (5, 1, 3)
    assert (came.abandoned, came.unanswered, came.ringing, seen.refused) == (2, 1, 1, 1)
    # What still rings, and what was for nobody, says nothing of how well we answer.
    assert came.service_level_pct == 25.0
    assert (seen.outbound.calls, seen.outbound.answered) == (2, 1)
    assert (seen.internal, seen.left_on_music) == (1, 1)


def test_waits_are_those_that_so_many_do_not_exceed() -> None:
    came = figures(*(call(waited_s=float(seconds)) for seconds in range(10, 0, -1))).inbound

    assert came.waits == Waits(median_s=5.0, p90_s=9.0, longest_s=10.0)


@pytest.mark.parametrize("within_s", [20.0, 7.5])
def test_who_is_answered_in_the_last_second_is_answered_in_time(within_s: float) -> None:
    seen = figures(
        call(waited_s=within_s, territory="seattle"),
        call(waited_s=within_s + 0.001),
        within_s=within_s,
    )

    came, of_seattle = seen.inbound, seen.territories[0].inbound
    assert (came.within_s, came.answered_within, came.service_level_pct) == (within_s, 1, 50.0)
    assert (of_seattle.within_s, of_seattle.service_level_pct) == (within_s, 100.0)


def test_each_wait_is_in_one_band() -> None:
    waits = (0.0, 5.0, 5.001, 20.0, 119.0, 120.0, 121.0, 9999.0)

    bands = figures(*(call(waited_s=one) for one in waits)).bands

    assert [(one.from_s, one.to_s, one.calls) for one in bands] == [
        (0, 5, 2),
        (5, 10, 1),
        (10, 20, 1),
        (20, 30, 0),
        (30, 60, 0),
        (60, 120, 2),
        (120, None, 2),
    ]


def test_hours_are_those_of_the_zone() -> None:
    arizona = timezone(timedelta(hours=-7))

    seen = figures(
        call(), call("abandoned"), call("unanswered", started_at=at(3600)), clock=arizona
    )

    # The samples begin at 12:45 in UTC.
    assert [one for one in seen.hours if one.answered or one.unanswered] == [
        Hour(hour=5, answered=1, abandoned=1, unanswered=0),
        Hour(hour=6, answered=0, abandoned=0, unanswered=1),
    ]


def transfer(outcome: str = "answered", **changes: Any) -> TransferFacts:
    taken_by = "saul" if outcome == "answered" else None
    given = {"transferor": "alice", "territory": None, "taken_by": taken_by, "outcome": outcome}
    return TransferFacts(**(given | changes))


def test_transfers_are_counted_by_outcome() -> None:
    seen = figures(
        call(transfers=(transfer(), transfer("declined"))),
        call(direction="outbound", transfers=(transfer("pending"), transfer("declined"))),
    )

    assert seen.transfers == Transferred(
        asked=4,
        answered=1,
        failed=2,
        pending=1,
        outcomes={"answered": 1, "declined": 2, "pending": 1},
    )


def test_a_territory_has_the_calls_that_were_for_it_first_and_the_transfers_to_it() -> None:
    seen = figures(
        call(territory="seattle", waited_s=30.0),
        call("abandoned", territory="seattle"),
        call(transfers=(transfer(territory="arizona"), transfer("busy", territory="arizona"))),
        call(direction="internal", territory="seattle"),
    )

    arizona, seattle = seen.territories
    assert (arizona.name, arizona.inbound.calls) == ("arizona", 0)
    assert (arizona.transfers, arizona.transfers_answered) == (2, 1)
    assert (seattle.name, seattle.inbound.calls, seattle.inbound.missed) == ("seattle", 2, 1)
    assert (seattle.inbound.waits.longest_s, seattle.inbound.service_level_pct) == (30.0, 0.0)


def test_a_rep_is_there_if_he_did_anything() -> None:
    alice = RepFacts(talked_s=60.5, has_talked=True, answered=True)

    seen = figures(
        call(reps={"alice": alice, "carol": RepFacts()}, transfers=(transfer(),)),
        call(
            reps={"alice": RepFacts(let_ring=True)},
            transfers=(transfer(transferor=None, taken_by=None),),
        ),
        call(reps={"alice": RepFacts(has_called=True)}, direction="outbound"),
    )

    assert seen.reps == (
        OfRep(
            name="alice",
            answered=1,
            missed=1,
            called=1,
            talks=1,
            talked_s=60.5,
            transferred=1,
            taken=0,
        ),
        OfRep(
            name="saul",
            answered=0,
            missed=0,
            called=0,
            talks=0,
            talked_s=0.0,
            transferred=0,
            taken=1,
        ),
    )
