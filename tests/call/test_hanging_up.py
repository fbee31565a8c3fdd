"""A call that is hung up by a command: the same comes of it as when a phone does it."""

from __future__ import annotations

from switch.call.commands import HangUpLeg, RejectLeg
from switch.call.endings import EndReason
from tests.call.line import ALICE, OUTSIDE, TO_SAUL, Line, answered


def test_a_rep_who_hangs_up_gets_a_bye_and_so_does_the_other() -> None:
    line = answered()

    assert line.is_asked_to_hang_up(line.callee) == 200

    assert line.news[1:] == [HangUpLeg(leg_id=line.callee), HangUpLeg(leg_id=line.caller)]
    line.settle()
    line.assert_ended(line.callee, EndReason.COMPLETED, by="party")
    line.assert_ended(line.caller, EndReason.COMPLETED, by="switch")
    line.assert_over()


def test_twice_at_once_is_once() -> None:
    line = answered()
    line.is_asked_to_hang_up(line.callee)

    assert line.is_asked_to_hang_up(line.callee) == 481
    assert len(line.news) == 1


def test_an_operator_ends_it_for_everybody() -> None:
    line = answered()
    line.refers(line.callee, TO_SAUL)

    assert line.is_asked_to_hang_up(line.caller, everybody=True) == 200

    ended = {one.leg_id for one in line.news if isinstance(one, HangUpLeg)}
    assert ended == {line.caller, line.callee, line.newest}
    line.settle()
    line.assert_ended(line.newest, EndReason.CANCELLED, by="switch", sip_status=487)
    line.assert_ended(line.caller, EndReason.COMPLETED, by="switch")
    line.assert_over()


def test_what_is_over_cannot_be_ended() -> None:
    line = answered()
    line.hangs_up(line.callee)

    assert line.is_asked_to_hang_up(line.caller, everybody=True) == 481


def test_an_operator_refuses_a_caller_who_is_not_answered() -> None:
    line = Line()

    line.is_asked_to_hang_up(line.caller, everybody=True)

    assert RejectLeg(leg_id=line.caller, sip_status=480) in line.news
    line.settle()
    line.assert_over()


def test_a_rep_who_calls_gives_up() -> None:
    line = Line(caller=ALICE, target=OUTSIDE)

    assert line.is_asked_to_hang_up(line.caller) == 200

    assert RejectLeg(leg_id=line.caller, sip_status=487) in line.news
    assert HangUpLeg(leg_id=line.callee) in line.news
    line.settle()
    line.assert_ended(line.caller, EndReason.CANCELLED, by="party", sip_status=487)
    line.assert_over()


def test_a_rep_who_is_rung_declines() -> None:
    line = Line()
    line.rings(line.callee)

    assert line.is_asked_to_hang_up(line.callee) == 200

    assert RejectLeg(leg_id=line.caller, sip_status=603) in line.news
    line.settle()
    line.assert_ended(line.callee, EndReason.DECLINED, by="party", sip_status=603)
    line.assert_over()


def test_a_target_who_declines_gives_the_customer_back() -> None:
    line = answered()
    line.refers(line.callee, TO_SAUL)

    assert line.is_asked_to_hang_up(line.newest) == 200

    line.assert_talking(line.caller, line.callee)
    line.settle()
    line.assert_notified(line.callee, [100, 603])


def test_a_transferor_may_leave() -> None:
    line = answered()
    line.refers(line.callee, TO_SAUL)

    assert line.is_asked_to_hang_up(line.callee) == 200
    line.settle()

    line.assert_ended(line.callee, EndReason.TRANSFERRED, by="party")
    line.assert_on_music(line.caller)


def test_who_has_the_call_back_and_hangs_up_at_once_means_it() -> None:
    # By phone he would be called back: some hang up by themselves after a REFER.
    line = answered()
    line.refers(line.callee, TO_SAUL)
    line.refuses(line.newest, 603)

    assert line.is_asked_to_hang_up(line.callee) == 200

    line.settle()
    line.assert_over()


def test_nobody_hangs_up_for_a_customer() -> None:
    line = answered()

    assert line.is_asked_to_hang_up(line.caller) == 403
    line.assert_talking(line.caller, line.callee)
