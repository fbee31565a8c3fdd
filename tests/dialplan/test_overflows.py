"""Where calls go that nobody took must exist, and come to an end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialplan import OwnToll, Toll
from dialplan.overflows import find_overflow_problems
from tests.dialplan.samples import ALICE, OURS, PSTN, SAUL, SEATTLE


def told(*targets: str, toll: Toll | None = None, own: OwnToll | None = None) -> list[str]:
    """Return the problems of territories t1, t2 and so on, which overflow to these."""
    territories = [
        replace(SEATTLE, name=f"t{number}", on_no_answer=target, toll=own)
        for number, target in enumerate(targets, start=1)
    ]
    found = list(
        find_overflow_problems(
            reps=(ALICE, SAUL),
            territories=territories,
            dids=(OURS,),
            trunks=(replace(PSTN, prefixes=("+1", "+44")),),
            country="US",
            toll=toll or Toll(),
        )
    )
    assert {(one.kind, one.key) for one in found} <= {("territory", "on_no_answer")}
    return [f"{one.index}: {one.expected}" for one in found]


@pytest.mark.parametrize("target", ["transferor", "saul", "t2", "+12065550100"])
def test_calls_may_overflow_to_a_territory_a_rep_a_number_or_back(target: str) -> None:
    assert told(target, "transferor") == []


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        (["t1"], ["0: somebody else: calls would go round: t1, t1"]),
        (["t2", "t1"], ["0: somebody else: calls would go round: t1, t2, t1"]),
        (["t2", "t3", "t2"], ["1: somebody else: calls would go round: t2, t3, t2"]),
        (["t2", "t3", "saul"], []),
        (
            ["t2", "t1", "t4", "t3"],
            [
                "0: somebody else: calls would go round: t1, t2, t1",
                "2: somebody else: calls would go round: t3, t4, t3",
            ],
        ),
    ],
)
def test_a_loop_is_told_once_where_it_begins(targets: list[str], expected: list[str]) -> None:
    assert told(*targets) == expected


def test_a_territory_that_bears_the_word_for_the_transferor_is_no_loop() -> None:
    named = replace(SEATTLE, name="transferor")

    found = find_overflow_problems(
        reps=(SAUL,), territories=(named,), dids=(), trunks=(), country="US", toll=Toll()
    )

    assert list(found) == []


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (
            "bob",
            (
                "0: the name of a territory or a rep, 'transferor', or a telephone number in E.164 "
                "form, such as '+14805550100'"
            ),
        ),
        (
            "(206) 555-0100",
            "0: the name of a territory or a rep, 'transferor', or E.164 form: '+12065550100'",
        ),
        ("+14805550100", "0: whom +14805550100 rings, by name: it is a number of ours"),
        (
            "+442079460123",
            (
                "0: a number that its toll policy allows: +442079460123 is a number of GB, "
                "not of US: international"
            ),
        ),
    ],
)
def test_what_nobody_can_ring_is_refused(target: str, expected: str) -> None:
    assert told(target) == [expected]


def test_a_territorys_own_toll_policy_counts_and_some_trunk_takes_the_number() -> None:
    assert told("+442079460123", own=OwnToll(allow=("+44",))) == []
    assert told("+4930123456", toll=Toll(international=True)) == [
        "0: a number that some trunk takes"
    ]
