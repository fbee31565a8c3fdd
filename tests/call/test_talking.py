"""What two who talk can do: hold, retrieve, hang up."""

from __future__ import annotations

from switch.call.commands import AnswerReinvite, HangUpLeg, MuteLeg, PlayMusic
from switch.call.endings import EndReason
from tests.call.line import ALICE, TO_SAUL, answered


def test_a_rep_who_holds_gives_the_customer_music() -> None:
    line = answered()

    line.holds(line.callee)

    assert line.news == [
        AnswerReinvite(leg_id=line.callee, peer=line.caller),
        MuteLeg(leg_id=line.callee),
        PlayMusic(leg_id=line.caller),
    ]
    line.assert_on_music(line.caller)


def test_a_rep_who_retrieves_talks_again() -> None:
    line = answered()
    line.holds(line.callee)

    line.retrieves(line.callee)

    assert line.news[0] == AnswerReinvite(leg_id=line.callee, peer=line.caller)
    line.assert_talking(line.caller, line.callee)


def test_a_hold_is_part_of_the_talk() -> None:
    line = answered(talked_s=10)
    line.holds(line.callee)
    line.wait(5)
    line.retrieves(line.callee)
    line.wait(10)

    line.hangs_up(line.caller)

    assert line.talk_s(line.caller) == line.talk_s(line.callee) == 25
    assert len(line.leg(line.caller).talks) == 1


def test_a_hold_that_is_repeated_plays_music_once() -> None:
    line = answered()
    line.holds(line.callee)

    line.holds(line.callee)

    assert PlayMusic(leg_id=line.caller) not in line.news
    line.assert_on_music(line.caller)


def test_a_change_of_address_disturbs_nobody() -> None:
    line = answered()

    line.retrieves(line.caller)

    line.assert_talking(line.caller, line.callee)


def test_two_who_hold_each_other_both_hear_music() -> None:
    line = answered(caller=ALICE, target=TO_SAUL)

    line.holds(line.caller)
    line.holds(line.callee)

    line.assert_on_music(line.caller)
    line.assert_on_music(line.callee)


def test_of_two_who_hold_each_other_both_must_retrieve() -> None:
    line = answered(caller=ALICE, target=TO_SAUL)
    line.holds(line.caller)
    line.holds(line.callee)

    line.retrieves(line.caller)
    assert line.hears(line.callee) == line.caller
    line.assert_on_music(line.caller)

    line.retrieves(line.callee)
    line.assert_talking(line.caller, line.callee)


def test_the_held_one_may_hang_up() -> None:
    line = answered()
    line.holds(line.callee)

    line.hangs_up(line.caller)

    assert line.news == [HangUpLeg(leg_id=line.callee)]
    line.settle()
    line.assert_over()


def test_the_holder_may_hang_up() -> None:
    line = answered()
    line.holds(line.callee)

    line.hangs_up(line.callee)

    assert line.news == [HangUpLeg(leg_id=line.caller)]
    line.settle()
    line.assert_over()


def test_byes_that_cross_end_each_leg_once() -> None:
    line = answered()
    line.hangs_up(line.caller)

    line.hangs_up(line.callee)

    line.assert_ended(line.callee, EndReason.COMPLETED, by="switch")
    line.assert_over()
    revision = line.leg(line.callee).revision
    line.hangs_up(line.callee)
    assert line.leg(line.callee).revision == revision
    assert line.news == []


def test_a_re_invite_that_crosses_our_bye_is_answered_and_changes_nothing() -> None:
    line = answered()
    line.hangs_up(line.caller)

    line.holds(line.callee)

    assert line.news == [AnswerReinvite(leg_id=line.callee, peer=None)]
    line.settle()
    line.assert_over()


def test_a_leg_that_we_end_unasked_is_recorded_as_our_fault() -> None:
    # The media server refused to join them: the worker ends the leg, nobody hung up.
    line = answered()

    line.happens_ended_by_us(line.callee, 200)

    line.settle()
    line.assert_ended(line.callee, EndReason.SWITCH_ERROR, by="switch")
    line.assert_ended(line.caller, EndReason.SWITCH_ERROR, by="switch")
    line.assert_over()
