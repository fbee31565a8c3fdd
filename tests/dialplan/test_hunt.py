"""A territory's search for a rep who takes a call."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from dialplan import (
    Attempt,
    CallerLeft,
    GiveUp,
    Hunt,
    HuntEvent,
    HuntState,
    Outcome,
    RepAnswered,
    RepFailed,
    RepRang,
    Ring,
    StepEnded,
    Strategy,
    Territory,
    TimePassed,
)
from dialplan.hunt import IGNORED, REACTIONS, apply, begin

REPS = ("bob", "carol", "dave")
SEATTLE = Territory(
    name="seattle", extension="801", members=REPS, ring_s=30.0, step_s=12.0, grow_s=8.0
)
ONE_BY_ONE = replace(SEATTLE, strategy=Strategy.SEQUENTIAL)
GROWING = replace(SEATTLE, strategy=Strategy.PROGRESSIVE)


def hunting(territory: Territory, *reps: str) -> Hunt:
    hunt, command = begin(territory, reps or REPS, at_s=100.0)
    assert isinstance(command, Ring)
    return hunt


def after(hunt: Hunt, *events: HuntEvent) -> Hunt:
    for event in events:
        hunt, _ = apply(hunt, event)
    return hunt


def outcomes(hunt: Hunt) -> dict[str, str | None]:
    return {one.rep: one.outcome for one in hunt.attempts}


def failed(rep: str, sip_status: int = 603, at_s: float = 101.0) -> RepFailed:
    return RepFailed(rep=rep, sip_status=sip_status, at_s=at_s)


def ended(at_s: float, *available: str) -> StepEnded:
    return StepEnded(available=available or REPS, at_s=at_s)


def test_ring_all_rings_everybody_for_the_whole_time() -> None:
    hunt, command = begin(SEATTLE, REPS, at_s=100.0)

    assert command == Ring(reps=REPS, for_s=30.0, joins=False)
    assert hunt.ringing == REPS
    assert hunt.due_s is None
    assert hunt.last == "dave"


@pytest.mark.parametrize("strategy", Strategy)
def test_with_nobody_available_the_overflow_is_next_at_once(strategy: Strategy) -> None:
    hunt, command = begin(replace(SEATTLE, strategy=strategy), (), at_s=100.0)

    assert command == GiveUp(sip_status=480)
    assert (hunt.state, hunt.attempts, hunt.last) == (HuntState.EXHAUSTED, (), None)


def test_a_rep_named_twice_is_rung_once() -> None:
    _, command = begin(SEATTLE, ("bob", "bob"), at_s=0.0)

    assert command == Ring(reps=("bob",), for_s=30.0, joins=False)


def test_the_first_who_answers_has_the_call_and_the_others_are_told_elsewhere() -> None:
    hunt = after(
        hunting(SEATTLE),
        RepRang(rep="bob", at_s=100.1),
        failed("dave", 486, 101.0),
        RepAnswered(rep="carol", at_s=103.0),
    )

    assert (hunt.state, hunt.winner, hunt.ringing) == (HuntState.ANSWERED, "carol", ())
    assert hunt.attempts == (
        Attempt(rep="bob", from_s=100.0, rang=True, to_s=103.0, outcome=Outcome.ELSEWHERE),
        Attempt(rep="carol", from_s=100.0, rang=True, to_s=103.0, outcome=Outcome.ANSWERED),
        Attempt(rep="dave", from_s=100.0, to_s=101.0, outcome=Outcome.BUSY),
    )


def test_of_two_who_answer_in_the_same_millisecond_one_has_the_call() -> None:
    hunt = after(
        hunting(SEATTLE), RepAnswered(rep="bob", at_s=103.0), RepAnswered(rep="carol", at_s=103.0)
    )

    assert hunt.winner == "bob"
    assert outcomes(hunt) == {"bob": "answered", "carol": "elsewhere", "dave": "elsewhere"}


@pytest.mark.parametrize("sip_status", [486, 600, 603, 403, 500])
def test_the_no_of_one_ends_nothing_for_the_others(sip_status: int) -> None:
    hunt, command = apply(hunting(SEATTLE), failed("bob", sip_status))

    assert command is None
    assert (hunt.state, hunt.ringing) == (HuntState.RINGING, ("carol", "dave"))


def test_a_rep_who_was_faster_than_our_cancel_has_the_call() -> None:
    hunt = after(
        hunting(ONE_BY_ONE),
        failed("bob", 487, 112.0),
        ended(112.0),
        RepAnswered(rep="bob", at_s=112.1),
    )

    assert hunt.winner == "bob"
    assert outcomes(hunt) == {"bob": "answered", "carol": "elsewhere"}


@pytest.mark.parametrize(
    ("why", "expected"), [(CallerLeft(at_s=105.1), "cancelled"), (ended(130.0), "no_answer")]
)
def test_why_a_phone_was_cancelled_is_not_for_the_phone_to_say(
    why: HuntEvent, expected: str
) -> None:
    rang = [RepRang(rep=rep, at_s=100.1) for rep in REPS]

    hunt = after(hunting(SEATTLE), *rang, *(failed(rep, 487, 105.0) for rep in REPS), why)

    assert outcomes(hunt) == dict.fromkeys(REPS, expected)


def test_news_of_somebody_who_was_not_rung_changes_nothing() -> None:
    hunt = hunting(ONE_BY_ONE)

    for event in (
        RepAnswered(rep="carol", at_s=101.0),
        RepRang(rep="eve", at_s=101.0),
        failed("dave"),
    ):
        assert apply(hunt, event) == (hunt, None)


def test_a_second_failure_of_the_same_rep_is_no_news() -> None:
    declined = after(hunting(SEATTLE), failed("bob", 603, 101.0))

    assert apply(declined, failed("bob", 487, 109.0)) == (declined, None)


def test_a_phone_that_rang_did_not_answer_and_one_that_did_not_ring_is_unreachable() -> None:
    hunt = after(
        hunting(SEATTLE),
        RepRang(rep="bob", at_s=100.1),
        failed("bob", 408, 130.0),
        failed("carol", 408, 102.0),
        ended(130.0),
    )

    assert outcomes(hunt) == {"bob": "no_answer", "carol": "unreachable", "dave": "no_answer"}
    assert hunt.attempts[2].to_s == 130.0


def test_one_after_the_other_rings_for_a_step_each_until_the_time_is_over() -> None:
    hunt = hunting(ONE_BY_ONE)

    hunt, second = apply(hunt, ended(112.0))
    hunt, third = apply(hunt, ended(124.0))
    hunt, last = apply(hunt, ended(130.0))

    assert second == Ring(reps=("carol",), for_s=12.0, joins=False)
    assert third == Ring(reps=("dave",), for_s=6.0, joins=False)
    assert last == GiveUp(sip_status=480)
    assert [one.from_s for one in hunt.attempts] == [100.0, 112.0, 124.0]


def test_less_than_a_second_left_is_no_time_to_ring_anybody() -> None:
    _, command = apply(hunting(ONE_BY_ONE), ended(129.5))

    assert command == GiveUp(sip_status=480)


def test_whoever_is_busy_when_his_turn_comes_waits_for_the_next() -> None:
    hunt = hunting(ONE_BY_ONE)

    hunt, second = apply(hunt, ended(105.0, "bob", "dave"))
    hunt, third = apply(hunt, ended(110.0, "bob", "carol"))
    _, last = apply(hunt, ended(115.0))

    assert second == Ring(reps=("dave",), for_s=12.0, joins=False)
    assert third == Ring(reps=("carol",), for_s=12.0, joins=False)
    assert last == GiveUp(sip_status=480)


def test_if_all_who_wait_are_busy_the_hunt_is_over() -> None:
    _, command = apply(hunting(ONE_BY_ONE), ended(105.0, "bob"))

    assert command == GiveUp(sip_status=480)


def test_progressive_adds_one_every_so_often_while_the_others_ring_on() -> None:
    hunt, first = begin(GROWING, REPS, at_s=100.0)
    early, nothing = apply(hunt, TimePassed(available=REPS, at_s=107.9))
    hunt, second = apply(early, TimePassed(available=REPS, at_s=108.0))
    middle = hunt
    hunt, third = apply(hunt, TimePassed(available=REPS, at_s=116.0))

    assert first == Ring(reps=("bob",), for_s=30.0, joins=False)
    assert nothing is None
    assert second == Ring(reps=("carol",), for_s=22.0, joins=True)
    assert third == Ring(reps=("dave",), for_s=14.0, joins=True)
    assert (early.due_s, middle.due_s, hunt.due_s) == (108.0, 116.0, None)
    assert hunt.ringing == REPS


def test_progressive_goes_on_at_once_when_all_who_ring_have_failed() -> None:
    hunt, command = apply(after(hunting(GROWING), failed("bob")), ended(103.0))

    assert command == Ring(reps=("carol",), for_s=27.0, joins=False)
    assert hunt.due_s == 111.0


def test_progressive_waits_for_whoever_is_busy_and_stops_growing_when_time_is_short() -> None:
    hunt, nothing = apply(hunting(GROWING), TimePassed(available=("bob",), at_s=108.0))
    late, still_nothing = apply(hunt, TimePassed(available=REPS, at_s=129.5))

    assert (nothing, still_nothing) == (None, None)
    assert hunt.due_s == 116.0
    assert late.due_s is None
    assert late.ringing == ("bob",)


def test_time_that_nobody_waits_for_changes_nothing() -> None:
    hunt = hunting(SEATTLE)

    assert apply(hunt, TimePassed(available=REPS, at_s=200.0)) == (hunt, None)


def test_a_caller_who_gives_up_ends_all_ringing() -> None:
    hunt = after(hunting(GROWING), failed("bob"), ended(103.0), CallerLeft(at_s=105.0))

    assert (hunt.state, hunt.ringing, hunt.due_s) == (HuntState.CANCELLED, (), None)
    assert outcomes(hunt) == {"bob": "declined", "carol": "cancelled"}


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((603, 603, 603), 486),
        ((486, 603, 600), 486),
        ((603, 404, 404), 486),
        ((603, 603, 487), 480),
        ((404, 404, 404), 480),
        ((486, 404, 487), 480),
    ],
)
def test_the_status_tells_whether_they_said_no_or_nobody_was_there(
    statuses: tuple[int, int, int], expected: int
) -> None:
    events = [failed(rep, status) for rep, status in zip(REPS, statuses, strict=True)]

    hunt, command = apply(after(hunting(SEATTLE), *events), ended(102.0))

    assert command == GiveUp(sip_status=expected)
    assert hunt.state is HuntState.EXHAUSTED


def test_every_cell_is_decided() -> None:
    events = (RepRang, RepAnswered, RepFailed, StepEnded, TimePassed, CallerLeft)
    cells = set(itertools.product(HuntState, events))

    assert REACTIONS.keys() | IGNORED.keys() == cells
    assert not REACTIONS.keys() & IGNORED.keys()


@pytest.mark.parametrize("state", [HuntState.ANSWERED, HuntState.EXHAUSTED, HuntState.CANCELLED])
def test_nothing_happens_in_a_hunt_that_is_over(state: HuntState) -> None:
    over = replace(hunting(SEATTLE), state=state)

    for event in (
        RepRang(rep="bob", at_s=101.0),
        RepAnswered(rep="bob", at_s=101.0),
        failed("bob"),
        ended(101.0),
        TimePassed(available=REPS, at_s=101.0),
        CallerLeft(at_s=101.0),
    ):
        assert apply(over, event) == (over, None)
