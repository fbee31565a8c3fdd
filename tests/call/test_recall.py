"""The life of one recall: every cell, and what holds in all of them."""

from __future__ import annotations

from itertools import product

import pytest

from switch.call import recall as recalls
from switch.call.endings import EndReason
from switch.call.ids import LegId
from switch.call.recall import IGNORED, TRANSITIONS, Recall, RecallInput, RecallState
from switch.call.transfer import Failure
from tests.call.line import OUTSIDE, TO_ALICE, TO_BOB

CELLS = list(product(RecallState, RecallInput))
FINAL = [
    RecallState.RESUMED,
    RecallState.RETARGETED,
    RecallState.TAKEN,
    RecallState.GIVEN_UP,
    RecallState.ABANDONED,
]
UNDER_WAY = [state for state in RecallState if state not in FINAL]


def a_recall(
    state: RecallState = RecallState.ASKING, *, tries_left: int = 2, resume_asked: bool = False
) -> Recall:
    return Recall(
        transferor=TO_ALICE,
        transferor_leg=LegId("c1-2"),
        transferee=LegId("c1-1"),
        failure=Failure(who="saul", reason=EndReason.DECLINED),
        tries_left=tries_left,
        fallbacks=(TO_BOB, OUTSIDE),
        resume_asked=resume_asked,
        state=state,
    )


def test_every_cell_is_decided_once() -> None:
    assert set(TRANSITIONS) | set(IGNORED) == set(CELLS)
    assert set(TRANSITIONS) & set(IGNORED) == set()


@pytest.mark.parametrize(("state", "happened"), CELLS)
def test_a_cell_moves_the_recall_or_leaves_it_as_it_is(
    state: RecallState, happened: RecallInput
) -> None:
    before = a_recall(state)

    after = recalls.apply(before, happened)

    if (state, happened) in IGNORED:
        assert after is before
        assert IGNORED[state, happened]
    else:
        assert after.state is TRANSITIONS[state, happened]


@pytest.mark.parametrize("state", RecallState)
def test_a_recall_that_is_over_stays_so(state: RecallState) -> None:
    assert a_recall(state).is_under_way is (state not in FINAL)
    if state in FINAL:
        assert all((state, happened) in IGNORED for happened in RecallInput)


@pytest.mark.parametrize("state", UNDER_WAY)
def test_a_transferee_may_leave_at_any_moment(state: RecallState) -> None:
    after = recalls.apply(a_recall(state), RecallInput.TRANSFEREE_LEFT)

    assert after.state is RecallState.ABANDONED


@pytest.mark.parametrize("state", UNDER_WAY)
def test_a_transferor_may_choose_at_any_moment(state: RecallState) -> None:
    retargeted = recalls.apply(a_recall(state), RecallInput.TARGET_ASKED)
    resumed = recalls.apply(a_recall(state), RecallInput.RESUME_ASKED)

    assert retargeted.state is RecallState.RETARGETED
    assert resumed.state in {RecallState.RINGING, RecallState.RESUMED}


@pytest.mark.parametrize("state", UNDER_WAY)
def test_each_state_that_waits_can_end_by_itself(state: RecallState) -> None:
    """Nobody presses anything and nobody leaves: still every state has a way out."""
    by_itself = set(RecallInput) - {
        RecallInput.RESUME_ASKED,
        RecallInput.TARGET_ASKED,
        RecallInput.TRANSFEREE_LEFT,
    }
    reached, before = {state}, set[RecallState]()
    while reached != before:
        before = set(reached)
        reached |= {TRANSITIONS[cell] for cell in product(before, by_itself) if cell in TRANSITIONS}

    assert RecallState.GIVEN_UP in reached


@pytest.mark.parametrize(
    ("state", "happened", "left"),
    [
        (RecallState.ASKING, RecallInput.ALLOWED, 1),
        (RecallState.WAITING, RecallInput.ALLOWED, 1),
        (RecallState.PAUSING, RecallInput.RESUME_ASKED, 1),
        (RecallState.FALLING_BACK, RecallInput.RESUME_ASKED, 1),
        (RecallState.RINGING, RecallInput.RESUME_ASKED, 2),
        (RecallState.RINGING, RecallInput.TRY_FAILED, 2),
        (RecallState.ASKING, RecallInput.BARRED, 2),
    ],
)
def test_each_call_back_is_one_try(state: RecallState, happened: RecallInput, left: int) -> None:
    assert recalls.apply(a_recall(state), happened).tries_left == left


def test_a_transferor_who_asks_for_it_is_called_even_if_no_try_is_left() -> None:
    after = recalls.apply(a_recall(RecallState.GOODBYE, tries_left=0), RecallInput.RESUME_ASKED)

    assert (after.state, after.tries_left) == (RecallState.RINGING, 0)


def test_fallbacks_are_used_up_one_by_one() -> None:
    first = recalls.apply(a_recall(RecallState.WAITING), RecallInput.TRIES_OVER)
    second = recalls.apply(first, RecallInput.FALLBACK_FAILED)

    assert first.fallbacks == (OUTSIDE,)
    assert second.fallbacks == ()


@pytest.mark.parametrize("happened", [RecallInput.BARRED, RecallInput.ALLOWED])
def test_whoever_asked_to_be_called_has_chosen_as_long_as_it_rings(happened: RecallInput) -> None:
    asked = recalls.apply(a_recall(), RecallInput.RESUME_ASKED)

    assert asked.resume_asked
    assert recalls.apply(asked, happened).resume_asked
    assert not recalls.apply(asked, RecallInput.TRY_FAILED).resume_asked
