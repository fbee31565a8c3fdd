"""A transferor who is back, and whose phone may not know it: its BYE ends no call."""

from __future__ import annotations

import pytest

from switch.call.commands import AskBack, MuteLeg, PlayMusic
from switch.call.endings import EndReason
from switch.call.target import Refusal, Target
from tests.call.line import (
    ALICE,
    NOBODY,
    OUTSIDE,
    TO_ALICE,
    TO_BOB,
    TO_SAUL,
    TO_SEATTLE,
    WAIT_S,
    Line,
    answered,
)

JUST_NOW_S = 1.0
TOLL = Refusal(user="+9005550100", sip_status=403, why="toll")


def the_target_failed(*, told: bool) -> Line:
    """Return a call whose transferor stayed, and is back, whether his phone knows it or not."""
    line = answered()
    target = line.refers(line.callee)
    line.rings(target)
    line.answers_notify(line.callee)
    line.answers_notify(line.callee)
    line.wait(5)
    line.refuses(target, 603)
    line.wait(0.02)
    if told:
        line.answers_notify(line.callee)
    return line


def assert_called_back(line: Line) -> None:
    assert line.news[-1] == AskBack(leg_id=line.caller, rep="alice")
    line.assert_ended(line.callee, EndReason.TRANSFERRED, by="party")
    line.assert_waits(line.caller, WAIT_S)
    alice = line.calls_back()
    line.answers(alice)
    line.assert_talking(line.caller, alice)


def test_a_bye_that_crosses_the_final_notify_ends_no_call() -> None:
    line = the_target_failed(told=False)

    line.hangs_up(line.callee)

    assert line.news == [
        MuteLeg(leg_id=line.caller),
        PlayMusic(leg_id=line.caller),
        AskBack(leg_id=line.caller, rep="alice"),
    ]
    assert_called_back(line)


def test_a_phone_that_hangs_up_at_once_when_it_was_told_is_a_phone() -> None:
    line = the_target_failed(told=True)

    line.wait(JUST_NOW_S)
    line.hangs_up(line.callee)

    assert_called_back(line)


def test_who_hangs_up_later_has_ended_the_call() -> None:
    line = the_target_failed(told=True)

    line.wait(JUST_NOW_S + 0.001)
    line.hangs_up(line.callee)

    line.settle()
    line.assert_ended(line.caller, EndReason.COMPLETED, by="switch")
    line.assert_ended(line.callee, EndReason.COMPLETED, by="party")
    line.assert_over()
    assert line.thread().transfers[0].outcome == "declined"


def test_a_notify_that_is_never_answered_leaves_him_in_doubt() -> None:
    line = the_target_failed(told=False)

    line.wait(20)
    line.hangs_up(line.callee)

    assert_called_back(line)


def test_the_answer_to_an_earlier_notify_tells_nothing_of_the_failure() -> None:
    line = answered()
    line.refuses(line.refers(line.callee), 603)
    line.answers_notify(line.callee)

    line.wait(JUST_NOW_S + 5)
    line.hangs_up(line.callee)

    assert_called_back(line)


def test_the_answer_to_a_notify_of_an_earlier_transfer_tells_nothing_of_this_one() -> None:
    line = answered()
    line.refuses(line.refers(line.callee, TO_SAUL), 603)
    line.refuses(line.refers(line.callee, TO_BOB), 603)
    for _notify in (100, 603, 100):
        line.answers_notify(line.callee)

    line.wait(JUST_NOW_S + 5)
    line.hangs_up(line.callee)

    assert_called_back(line)


def test_without_a_subscription_the_second_begins_with_the_failure() -> None:
    early, late = answered(), answered()
    for line in (early, late):
        line.refuses(line.refers(line.callee, notifies=False), 603)

    early.wait(JUST_NOW_S)
    early.hangs_up(early.callee)
    late.wait(JUST_NOW_S + 0.001)
    late.hangs_up(late.callee)

    assert_called_back(early)
    late.assert_hung_up(late.caller)


def test_the_customer_may_hang_up_whoever_knows_what() -> None:
    line = the_target_failed(told=False)

    line.hangs_up(line.caller)

    line.settle()
    line.assert_ended(line.caller, EndReason.COMPLETED, by="party")
    line.assert_over()


def test_a_leg_that_we_had_to_end_is_no_phone_that_hangs_up() -> None:
    line = the_target_failed(told=False)

    line.happens_ended_by_us(line.callee, 200)

    line.settle()
    line.assert_ended(line.callee, EndReason.SWITCH_ERROR, by="switch")
    line.assert_over()


@pytest.mark.parametrize(
    ("refused", "outcome"),
    [(NOBODY, "not_found"), (TOLL, "forbidden"), (TO_ALICE, "forbidden")],
)
def test_a_phone_that_leaves_as_always_though_its_target_cannot_be_called_is_called_back(
    refused: Target | Refusal, outcome: str
) -> None:
    line = answered()
    line.refers(line.callee, refused)

    line.hangs_up(line.callee)

    assert_called_back(line)
    assert [one.outcome for one in line.thread().transfers] == [outcome]


def test_fallbacks_of_a_target_that_cannot_be_called_count() -> None:
    line = answered()
    line.refers(line.callee, NOBODY, fallbacks=(TO_SEATTLE,))
    line.hangs_up(line.callee)

    line.wait(WAIT_S)
    line.expire()

    assert line.places().target == TO_SEATTLE


def test_a_customer_who_leaves_then_stops_it_all() -> None:
    # No target was ever called, so there is no transfer to be stopped.
    line = answered()
    line.refers(line.callee, NOBODY)
    line.hangs_up(line.callee)

    line.hangs_up(line.caller)

    line.settle()
    line.assert_ended(line.caller, EndReason.ABANDONED, by="party")
    line.assert_over()


def test_a_transferor_who_holds_and_whose_phone_hangs_up_is_called_back() -> None:
    line = answered()
    line.holds(line.callee)
    line.refuses(line.refers(line.callee), 486)

    line.hangs_up(line.callee)

    assert_called_back(line)


def test_a_rep_who_called_out_and_whose_phone_hangs_up_is_called_back() -> None:
    line = answered(caller=ALICE, target=OUTSIDE)
    line.refuses(line.refers(line.caller, TO_SAUL), 486)

    line.hangs_up(line.caller)

    line.assert_waits(line.callee, WAIT_S)
    alice = line.calls_back()
    line.answers(alice)
    line.assert_talking(line.callee, alice)


def test_the_next_transfer_begins_with_nothing_in_doubt() -> None:
    line = the_target_failed(told=False)
    bob = line.refers(line.callee, TO_BOB)
    line.hangs_up(line.callee)
    line.answers(bob)

    line.hangs_up(bob)

    line.settle()
    line.assert_over()
