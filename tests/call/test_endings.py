"""What statuses say about the end of a leg."""

from __future__ import annotations

import pytest

from switch.call.endings import EndReason, reason_of_refusal, status_for_caller


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (403, EndReason.FORBIDDEN),
        (408, EndReason.NO_ANSWER),
        (484, EndReason.NOT_FOUND),
        (486, EndReason.BUSY),
        (487, EndReason.CANCELLED),
        (600, EndReason.BUSY),
        (603, EndReason.DECLINED),
        (606, EndReason.UNACCEPTABLE),
        (502, EndReason.UNREACHABLE),
        (200, EndReason.UNREACHABLE),
    ],
)
def test_a_status_has_one_reason(status: int, reason: EndReason) -> None:
    assert reason_of_refusal(status) is reason


def test_a_caller_is_told_of_a_failure_and_never_of_ours() -> None:
    for status in range(100, 700):
        told = status_for_caller(status)

        assert 400 <= told < 700
        # RFC 3261 §21.5.4: a 503 would make a trunk leave out the whole switch.
        assert told not in {401, 407, 503}
        assert told in {status, 480}
