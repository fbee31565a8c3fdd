"""How a transfer goes on and ends."""

from __future__ import annotations

import pytest

from switch.call.commands import AskBack, HangUpLeg, JoinLegs, SendNotify
from switch.call.endings import EndReason
from switch.call.roster import Part
from switch.call.target import Party
from tests.call.line import (
    ALICE,
    NOBODY,
    OUTSIDE,
    RESPONSE_S,
    TO_ALICE,
    TO_BOB,
    TO_SAUL,
    WAIT_S,
    Line,
    answered,
)


def test_a_target_who_answers_talks_with_the_customer() -> None:
    line = answered()
    target = line.refers(line.callee)
    line.rings(target)

    line.answers(target)

    assert line.news == [
        JoinLegs(leg_id=line.caller, peer=target),
        SendNotify(leg_id=line.callee, refer_id="1", sip_status=200, final=True),
    ]
    line.assert_talking(line.caller, target)
    line.assert_notified(line.callee, [100, 180, 200])
    assert line.conversation.next_deadline() is None


def test_the_bye_waits_until_the_final_notify_is_answered() -> None:
    line = answered()
    target = line.refers(line.callee)
    line.rings(target)
    line.answers(target)

    line.answers_notify(line.callee)
    line.answers_notify(line.callee)
    line.assert_stands(line.callee)
    line.answers_notify(line.callee)

    assert line.news == [HangUpLeg(leg_id=line.callee)]
    line.settle()
    line.assert_ended(line.callee, EndReason.TRANSFERRED, by="switch")
    line.assert_talking(line.caller, target)


@pytest.mark.parametrize("final_answer", [481, 408, 500])
def test_whatever_the_final_notify_is_answered_with_the_bye_follows(final_answer: int) -> None:
    line = answered()
    line.answers(line.refers(line.callee))
    line.answers_notify(line.callee)

    line.answers_notify(line.callee, final_answer)

    line.assert_hung_up(line.callee)


def test_without_a_subscription_the_bye_waits_for_nothing() -> None:
    line = answered()
    target = line.refers(line.callee, notifies=False)

    line.answers(target)

    assert line.news == [JoinLegs(leg_id=line.caller, peer=target), HangUpLeg(leg_id=line.callee)]
    line.assert_notified(line.callee, [])


def test_a_phone_that_knows_of_no_subscription_gets_no_further_notify() -> None:
    line = answered()
    target = line.refers(line.callee)

    line.answers_notify(line.callee, 481)
    line.rings(target)
    line.answers(target)

    line.assert_notified(line.callee, [100])
    line.assert_hung_up(line.callee)


def test_a_notify_that_fails_for_the_moment_ends_no_subscription() -> None:
    line = answered()
    target = line.refers(line.callee)

    line.answers_notify(line.callee, 500)
    line.rings(target)

    line.assert_notified(line.callee, [100, 180])


def test_a_leaver_who_knows_of_no_subscription_is_released_at_once() -> None:
    line = answered()
    line.answers(line.refers(line.callee))

    line.answers_notify(line.callee, 481)

    line.assert_hung_up(line.callee)


def test_a_phone_that_rings_again_and_again_is_told_of_once() -> None:
    # Two phones of saul ring, or one repeats its 180 (RFC 3261 §13.3.1.1).
    line = answered()
    target = line.refers(line.callee)

    line.rings(target)
    line.rings(target)
    line.answers(target)

    line.assert_notified(line.callee, [100, 180, 200])


@pytest.mark.parametrize("ringing", [False, True])
def test_a_transferor_who_leaves_cancels_nothing(ringing: bool) -> None:
    line = answered()
    target = line.refers(line.callee)
    if ringing:
        line.rings(target)

    line.hangs_up(line.callee)

    line.assert_ended(line.callee, EndReason.TRANSFERRED, by="party")
    line.assert_on_music(line.caller)
    line.answers(target)
    line.assert_talking(line.caller, target)
    assert 200 not in line.notified(line.callee)


def test_a_transferor_who_hangs_up_before_our_bye_was_released_all_the_same() -> None:
    line = answered()
    target = line.refers(line.callee)
    line.answers(target)

    line.hangs_up(line.callee)

    line.assert_ended(line.callee, EndReason.TRANSFERRED, by="switch")
    line.assert_talking(line.caller, target)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (486, EndReason.BUSY),
        (603, EndReason.DECLINED),
        (480, EndReason.UNREACHABLE),
        (404, EndReason.NOT_FOUND),
    ],
)
def test_a_target_that_fails_returns_the_customer_to_the_transferor(
    status: int, reason: EndReason
) -> None:
    line = answered(talked_s=10)
    target = line.refers(line.callee)
    line.rings(target)
    line.wait(5)

    line.refuses(target, status)

    line.assert_notified(line.callee, [100, 180, status])
    line.assert_talking(line.caller, line.callee)
    line.assert_ended(target, reason, by="party", sip_status=status)
    assert line.conversation.next_deadline() is None
    line.wait(7)
    line.hangs_up(line.caller)
    line.settle()
    assert line.talk_s(line.caller) == line.talk_s(line.callee) == 17
    line.assert_ended(line.callee, EndReason.COMPLETED, by="switch")
    line.assert_over()


def test_a_target_that_is_silent_too_long_has_failed() -> None:
    line = answered()
    target = line.refers(line.callee)
    line.rings(target)

    line.wait(RESPONSE_S)
    line.expire()

    line.assert_hung_up(target)
    line.assert_notified(line.callee, [100, 180, 408])
    line.assert_talking(line.caller, line.callee)


def test_a_200_of_the_target_after_its_time_is_too_late() -> None:
    line = answered()
    target = line.refers(line.callee)
    line.wait(RESPONSE_S)
    line.expire()

    line.rings(target)
    line.answers(target)

    assert line.news == []
    line.assert_talking(line.caller, line.callee)
    line.settle()
    line.assert_ended(target, EndReason.NO_ANSWER, by="switch", sip_status=408)


def test_an_answer_in_the_last_moment_is_an_answer() -> None:
    line = answered()
    target = line.refers(line.callee)
    line.wait(RESPONSE_S)
    line.answers(target)

    line.expire()

    assert line.news == []
    line.assert_talking(line.caller, target)


def test_a_target_whose_200_cannot_be_used_was_not_reached() -> None:
    # It answered without a session description, so the worker hung up: no NOTIFY may say 200.
    line = answered()
    target = line.refers(line.callee)

    line.happens_ended_by_us(target, 200)

    line.assert_notified(line.callee, [100, 480])
    line.assert_talking(line.caller, line.callee)


def test_a_hold_before_the_refer_is_back_when_the_target_fails() -> None:
    line = answered()
    line.holds(line.callee)
    line.refuses(line.refers(line.callee), 486)

    line.assert_on_music(line.caller)

    line.retrieves(line.callee)
    line.assert_talking(line.caller, line.callee)


def test_a_transferor_who_retrieves_while_it_rings_is_joined_at_once() -> None:
    line = answered()
    line.holds(line.callee)
    target = line.refers(line.callee)
    line.retrieves(line.callee)

    line.refuses(target, 486)

    line.assert_talking(line.caller, line.callee)


def test_a_transferor_who_holds_while_it_rings_retrieves_when_he_likes() -> None:
    line = answered()
    target = line.refers(line.callee)
    line.holds(line.callee)

    line.refuses(target, 486)

    line.assert_on_music(line.caller)
    line.retrieves(line.callee)
    line.assert_talking(line.caller, line.callee)


def test_a_transferee_who_holds_gives_music_to_whoever_joins_him() -> None:
    line = answered(caller=ALICE, target=TO_SAUL)
    line.holds(line.caller)
    target = line.refers(line.callee, TO_BOB)

    line.answers(target)

    line.assert_on_music(target)
    line.retrieves(line.caller)
    line.assert_talking(line.caller, target)


@pytest.mark.parametrize("first", ["transferor", "transferee"])
def test_two_who_hold_each_other_do_so_after_a_failed_transfer_too(first: str) -> None:
    line = answered(caller=ALICE, target=TO_SAUL)
    line.holds(line.callee)
    line.holds(line.caller)
    line.refuses(line.refers(line.callee, TO_BOB), 486)

    line.assert_on_music(line.caller)
    line.assert_on_music(line.callee)
    legs = [line.callee, line.caller]
    for leg_id in legs if first == "transferor" else reversed(legs):
        line.retrieves(leg_id)
    line.assert_talking(line.caller, line.callee)


def test_a_customer_is_kept_when_the_target_fails_and_the_transferor_has_gone() -> None:
    line = answered()
    target = line.refers(line.callee)
    line.hangs_up(line.callee)

    line.refuses(target, 603)

    assert line.news == [AskBack(leg_id=line.caller, rep="alice")]
    line.assert_waits(line.caller, WAIT_S)
    line.assert_ended(target, EndReason.DECLINED, by="party", sip_status=603)


def test_a_customer_who_hangs_up_on_music_stops_it_all() -> None:
    line = answered()
    target = line.refers(line.callee)
    line.rings(target)

    line.hangs_up(line.caller)

    line.assert_hung_up(target)
    line.assert_notified(line.callee, [100, 180, 487])
    assert line.conversation.next_deadline() is None
    line.settle()
    line.assert_ended(line.caller, EndReason.ABANDONED, by="party")
    line.assert_ended(target, EndReason.ABANDONED, by="switch", sip_status=487)
    line.assert_over()


def test_a_customer_who_hangs_up_when_the_transferor_has_gone_stops_it_all_too() -> None:
    line = answered()
    line.refers(line.callee)
    line.hangs_up(line.callee)

    line.hangs_up(line.caller)

    line.settle()
    line.assert_notified(line.callee, [100])
    line.assert_over()


def test_a_200_that_crosses_the_cancel_of_an_abandoned_transfer_is_too_late() -> None:
    line = answered()
    target = line.refers(line.callee)
    line.hangs_up(line.caller)

    line.answers(target)

    assert line.news == []
    line.settle()
    line.assert_over()


def test_a_customer_who_hangs_up_while_the_transferor_is_being_told_ends_the_call() -> None:
    line = answered()
    target = line.refers(line.callee)
    line.answers(target)

    line.hangs_up(line.caller)

    line.assert_hung_up(target)
    assert not line.conversation.closed
    line.settle()
    line.assert_ended(line.callee, EndReason.TRANSFERRED, by="switch")
    line.assert_over()


def test_a_new_transfer_is_not_disturbed_by_the_answer_to_a_notify_of_the_last() -> None:
    line = answered()
    line.refuses(line.refers(line.callee, TO_SAUL), 486)
    target = line.refers(line.callee, TO_BOB)

    line.answers_notify(line.callee, 481)
    line.rings(target)

    line.assert_notified(line.callee, [100, 486, 100, 180])


def test_the_bye_waits_for_the_final_notify_of_its_own_transfer() -> None:
    line = answered()
    line.refuses(line.refers(line.callee, TO_SAUL), 486)
    target = line.refers(line.callee, TO_BOB)
    line.answers(target)

    for _notify in (100, 486, 100):
        line.answers_notify(line.callee)
        line.assert_stands(line.callee)
    line.answers_notify(line.callee)

    line.assert_hung_up(line.callee)


def test_a_transferor_is_released_even_if_the_next_transfer_has_begun() -> None:
    line = answered()
    saul = line.refers(line.callee, TO_SAUL)
    line.answers(saul)
    line.refers(saul, TO_BOB)

    line.answers_notify(line.callee)
    line.answers_notify(line.callee)

    line.assert_hung_up(line.callee)
    line.assert_stands(saul)


def test_the_answer_to_a_notify_that_comes_after_his_end_changes_nothing() -> None:
    line = answered()
    target = line.refers(line.callee)
    line.answers(target)
    late = list(line.owed)
    line.hangs_up(line.callee)

    for notify in late:
        line.notify_answered(notify, 408)

        assert line.news == []


@pytest.mark.parametrize("caller", [None, ALICE])
def test_a_chain_of_transfers_is_of_any_length(caller: Party | None) -> None:
    line = answered(talked_s=10) if caller is None else answered(caller=ALICE, target=OUTSIDE)
    customer, rep = line.caller, line.callee
    if caller is not None:
        customer, rep = rep, customer

    for target in [TO_SAUL, TO_ALICE] * 5:
        line.wait(1)
        placed = line.refers(rep, target)
        line.wait(2)
        line.rings(placed)
        line.answers(placed)
        line.wait(10)
        line.settle()
        line.assert_ended(rep, EndReason.TRANSFERRED, by="switch")
        line.assert_talking(customer, placed)
        rep = placed
    line.hangs_up(customer)
    line.settle()

    line.assert_over()
    reps = [leg for leg in line.conversation.legs.values() if leg.party.role == "rep"]
    assert len(reps) == 11
    assert sum(line.talk_s(leg.leg_id) for leg in reps) == line.talk_s(customer)


def test_a_transfer_that_failed_is_followed_by_one_that_does_not() -> None:
    line = answered()
    line.refuses(line.refers(line.callee, TO_SAUL), 486)
    line.refers(line.callee, NOBODY)

    target = line.refers(line.callee, TO_BOB)
    line.answers(target)

    line.assert_notified(line.callee, [100, 486, 100, 404, 100, 200])
    line.assert_talking(line.caller, target)


def test_a_rep_whose_transfer_failed_is_a_talker_like_any_other() -> None:
    line = Line(caller=ALICE, target=TO_SAUL)
    line.answers(line.callee)
    line.refuses(line.refers(line.callee, TO_BOB), 486)

    line.answers_notify(line.callee)

    assert line.news == []
    assert line.conversation.part_of(line.callee) is Part.TALKER
