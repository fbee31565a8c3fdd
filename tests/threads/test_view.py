from typing import Any

import msgspec

from switch.call.endings import EndReason
from switch.records.leg import Attempt, Talk
from switch.threads.thread import fold
from switch.threads.view import view
from tests.records.samples import CUSTOMER, at, customer, given_back, rep, story


def test_the_example_of_the_design_is_one_thread_with_three_rep_legs() -> None:
    seen = view(fold(story()))

    assert [leg.rep for leg in seen.legs] == [None, "alice", "saul", "alice"]
    assert [leg.talk_s for leg in seen.legs] == [204, 60, 120, 24]
    assert [(t.from_, t.to, t.kind, t.outcome) for t in seen.transfers] == [
        ("alice", "saul", "rep", "answered"),
        ("saul", "alice", "rep", "answered"),
    ]
    assert [leg.attempts for leg in seen.legs] == [(), (), (), ()]
    assert (seen.recalls, seen.fallbacks, seen.waiting_s) == ((), (), 4)
    assert seen.contact == CUSTOMER
    assert seen.direction == "inbound"
    assert (seen.started_at, seen.ended_at) == (at(0), at(210))


def test_machines_are_shown_the_fields_the_interface_names() -> None:
    shown = msgspec.to_builtins(view(fold(story())))

    assert {
        "conversation_id",
        "contact",
        "direction",
        "started_at",
        "ended_at",
        "legs",
        "transfers",
        "recalls",
        "fallbacks",
        "waits",
        "waiting_s",
    } <= set(shown)
    assert {
        "leg_id",
        "role",
        "rep",
        "number",
        "offered_at",
        "answered_at",
        "ended_at",
        "talk_s",
        "end_reason",
        "attempts",
    } <= set(shown["legs"][0])
    assert {"from", "to", "kind", "at", "outcome", "took_s"} <= set(shown["transfers"][0])
    assert set(shown["waits"][0]) == {"from_at", "to_at"}


def test_a_thread_with_an_open_leg_has_not_ended() -> None:
    assert view(fold(story()[:-1])).ended_at is None


def test_somebody_who_did_not_answer_is_an_attempt_under_who_called() -> None:
    alice = rep("alice", state="ended", ended_at=at(5), end_reason=EndReason.BUSY, answered_at=None)
    caller = customer(state="ended", ended_at=at(5), end_reason=EndReason.BUSY)

    (row,) = view(fold([caller, alice])).legs

    (attempt,) = row.attempts
    assert (attempt.rep, attempt.from_at, attempt.to_at) == ("alice", at(0.1), at(5))
    assert attempt.outcome == "busy"
    assert row.answered_at is None


def test_who_is_still_rung_is_a_pending_attempt() -> None:
    (row,) = view(fold([customer(), rep("alice")])).legs

    assert row.attempts[0].outcome == "pending"
    assert row.attempts[0].to_at is None


def test_a_transfer_that_failed_is_an_attempt_of_the_transferor_and_no_row() -> None:
    bob = rep(
        "bob",
        leg_id="leg-b",
        conversation_id="c",
        why="transfer",
        from_leg="c.1",
        state="ended",
        offered_at=at(20),
        ended_at=at(21),
        end_reason=EndReason.DECLINED,
    )

    seen = view(fold([*story(["alice"], [60], "c"), bob]))

    assert [leg.rep for leg in seen.legs] == [None, "alice"]
    assert [attempt.rep for attempt in seen.legs[1].attempts] == ["bob"]
    assert [(t.from_, t.to, t.outcome) for t in seen.transfers] == [("alice", "bob", "declined")]


def test_attempts_are_in_order_of_time() -> None:
    legs = [
        rep("bob", leg_id="leg-2", offered_at=at(9)),
        rep("alice", leg_id="leg-1", offered_at=at(3)),
        rep("saul", leg_id="leg-3", offered_at=at(5)),
    ]

    (row,) = view(fold([customer(), *legs])).legs

    assert [attempt.rep for attempt in row.attempts] == ["alice", "saul", "bob"]


def test_an_attempt_whose_cause_is_not_known_yet_stands_under_the_caller() -> None:
    bob = rep("bob", leg_id="leg-9", why="transfer", from_leg="leg-8")

    seen = view(fold([customer(), bob]))

    assert [attempt.rep for attempt in seen.legs[0].attempts] == ["bob"]
    assert seen.transfers[0].from_ is None
    assert seen.transfers[0].from_leg == "leg-8"


def test_members_of_a_hunt_are_attempts_of_the_leg_that_hunted() -> None:
    rang = (
        Attempt(rep="bob", from_at=at(1), to_at=at(9), outcome="no_answer"),
        Attempt(rep="ann", from_at=at(1), to_at=at(9), outcome="busy"),
    )
    answered = rep("saul", territory="seattle", answered_at=at(9), attempts=rang)

    seen = view(fold([customer(), answered]))

    assert [attempt.rep for attempt in seen.legs[1].attempts] == ["ann", "bob"]
    assert seen.legs[0].attempts == ()


def test_a_hunt_that_nobody_answered_shows_its_members_and_not_itself() -> None:
    rang = (Attempt(rep="bob", from_at=at(1), to_at=at(9), outcome="no_answer"),)
    hunted = rep("x", territory="seattle", attempts=rang, ended_at=at(9))
    hunted = msgspec.structs.replace(hunted, rep=None)

    (row,) = view(fold([customer(), hunted])).legs

    assert [attempt.rep for attempt in row.attempts] == ["bob"]


def test_a_territory_of_which_nobody_was_rung_is_an_attempt_at_itself() -> None:
    hunted = rep("x", territory="seattle", why="fallback", ended_at=at(9))
    hunted = msgspec.structs.replace(hunted, rep=None, number="801")

    (row,) = view(fold([customer(), hunted])).legs

    (attempt,) = row.attempts
    assert (attempt.rep, attempt.territory, attempt.number) == (None, "seattle", "801")


def test_a_leg_that_ended_without_a_reason_is_our_mistake_and_says_so() -> None:
    (row,) = view(fold([customer(), rep("alice", ended_at=at(3))])).legs

    assert row.attempts[0].outcome == "switch_error"


def test_a_rep_who_calls_out_is_the_first_row_and_the_customer_the_contact() -> None:
    alice = rep("alice", direction="outbound", side="caller", from_leg=None, answered_at=at(4))
    called = customer(
        direction="outbound",
        side="callee",
        from_leg="leg-1",
        offered_at=at(0.2),
        answered_at=at(4),
        talks=(Talk(with_leg="leg-1", started_at=at(4)),),
    )

    seen = view(fold([called, alice]))

    assert [leg.role for leg in seen.legs] == ["rep", "customer"]
    assert (seen.contact, seen.direction) == (CUSTOMER, "outbound")


def test_a_call_between_reps_has_no_contact() -> None:
    legs = [
        rep("alice", leg_id="leg-0", direction="internal", side="caller", from_leg=None),
        rep("saul", direction="internal"),
    ]

    assert view(fold(legs)).contact is None


def test_a_caller_who_withholds_his_number_has_no_contact() -> None:
    assert view(fold([customer(number=None)])).contact is None


def test_rows_are_in_the_order_of_talking_not_of_ringing() -> None:
    early = rep(
        "late-talker",
        leg_id="leg-1",
        answered_at=at(2),
        talks=(Talk(with_leg="leg-0", started_at=at(50)),),
    )
    late = rep("early-talker", leg_id="leg-2", offered_at=at(3), answered_at=at(4))

    seen = view(fold([customer(answered_at=at(4)), early, late]))

    assert [leg.rep for leg in seen.legs] == [None, "early-talker", "late-talker"]


def test_a_talk_that_goes_on_is_not_counted_yet() -> None:
    talks = (
        Talk(with_leg="leg-1", started_at=at(1), ended_at=at(2.5)),
        Talk(with_leg="leg-2", started_at=at(3)),
    )

    assert view(fold([customer(answered_at=at(1), talks=talks)])).legs[0].talk_s == 1.5


def test_a_transferor_who_was_called_back_and_answered_is_a_row() -> None:
    seen = view(fold(given_back()))

    assert [(leg.rep, leg.why) for leg in seen.legs] == [
        (None, "call"),
        ("alice", "call"),
        ("alice", "recall"),
    ]
    assert [(one.to, one.outcome) for one in seen.transfers] == [("saul", "declined")]
    assert seen.legs[0].talk_s == seen.legs[1].talk_s + seen.legs[2].talk_s
    assert seen.waiting_s == 12


def test_calls_back_and_fallbacks_that_nobody_answered_are_attempts_of_the_transferor() -> None:
    records = [
        *given_back(),
        rep("alice", leg_id="r-0", **in_vain(why="recall", offered_at=at(70))),
        rep("bob", leg_id="f-0", **in_vain(why="fallback", offered_at=at(71))),
    ]

    seen = view(fold(records))

    assert [(one.rep, one.outcome) for one in seen.legs[1].attempts] == [
        ("saul", "declined"),
        ("alice", "busy"),
        ("bob", "busy"),
    ]
    assert len(seen.transfers) == 1


def in_vain(**changes: Any) -> dict[str, Any]:
    ended = {"state": "ended", "ended_at": at(72), "end_reason": EndReason.BUSY}
    return {"from_leg": "leg-1", **ended, **changes}
