"""What is wrong with toll policies is told where it was said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialplan import OwnToll, Toll
from dialplan.toll_problems import find_toll_problems
from tests.dialplan.samples import ALICE, SAUL, SEATTLE


def told(
    toll: Toll | None = None, *, rep: OwnToll | None = None, territory: OwnToll | None = None
) -> list[str]:
    found = find_toll_problems(
        (ALICE, replace(SAUL, toll=rep)), (replace(SEATTLE, toll=territory),), toll or Toll()
    )
    return [str(one) for one in found]


def test_good_policies_have_no_problems() -> None:
    assert told() == []
    assert told(Toll(outside_at_once=0), rep=OwnToll(), territory=OwnToll(deny=("+",))) == []


@pytest.mark.parametrize(
    ("toll", "expected"),
    [
        (Toll(allow=("44",)), "allow = ['44']: beginnings of numbers"),
        (Toll(deny=("+4x",)), "deny = ['+4x']: beginnings of numbers"),
        (
            Toll(allow=("+1", "+44"), deny=("+44",)),
            "deny = ['+44']: beginnings that are not in allow too, as +44 is",
        ),
        (Toll(outside_at_once=-1), "outside_at_once = -1: calls, 0 to 1000"),
        (Toll(outside_per_minute=1001), "outside_per_minute = 1001: calls, 0 to 1000"),
    ],
)
def test_everybodys_policy_is_judged(toll: Toll, expected: str) -> None:
    (problem,) = told(toll)

    assert problem.startswith(f"toll 1: {expected}")


def test_somebodys_own_policy_is_judged_where_it_stands() -> None:
    found = told(rep=OwnToll(outside_at_once=-1), territory=OwnToll(allow=("1",)))

    assert [problem.split(" = ")[0] for problem in found] == [
        "rep 2: toll.outside_at_once",
        "territory 1: toll.allow",
    ]


def test_an_own_list_that_clashes_with_everybodys_is_told_at_its_owner() -> None:
    everybody = Toll(deny=("+44",))

    assert told(everybody, rep=OwnToll(allow=("+44",))) == [
        "rep 2: toll.deny = ['+44']: beginnings that are not in allow too, as +44 is"
    ]
    assert told(everybody, rep=OwnToll(premium=True)) == []
