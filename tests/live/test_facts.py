"""What counts of a conversation is worked out of its records, in whatever order they come."""

from __future__ import annotations

import random
from typing import Any

import pytest

from switch.call.endings import EndReason
from switch.live.facts import Facts, RepFacts, TransferFacts, facts_of
from switch.records.leg import Attempt, LegRecord, Talk
from switch.threads.thread import fold
from tests.records.samples import at, customer, given_back, rep, story


def facts(*records: LegRecord) -> Facts:
    return facts_of(fold(records).records)


def over(reason: EndReason, **changes: Any) -> LegRecord:
    return customer(state="ended", ended_at=at(30), end_reason=reason, **changes)


def test_a_story_is_one_call_that_was_answered_and_transferred_twice() -> None:
    seen = facts(*story())

    assert (seen.direction, seen.started_at, seen.outcome) == ("inbound", at(0), "answered")
    assert (seen.waited_s, seen.territory, seen.left_on_music) == (2.0, None, False)
    assert seen.transfers == (
        TransferFacts(transferor="alice", territory=None, taken_by="saul", outcome="answered"),
        TransferFacts(transferor="saul", territory=None, taken_by="alice", outcome="answered"),
    )
    assert seen.reps == {
        "alice": RepFacts(talked_s=84.0, has_talked=True, answered=True),
        "saul": RepFacts(talked_s=120.0, has_talked=True),
    }


def test_the_order_in_which_records_come_does_not_matter() -> None:
    records = given_back()
    shuffled = random.Random(3).sample(records, len(records))

    assert facts(*shuffled) == facts(*records)


def test_who_declines_a_transfer_has_let_it_ring() -> None:
    seen = facts(*given_back())

    assert seen.reps["saul"] == RepFacts(let_ring=True)
    assert seen.transfers == (
        TransferFacts(transferor="alice", territory=None, taken_by=None, outcome="declined"),
    )


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        (EndReason.ABANDONED, "abandoned"),
        (EndReason.CANCELLED, "abandoned"),
        (EndReason.NO_ANSWER, "unanswered"),
        (EndReason.BUSY, "unanswered"),
        (EndReason.NO_WORKER, "unanswered"),
        (EndReason.NOT_FOUND, "refused"),
        (EndReason.FORBIDDEN, "refused"),
    ],
)
def test_why_nobody_talked_with_the_customer(reason: EndReason, outcome: str) -> None:
    seen = facts(over(reason))

    assert (seen.outcome, seen.waited_s, seen.left_on_music) == (outcome, None, False)


def test_a_call_that_rings_waits() -> None:
    assert facts(customer(), rep("alice")).outcome == "waiting"
    # The caller's record may be the last to come.
    assert facts(rep("alice")) == Facts(
        direction="inbound",
        started_at=at(0.1),
        outcome="waiting",
        waited_s=None,
        territory=None,
        left_on_music=False,
        reps={"alice": RepFacts()},
    )


def test_a_customer_may_hang_up_on_music() -> None:
    talk = Talk(with_leg="leg-1", started_at=at(2), ended_at=at(10))

    seen = facts(over(EndReason.ABANDONED, talks=(talk,)))

    assert (seen.outcome, seen.left_on_music) == ("answered", True)


def test_a_territory_that_did_not_take_a_call_was_called_all_the_same() -> None:
    attempts = (
        Attempt(rep="saul", from_at=at(0), to_at=at(6), outcome="no_answer"),
        Attempt(rep="bob", from_at=at(0), to_at=at(2), outcome="cancelled"),
    )
    leg = rep(
        "x",
        rep=None,
        territory="seattle",
        state="ended",
        ended_at=at(6),
        end_reason=EndReason.NO_ANSWER,
        attempts=attempts,
    )
    second = rep("carol", leg_id="leg-2", why="fallback", territory="arizona", offered_at=at(7))

    seen = facts(customer(), leg, second)

    assert seen.territory == "seattle"
    assert seen.reps == {"saul": RepFacts(let_ring=True), "carol": RepFacts()}


def test_a_rep_who_calls_is_not_one_who_answers() -> None:
    talk = Talk(with_leg="leg-1", started_at=at(5))
    caller = rep(
        "alice",
        leg_id="leg-0",
        side="caller",
        direction="outbound",
        from_leg=None,
        offered_at=at(0),
        talks=(talk,),
    )
    called = customer(
        leg_id="leg-1",
        side="callee",
        direction="outbound",
        from_leg="leg-0",
        offered_at=at(0.1),
        talks=(Talk(with_leg="leg-0", started_at=at(5)),),
    )

    seen = facts(caller, called)

    assert (seen.direction, seen.outcome) == ("outbound", "answered")
    # It goes on, so it is not counted yet.
    assert seen.reps == {"alice": RepFacts(has_talked=True, has_called=True)}
