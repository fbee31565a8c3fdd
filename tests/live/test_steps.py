"""What was done with a call is told in order, and in words."""

from __future__ import annotations

import pytest

from switch.live.steps import outcome_words, steps_of
from switch.threads.thread import fold
from switch.threads.view import view
from tests.records.samples import at, customer, given_back, rep


def test_transfers_and_calls_back_stand_in_their_order() -> None:
    steps = steps_of(view(fold(given_back())))

    assert [(step.sort, step.from_, step.to, step.words, step.went_well) for step in steps] == [
        ("transfer", "alice", "saul", "declined", False),
        ("recall", None, "alice", "took it back", True),
    ]


def test_what_the_switch_did_by_itself_is_a_step_too() -> None:
    back = rep("bob", leg_id="leg-4", why="fallback", from_leg="leg-1", offered_at=at(9))

    (step,) = steps_of(view(fold([customer(), rep("alice"), back])))

    assert (step.sort, step.to, step.words, step.took_s) == (
        "fallback",
        "bob",
        "is being called",
        None,
    )


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("no_answer", "did not answer"), ("worker_lost", "could not be reached")],
)
def test_outcomes_follow_a_name(outcome: str, words: str) -> None:
    assert outcome_words(outcome) == words
