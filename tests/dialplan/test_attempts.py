"""What becomes of each rep who is rung."""

from __future__ import annotations

import pytest

from dialplan import outcome_of


@pytest.mark.parametrize(
    ("sip_status", "rang", "expected"),
    [
        (403, True, "declined"),
        (603, True, "declined"),
        (607, True, "declined"),
        (608, True, "declined"),
        (486, True, "busy"),
        (486, False, "busy"),
        (600, True, "busy"),
        (408, True, "no_answer"),
        (480, True, "no_answer"),
        (408, False, "unreachable"),
        (480, False, "unreachable"),
        (404, True, "unreachable"),
        (500, False, "unreachable"),
        (503, True, "unreachable"),
    ],
)
def test_a_failure_says_what_became_of_the_rep(sip_status: int, rang: bool, expected: str) -> None:
    assert outcome_of(sip_status, rang=rang) == expected
