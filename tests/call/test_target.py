"""Whom a call or a transfer is for."""

from __future__ import annotations

import pytest

from switch.call.target import Party
from tests.call.line import BOB, OUTSIDE, SAUL, TO_SAUL, TO_SEATTLE


@pytest.mark.parametrize("member", [SAUL, BOB])
def test_a_territory_is_answered_by_one_of_its_members(member: Party) -> None:
    assert TO_SEATTLE.answered_by(member.rep) is member


@pytest.mark.parametrize("rep", ["mallory", "", "seattle", None])
def test_nobody_else_answers_for_a_territory(rep: str | None) -> None:
    assert TO_SEATTLE.answered_by(rep) is None


def test_nobody_answers_for_a_rep_or_an_outside_number() -> None:
    assert TO_SAUL.answered_by("saul") is OUTSIDE.answered_by(None) is None
