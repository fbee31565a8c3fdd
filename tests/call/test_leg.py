"""The life of one leg: every cell, and what holds in all of them."""

from __future__ import annotations

from itertools import product

import pytest

from switch.call import leg as legs
from switch.call.endings import EndReason
from switch.call.ids import LegId, Moment
from switch.call.leg import IGNORED, TRANSITIONS, Leg, LegInput, LegState
from tests.call.line import ALICE

CELLS = list(product(LegState, LegInput))
LATER = Moment(monotonic_s=9, utc_s=109)


def a_leg(state: LegState = LegState.PLACED) -> Leg:
    return Leg(
        leg_id=LegId("c1-2"),
        party=ALICE,
        side="callee",
        why="call",
        from_leg=LegId("c1-1"),
        dialled="alice",
        kind="rep",
        state=state,
        offered_s=0,
    )


def test_every_cell_is_decided_once() -> None:
    assert set(TRANSITIONS) | set(IGNORED) == set(CELLS)
    assert set(TRANSITIONS) & set(IGNORED) == set()


@pytest.mark.parametrize(("state", "happened"), CELLS)
def test_a_cell_moves_the_leg_or_leaves_it_as_it_is(state: LegState, happened: LegInput) -> None:
    before = a_leg(state)

    after = legs.apply(before, happened, now=LATER)

    if (state, happened) in IGNORED:
        assert after is before
        assert IGNORED[state, happened]
    else:
        assert after.state is TRANSITIONS[state, happened]


@pytest.mark.parametrize("happened", LegInput)
def test_ended_is_final(happened: LegInput) -> None:
    over = a_leg(LegState.ENDED)

    assert legs.apply(over, happened, now=LATER) is over


@pytest.mark.parametrize("state", LegState)
def test_every_state_can_end(state: LegState) -> None:
    assert legs.apply(a_leg(state), LegInput.ENDED, now=LATER).is_over


@pytest.mark.parametrize(("state", "happened"), TRANSITIONS)
def test_no_leg_goes_back(state: LegState, happened: LegInput) -> None:
    order = list(LegState)

    assert order.index(TRANSITIONS[state, happened]) >= order.index(state)


@pytest.mark.parametrize("state", [LegState.RELEASED, LegState.ENDED])
def test_a_200_that_crossed_our_cancel_never_answers(state: LegState) -> None:
    assert not legs.apply(a_leg(state), LegInput.ANSWERED, now=LATER).was_answered


def test_the_first_180_is_when_it_was_alerted() -> None:
    first = Moment(monotonic_s=0, utc_s=0)

    alerted = legs.apply(a_leg(), LegInput.ALERTED, now=first)
    again = legs.apply(alerted, LegInput.ALERTED, now=LATER)

    assert again.alerted_s == 0


def test_a_life_leaves_its_times_behind() -> None:
    leg = a_leg()
    for happened in (LegInput.ALERTED, LegInput.ANSWERED, LegInput.RELEASED, LegInput.ENDED):
        leg = legs.apply(leg, happened, now=LATER)

    assert leg.alerted_s == leg.answered_s == leg.ended_s == LATER.utc_s
    assert leg.was_answered
    assert not leg.is_up


def test_the_reason_that_was_decided_first_stays() -> None:
    leg = legs.decide_end(a_leg(), EndReason.TRANSFERRED, by="switch", sip_status=200)

    later = legs.decide_end(leg, EndReason.COMPLETED, by="party", sip_status=486)

    assert later is leg
    assert leg.end_reason is EndReason.TRANSFERRED


def test_a_talk_is_ended_once() -> None:
    talking = legs.start_talk(a_leg(), LegId("c1-1"), now=Moment(monotonic_s=0, utc_s=100))

    over = legs.end_talk(talking, now=LATER)

    assert over.talks[0].ended_s == LATER.utc_s
    assert legs.end_talk(over, now=Moment(monotonic_s=20, utc_s=120)) is over
    assert legs.end_talk(a_leg(), now=LATER).talks == ()
