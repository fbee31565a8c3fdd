"""The conversation as its worker sees it: events in, commands and changed legs out."""

from __future__ import annotations

from itertools import pairwise

import pytest

from switch.call.commands import AlertLeg, HangUpLeg, RejectLeg
from switch.call.endings import EndReason
from switch.call.errors import UnexpectedEventError
from switch.call.ids import LegId
from switch.call.roster import Part
from tests.call.line import (
    ALICE,
    RESPONSE_S,
    RING_S,
    TO_BOB,
    TO_SAUL,
    Line,
    answered,
    without_revision,
)


def test_commands_are_handed_over_once() -> None:
    line = Line()

    line.rings(line.callee)

    assert line.news == [AlertLeg(leg_id=line.caller, early_media_from=None)]
    assert line.conversation.commands() == []


def test_a_deadline_that_has_not_passed_does_nothing() -> None:
    line = Line()
    line.wait(RING_S - 0.001)

    line.expire()

    assert line.news == []
    assert line.conversation.part_of(line.callee) is Part.CALLEE


def test_a_deadline_that_is_no_more_does_nothing() -> None:
    line = answered(talked_s=RING_S)

    line.expire()

    assert line.news == []
    line.assert_talking(line.caller, line.callee)


def test_the_response_time_begins_with_each_refer() -> None:
    line = answered()
    line.refuses(line.refers(line.callee, TO_SAUL), 486)
    line.wait(RESPONSE_S)
    target = line.refers(line.callee, TO_BOB)

    line.wait(RESPONSE_S / 2)
    line.expire()

    assert line.conversation.part_of(target) is Part.TARGET


def test_revisions_grow_by_one_and_only_when_something_changed() -> None:
    line = answered()
    target = line.refers(line.callee)
    line.rings(target)
    line.rings(target)
    line.answers(target)
    line.settle()
    line.hangs_up(target)
    line.settle()

    for leg_id in line.conversation.legs:
        mine = [leg for leg in line.published if leg.leg_id == leg_id]
        assert [leg.revision for leg in mine] == list(range(1, len(mine) + 1))
        bare = [without_revision(leg) for leg in mine]
        assert all(before != after for before, after in pairwise(bare))
        assert mine[-1] == line.leg(leg_id)


def test_legs_that_have_not_changed_are_not_handed_over_again() -> None:
    line = answered()

    assert line.conversation.changed_legs() == []


def test_what_cannot_happen_changes_nothing_until_the_conversation_is_failed() -> None:
    line = Line()
    before = dict(line.conversation.legs)

    with pytest.raises(UnexpectedEventError):
        line.holds(line.caller)
    assert dict(line.conversation.legs) == before

    line.fail()
    assert line.news == [
        RejectLeg(leg_id=line.caller, sip_status=480),
        HangUpLeg(leg_id=line.callee),
    ]
    line.settle()
    line.assert_ended(line.caller, EndReason.SWITCH_ERROR, by="switch", sip_status=480)
    line.assert_ended(line.callee, EndReason.SWITCH_ERROR, by="switch", sip_status=487)
    line.assert_over()


def test_nothing_can_happen_to_a_leg_that_is_not_there() -> None:
    line = Line()

    with pytest.raises(UnexpectedEventError, match="leg c1-9 is unknown: LegAnswered"):
        line.answers(LegId("c1-9"))


def test_a_switch_that_stops_ends_all_that_stand() -> None:
    line = answered()
    target = line.refers(line.callee)

    line.fail(EndReason.SHUTDOWN)

    assert [command.leg_id for command in line.news if isinstance(command, HangUpLeg)] == [
        line.caller,
        line.callee,
        target,
    ]
    assert line.conversation.next_deadline() is None
    line.settle()
    line.assert_ended(target, EndReason.SHUTDOWN, by="switch", sip_status=487)
    line.assert_ended(line.caller, EndReason.SHUTDOWN, by="switch")
    line.assert_over()


def test_a_switch_that_stops_waits_for_no_notify() -> None:
    line = answered()
    target = line.refers(line.callee)
    line.answers(target)

    line.fail(EndReason.SHUTDOWN)

    line.assert_hung_up(line.callee)
    line.settle()
    line.assert_ended(line.callee, EndReason.TRANSFERRED, by="switch")
    line.assert_over()


def test_a_conversation_that_is_over_cannot_fail() -> None:
    line = answered()
    line.hangs_up(line.caller)
    line.settle()

    line.fail()

    assert line.news == []
    line.assert_over()


def test_the_leg_that_a_command_is_about_is_that_of_the_rep_who_talks() -> None:
    line = answered()
    conversation = line.conversation

    assert conversation.leg_to_hold(None) == conversation.leg_to_hold("alice") == line.callee
    assert conversation.leg_to_hold("bob") is None
    assert conversation.leg_of("alice") == line.callee
    assert conversation.leg_of("bob") is None


def test_of_two_reps_who_talk_one_must_be_named() -> None:
    conversation = answered(caller=ALICE, target=TO_SAUL).conversation

    assert conversation.leg_to_hold(None) is None
    assert conversation.leg_to_hold("alice") == conversation.caller_leg_id


def test_whoever_has_left_is_in_it_no_longer() -> None:
    line = answered()
    line.hangs_up(line.callee)

    assert line.conversation.leg_of("alice") is None
    assert line.conversation.leg_to_hold("alice") is None
