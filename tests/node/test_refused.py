"""The record that no worker writes: of a call that was refused."""

from __future__ import annotations

import pytest

from switch.call.endings import EndReason
from switch.call.target import Party
from switch.node.refused import RefusedCall, record_of_refused
from switch.threads.thread import fold
from switch.threads.view import view
from tests.call.line import ALICE, CUSTOMER, SUNDAY_NOON_S

NOON = "2026-11-22T12:00:00.000Z"


def refused(caller: Party, sip_status: int) -> RefusedCall:
    return RefusedCall(
        conversation_id="c1",
        caller=caller,
        dialled="nobody",
        direction="internal" if caller.role == "rep" else "inbound",
        sip_status=sip_status,
        at_s=SUNDAY_NOON_S,
    )


@pytest.mark.parametrize(
    ("sip_status", "reason"),
    [
        (403, EndReason.FORBIDDEN),
        (404, EndReason.NOT_FOUND),
        (488, EndReason.UNACCEPTABLE),
        (503, EndReason.NO_WORKER),
    ],
)
def test_a_refused_call_is_a_thread_of_one_leg(sip_status: int, reason: EndReason) -> None:
    record = record_of_refused(refused(CUSTOMER, sip_status))

    thread = view(fold([record]))
    (row,) = thread.legs
    assert (thread.contact, thread.direction) == (CUSTOMER.number, "inbound")
    assert (row.offered_at, row.ended_at, row.end_reason) == (NOON, NOON, reason)
    assert (record.ended_by, record.sip_status, record.dialled) == ("switch", sip_status, "nobody")
    assert record.trunk == "pstn"


def test_a_rep_whose_call_is_refused_called_out() -> None:
    record = record_of_refused(refused(ALICE, 404))

    assert (record.direction, record.rep) == ("internal", "alice")
