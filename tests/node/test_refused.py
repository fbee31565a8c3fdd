"""Records that no worker writes: calls that were refused, legs whose worker died."""

from __future__ import annotations

import msgspec
import pytest

from switch.call.endings import EndReason
from switch.call.target import Party
from switch.node.refused import RefusedCall, record_of_lost, record_of_refused
from switch.records.leg import Attempt, Talk
from switch.threads.thread import fold
from switch.threads.view import view
from tests.call.line import ALICE, CUSTOMER, SUNDAY_NOON_S
from tests.records.samples import at, customer, rep

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


def test_a_leg_whose_worker_died_ends_now() -> None:
    record = customer(
        revision=4,
        state="answered",
        answered_at=at(2),
        talks=(
            Talk(with_leg="leg-1", started_at=at(2), ended_at=at(3)),
            Talk(with_leg="leg-2", started_at=at(4)),
        ),
    )

    lost = record_of_lost(record, at_s=SUNDAY_NOON_S)

    assert (lost.revision, lost.state, lost.ended_at) == (5, "ended", NOON)
    assert (lost.end_reason, lost.ended_by) == (EndReason.WORKER_LOST, "switch")
    assert lost.talks == (
        record.talks[0],
        msgspec.structs.replace(record.talks[1], ended_at=NOON),
    )
    assert lost.answered_at == record.answered_at


def test_whom_a_lost_leg_rang_is_rung_no_longer() -> None:
    busy = Attempt(rep="bob", from_at=at(1), to_at=at(2), outcome="busy")
    record = rep(
        "seattle",
        rep=None,
        territory="seattle",
        attempts=(busy, Attempt(rep="carol", from_at=at(1), outcome="pending")),
    )

    lost = record_of_lost(record, at_s=SUNDAY_NOON_S)

    assert lost.attempts == (
        busy,
        Attempt(rep="carol", from_at=at(1), to_at=NOON, outcome="cancelled"),
    )
