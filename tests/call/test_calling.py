"""A first call, from the INVITE until somebody talks or nobody does."""

from __future__ import annotations

import pytest

from switch.call.commands import AlertLeg, AnswerLeg, HangUpLeg, PlaceLeg, RejectLeg
from switch.call.endings import EndReason
from switch.call.leg import LegState
from switch.call.target import Party, Target
from tests.call.line import ALICE, CUSTOMER, OUTSIDE, RING_S, TO_ALICE, TO_SAUL, Line, answered


def test_a_call_rings_the_callee_with_the_face_of_the_caller() -> None:
    line = Line()

    assert line.news == [
        PlaceLeg(
            leg_id=line.callee,
            target=TO_ALICE,
            persona=CUSTOMER,
            offered_from=line.caller,
            keep_codecs=False,
        )
    ]
    assert line.leg(line.caller).state is LegState.OFFERED
    assert line.leg(line.callee).state is LegState.PLACED
    assert line.leg(line.callee).from_leg == line.caller
    assert line.conversation.next_deadline() == line.now.monotonic_s + RING_S


@pytest.mark.parametrize(
    ("caller", "target", "direction"),
    [
        (CUSTOMER, TO_ALICE, "inbound"),
        (ALICE, OUTSIDE, "outbound"),
        (ALICE, TO_SAUL, "internal"),
    ],
)
def test_who_calls_whom_is_the_direction(caller: Party, target: Target, direction: str) -> None:
    line = Line(caller=caller, target=target)

    assert line.conversation.direction == direction
    called = line.leg(line.callee).party
    assert called.role == ("customer" if direction == "outbound" else "rep")
    assert called.number == target.number


def test_ringing_is_passed_on() -> None:
    line = Line()

    line.rings(line.callee)

    assert line.news == [AlertLeg(leg_id=line.caller, early_media_from=None)]
    assert line.leg(line.caller).state is line.leg(line.callee).state is LegState.ALERTED


def test_early_media_is_passed_on() -> None:
    line = Line(caller=ALICE, target=OUTSIDE)

    line.rings(line.callee)
    line.wait(1)
    line.rings(line.callee, early_media=True)

    assert line.news == [AlertLeg(leg_id=line.caller, early_media_from=line.callee)]
    assert line.leg(line.callee).alerted_s == line.now.utc_s - 1


def test_a_callee_who_answers_talks_with_the_caller() -> None:
    line = Line()
    line.rings(line.callee)

    line.answers(line.callee)

    assert line.news == [AnswerLeg(leg_id=line.caller, answered_by=line.callee)]
    line.assert_talking(line.caller, line.callee)
    assert line.conversation.next_deadline() is None


def test_a_phone_may_answer_without_having_rung() -> None:
    line = Line()

    line.answers(line.callee)

    line.assert_talking(line.caller, line.callee)
    assert line.leg(line.caller).alerted_s is None


@pytest.mark.parametrize("hanging_up", ["caller", "callee"])
def test_whoever_hangs_up_the_other_is_released(hanging_up: str) -> None:
    line = answered(talked_s=45)
    leaver = line.caller if hanging_up == "caller" else line.callee
    other = line.callee if hanging_up == "caller" else line.caller

    line.hangs_up(leaver)

    assert line.news == [HangUpLeg(leg_id=other)]
    line.settle()
    line.assert_ended(leaver, EndReason.COMPLETED, by="party")
    line.assert_ended(other, EndReason.COMPLETED, by="switch")
    assert line.talk_s(line.caller) == line.talk_s(line.callee) == 45
    line.assert_over()


@pytest.mark.parametrize(
    ("said", "told", "reason"),
    [
        (486, 486, EndReason.BUSY),
        (603, 603, EndReason.DECLINED),
        (480, 480, EndReason.UNREACHABLE),
        (404, 404, EndReason.NOT_FOUND),
        (488, 488, EndReason.UNACCEPTABLE),
        (500, 500, EndReason.UNREACHABLE),
        (503, 480, EndReason.UNREACHABLE),
        (407, 480, EndReason.UNREACHABLE),
        (302, 480, EndReason.UNREACHABLE),
    ],
)
def test_a_callee_who_refuses_is_told_to_the_caller(
    said: int, told: int, reason: EndReason
) -> None:
    line = Line()
    line.rings(line.callee)

    line.refuses(line.callee, said)

    assert line.news == [RejectLeg(leg_id=line.caller, sip_status=told)]
    assert line.conversation.next_deadline() is None
    line.settle()
    line.assert_ended(line.callee, reason, by="party", sip_status=said)
    line.assert_ended(line.caller, reason, by="switch", sip_status=told)
    line.assert_over()


def test_a_customer_who_gives_up_abandoned_the_call() -> None:
    line = Line()
    line.rings(line.callee)

    line.cancels(line.caller)

    assert line.news == [HangUpLeg(leg_id=line.callee)]
    assert line.conversation.next_deadline() is None
    line.settle()
    line.assert_ended(line.caller, EndReason.ABANDONED, by="party", sip_status=487)
    line.assert_ended(line.callee, EndReason.CANCELLED, by="switch", sip_status=487)
    line.assert_over()


def test_a_rep_who_gives_up_cancelled_his_call() -> None:
    line = Line(caller=ALICE, target=OUTSIDE)

    line.cancels(line.caller)

    line.settle()
    line.assert_ended(line.caller, EndReason.CANCELLED, by="party", sip_status=487)
    line.assert_over()


def test_a_caller_whom_we_refuse_ourselves_abandoned_nothing() -> None:
    # An offer that nobody can read: the worker answers 488 before anybody is asked.
    line = Line()

    line.happens_ended_by_us(line.caller, 488)

    line.settle()
    line.assert_ended(line.caller, EndReason.UNACCEPTABLE, by="switch", sip_status=488)
    line.assert_over()


def test_nobody_answers_in_time() -> None:
    line = Line()
    line.rings(line.callee)

    line.wait(RING_S)
    line.expire()

    assert line.news == [
        HangUpLeg(leg_id=line.callee),
        RejectLeg(leg_id=line.caller, sip_status=480),
    ]
    line.settle()
    line.assert_ended(line.callee, EndReason.NO_ANSWER, by="switch", sip_status=408)
    line.assert_ended(line.caller, EndReason.NO_ANSWER, by="switch", sip_status=480)
    line.assert_over()


def test_a_200_that_crosses_our_cancel_answers_nothing() -> None:
    line = Line()
    line.wait(RING_S)
    line.expire()

    line.answers(line.callee)

    assert line.news == []
    assert not line.leg(line.callee).was_answered
    line.settle()
    line.assert_ended(line.callee, EndReason.NO_ANSWER, by="switch", sip_status=408)
    line.assert_over()


def test_a_cancel_that_crosses_our_refusal_ends_the_caller_once() -> None:
    line = Line()
    line.refuses(line.callee, 486)

    line.cancels(line.caller)

    line.assert_ended(line.caller, EndReason.BUSY, by="switch", sip_status=486)
    line.assert_over()


def test_a_late_180_and_a_repeated_200_change_nothing() -> None:
    line = answered()
    before = dict(line.conversation.legs)

    line.rings(line.callee)
    line.answers(line.callee)

    assert line.news == []
    assert dict(line.conversation.legs) == before
