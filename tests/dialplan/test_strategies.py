"""In which order the reps of a territory are rung."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialplan import Candidate, Strategy, order

MEMBERS = ("alice", "bob", "carol", "dave")
ALL = tuple(Candidate(rep=name) for name in MEMBERS)
WITHOUT_BOB = (ALL[0], ALL[2], ALL[3])


@pytest.mark.parametrize("strategy", [Strategy.RING_ALL, Strategy.SEQUENTIAL, Strategy.PROGRESSIVE])
def test_the_order_of_the_file_holds_where_no_other_is_wanted(strategy: Strategy) -> None:
    assert order(strategy, ALL[::-1], members=MEMBERS, last="bob") == MEMBERS
    assert order(strategy, (), members=MEMBERS) == ()


def test_whoever_has_been_idle_for_the_longest_time_is_first() -> None:
    candidates = (
        Candidate(rep="alice", idle_since_s=300.0),
        Candidate(rep="bob", idle_since_s=100.0),
        Candidate(rep="carol"),
        Candidate(rep="dave", idle_since_s=100.0),
    )

    found = order(Strategy.LONGEST_IDLE, candidates, members=MEMBERS)

    assert found == ("carol", "bob", "dave", "alice")


def test_whoever_has_answered_the_fewest_calls_is_first() -> None:
    candidates = (
        Candidate(rep="alice", calls=2),
        Candidate(rep="bob", calls=1),
        Candidate(rep="carol", calls=3),
        Candidate(rep="dave", calls=1),
    )

    found = order(Strategy.FEWEST_CALLS, candidates, members=MEMBERS)

    assert found == ("bob", "dave", "alice", "carol")


@pytest.mark.parametrize(
    ("last", "candidates", "expected"),
    [
        (None, ALL, ("alice", "bob", "carol", "dave")),
        ("alice", ALL, ("bob", "carol", "dave", "alice")),
        ("dave", ALL, ("alice", "bob", "carol", "dave")),
        ("bob", WITHOUT_BOB, ("carol", "dave", "alice")),
        ("alice", WITHOUT_BOB, ("carol", "dave", "alice")),
        ("eve", ALL, ("alice", "bob", "carol", "dave")),
    ],
)
def test_round_robin_goes_on_behind_whoever_was_rung_last(
    last: str | None, candidates: tuple[Candidate, ...], expected: tuple[str, ...]
) -> None:
    assert order(Strategy.ROUND_ROBIN, candidates, members=MEMBERS, last=last) == expected


def test_chance_is_given() -> None:
    found = order(Strategy.RANDOM, ALL, members=MEMBERS, draws=(0.5, 0.1, 0.9, 0.1))

    assert found == ("bob", "dave", "alice", "carol")


@given(
    strategy=st.sampled_from(Strategy),
    present=st.sets(st.sampled_from(MEMBERS)),
    last=st.sampled_from([None, "eve", *MEMBERS]),
    numbers=st.lists(st.floats(0, 1, exclude_max=True), min_size=4, max_size=4),
)
def test_an_order_holds_each_candidate_once_and_nobody_else(
    strategy: Strategy, present: set[str], last: str | None, numbers: list[float]
) -> None:
    candidates = [
        Candidate(rep=name, idle_since_s=number or None, calls=int(number * 3))
        for name, number in zip(MEMBERS, numbers, strict=True)
        if name in present
    ]

    found = order(
        strategy, candidates, members=MEMBERS, last=last, draws=numbers[: len(candidates)]
    )

    assert sorted(found) == sorted(present)
