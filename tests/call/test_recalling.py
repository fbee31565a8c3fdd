"""How a customer is given back whose transferor has hung up."""

from __future__ import annotations

import msgspec
import pytest

from switch.call.commands import AskBack, HangUpLeg, JoinLegs
from switch.call.endings import EndReason
from switch.call.events import BackAllowed, BackBarred
from switch.call.roster import Part
from switch.call.target import Target
from tests.call.given_back import (
    a_try_fails,
    called_back,
    choosing,
    nobody_took_him,
    waited_for_in_vain,
)
from tests.call.line import (
    ALICE,
    MENU_S,
    OUTSIDE,
    PAUSE_S,
    RECALL_RING_S,
    RESPONSE_S,
    TIMERS,
    TO_BOB,
    TO_SAUL,
    TO_SEATTLE,
    WAIT_S,
    WITH_MENU,
    answered,
)

# ------------------------------------------------------------ called back


@pytest.mark.parametrize("ringing", [False, True])
def test_a_transferor_who_has_left_is_called_back_when_his_target_fails(ringing: bool) -> None:
    line = answered()
    target = line.refers(line.callee)
    if ringing:
        line.rings(target)
    line.hangs_up(line.callee)
    line.refuses(target, 486)
    assert line.news == [AskBack(leg_id=line.caller, rep="alice")]

    line.allows_back()

    alice = line.places().leg_id
    assert (line.leg(alice).why, line.leg(alice).from_leg) == ("recall", line.callee)
    assert line.leg(alice).party == ALICE
    assert line.conversation.part_of(alice) is Part.RECALLED
    line.assert_waits(line.caller, RECALL_RING_S)


def test_a_late_answer_about_somebody_else_calls_nobody_back() -> None:
    line = nobody_took_him()
    asked_of_alice = line.asked_back[-1]
    line.is_asked_to_transfer(TO_BOB)
    bob = line.newest
    line.answers(bob)
    line.refers(bob, TO_SAUL)
    line.hangs_up(bob)
    line.refuses(line.newest, 603)
    assert line.news == [AskBack(leg_id=line.caller, rep="bob")]

    for event in (BackAllowed, BackBarred):
        line.happens(event(leg_id=line.caller, rep=asked_of_alice.rep))

    assert line.ringing() == []
    assert line.conversation.choice is not None
    assert line.conversation.choice.state == "asking"
    line.calls_back()
    assert line.leg(line.newest).party.rep == "bob"


@pytest.mark.parametrize(("fallbacks", "then"), [((OUTSIDE,), "falling_back"), ((), "goodbye")])
def test_a_transferor_whom_nobody_knows_is_not_called_back(
    fallbacks: tuple[Target, ...], then: str
) -> None:
    line = answered(target=TO_SEATTLE)  # by nobody of that name
    saul = line.refers(line.callee, TO_SAUL, fallbacks=fallbacks)
    line.hangs_up(line.callee)
    assert line.is_asked_to_resume() == 404

    line.refuses(saul, 603)

    assert line.conversation.choice is not None
    assert line.conversation.choice.state == then
    assert line.is_asked_to_resume() == 404
    assert line.conversation.choice.state == then


def test_to_answer_is_to_resume() -> None:
    line, alice = called_back()

    line.answers(alice)

    assert line.news == [JoinLegs(leg_id=line.caller, peer=alice)]
    line.assert_talking(line.caller, alice)
    assert line.conversation.next_deadline() is None
    assert line.leg(alice).alerted_s is not None


def test_whoever_was_called_back_is_a_rep_like_any_other() -> None:
    line, alice = called_back()
    line.answers(alice)
    line.wait(5)

    bob = line.refers(alice, TO_BOB)
    line.answers(bob)
    line.settle()

    line.assert_talking(line.caller, bob)
    line.assert_ended(alice, EndReason.TRANSFERRED, by="switch")
    thread = line.thread()
    assert [(one.to, one.outcome) for one in thread.transfers] == [
        ("saul", "declined"),
        ("bob", "answered"),
    ]
    assert [(row.rep, row.why) for row in thread.legs[1:]] == [
        ("alice", "call"),
        ("alice", "recall"),
        ("bob", "transfer"),
    ]


def test_whoever_was_called_back_hangs_up_for_good() -> None:
    line, alice = called_back()
    line.answers(alice)

    line.hangs_up(alice)

    line.settle()
    line.assert_ended(line.caller, EndReason.COMPLETED, by="switch")
    line.assert_over()


def test_a_recall_can_follow_a_recall() -> None:
    line, alice = called_back()
    line.answers(alice)
    bob = line.refers(alice, TO_BOB)
    line.hangs_up(alice)
    line.refuses(bob, 486)

    again = line.calls_back()
    line.answers(again)

    line.assert_talking(line.caller, again)
    assert line.leg(again).from_leg == alice


def test_a_customer_whom_a_rep_had_called_is_given_back_too() -> None:
    line = answered(caller=ALICE, target=OUTSIDE)
    target = line.refers(line.caller, TO_SAUL)
    line.hangs_up(line.caller)
    line.refuses(target, 603)

    alice = line.calls_back()

    line.assert_waits(line.callee, RECALL_RING_S)
    line.answers(alice)
    line.assert_talking(line.callee, alice)


def test_a_rep_who_was_transferred_and_holds_gives_music_to_whoever_is_back() -> None:
    line = answered(caller=ALICE, target=TO_SAUL)
    target = line.refers(line.callee, TO_BOB)
    line.holds(line.caller)
    line.hangs_up(line.callee)
    line.refuses(target, 486)

    saul = line.calls_back()
    line.answers(saul)

    line.assert_on_music(saul)
    line.retrieves(line.caller)
    line.assert_talking(line.caller, saul)


# ------------------------------------------------------------ not answering


@pytest.mark.parametrize(
    ("status", "reason"),
    [(603, EndReason.DECLINED), (486, EndReason.BUSY), (480, EndReason.UNREACHABLE)],
)
def test_a_transferor_who_declines_is_called_again_after_a_pause(
    status: int, reason: EndReason
) -> None:
    line, alice = called_back()

    line.refuses(alice, status)

    line.assert_ended(alice, reason, by="party", sip_status=status)
    line.assert_waits(line.caller, PAUSE_S)
    line.wait(PAUSE_S)
    line.expire()
    assert line.news == [AskBack(leg_id=line.caller, rep="alice")]
    again = line.calls_back()
    line.answers(again)
    line.assert_talking(line.caller, again)


def test_a_transferor_who_does_not_answer_is_called_again_after_a_pause() -> None:
    line, alice = called_back()

    line.wait(RECALL_RING_S)
    line.expire()

    assert line.news == [HangUpLeg(leg_id=alice)]
    line.assert_waits(line.caller, PAUSE_S)
    line.settle()
    line.assert_ended(alice, EndReason.NO_ANSWER, by="switch", sip_status=408)


def test_his_200_that_crosses_our_cancel_is_too_late() -> None:
    line, alice = called_back()
    line.wait(RECALL_RING_S)
    line.expire()

    line.answers(alice)

    assert line.news == []
    line.assert_waits(line.caller, PAUSE_S)


def test_he_is_called_back_as_often_as_is_set() -> None:
    timers = msgspec.structs.replace(TIMERS, recall_retries=3)
    line = nobody_took_him(timers=timers)

    for _try in range(3):
        a_try_fails(line)
        line.assert_waits(line.caller, PAUSE_S)
        line.wait(PAUSE_S)
        line.expire()
    a_try_fails(line)

    assert line.hears(line.caller) == "goodbye"
    recalls = line.thread().recalls
    assert [(one.to, one.outcome, one.took_s) for one in recalls] == [
        ("alice", "no_answer", RECALL_RING_S)
    ] * 4


def test_without_retries_he_is_called_once() -> None:
    line = nobody_took_him(
        timers=msgspec.structs.replace(TIMERS, recall_retries=0), fallbacks=(TO_BOB,)
    )

    a_try_fails(line)

    assert line.leg(line.newest).why == "fallback"


# ------------------------------------------------------------ on another call


def test_a_transferor_on_another_call_is_not_rung_into_it() -> None:
    line = nobody_took_him()

    line.bars_back()

    assert line.news == []
    assert line.ringing() == []
    line.assert_waits(line.caller, WAIT_S)


def test_he_is_called_back_as_soon_as_he_is_free() -> None:
    line = nobody_took_him()
    line.bars_back()
    line.wait(WAIT_S - 1)
    line.expire()
    assert line.news == []

    alice = line.calls_back()

    line.answers(alice)
    line.assert_talking(line.caller, alice)


def test_he_is_not_waited_for_longer_than_is_set() -> None:
    line = waited_for_in_vain(TO_BOB)

    bob = line.places().leg_id
    line.assert_waits(line.caller, RESPONSE_S)
    line.allows_back()  # Too late: bob is being called.
    assert line.news == []
    line.answers(bob)
    line.assert_talking(line.caller, bob)


def test_a_node_that_does_not_answer_is_not_waited_for_longer_either() -> None:
    line = nobody_took_him(fallbacks=(TO_BOB,))

    line.wait(WAIT_S)
    line.expire()

    assert line.places().target == TO_BOB


def test_who_becomes_busy_between_two_tries_is_waited_for() -> None:
    line = nobody_took_him()
    a_try_fails(line)
    line.wait(PAUSE_S)
    line.expire()

    line.bars_back()

    line.assert_waits(line.caller, WAIT_S)


def test_a_late_answer_about_him_changes_nothing() -> None:
    line, alice = called_back()

    line.bars_back()
    line.allows_back()
    assert line.news == []

    line.answers(alice)
    line.bars_back()
    line.allows_back()
    assert line.news == []
    line.assert_talking(line.caller, alice)


def test_an_answer_about_him_during_a_transfer_changes_nothing() -> None:
    line, alice = called_back()
    line.answers(alice)
    bob = line.refers(alice, TO_BOB)

    line.allows_back()
    line.bars_back()
    assert line.news == []

    line.answers(bob)
    line.assert_talking(line.caller, bob)


def test_an_answer_that_nobody_asked_for_changes_nothing() -> None:
    line = nobody_took_him()
    asked = line.asked_back[-1]
    other = answered()
    other.refers(other.callee)
    other.asked_back.append(asked)

    other.allows_back()
    other.bars_back()

    assert other.news == []


# ------------------------------------------------------------ choosing


def test_the_menu_time_belongs_to_the_chooser() -> None:
    line, _alice = choosing()

    line.assert_waits(line.caller, MENU_S)


def test_a_chooser_who_hangs_up_has_chosen_nothing_and_is_called_again() -> None:
    line, alice = choosing()

    line.hangs_up(alice)

    line.assert_ended(alice, EndReason.COMPLETED, by="party")
    line.assert_waits(line.caller, PAUSE_S)
    (row,) = [row for row in line.thread().legs if row.leg_id == alice]
    assert (row.why, row.talks) == ("recall", ())
    assert line.thread().recalls[0].outcome == "answered"


def test_a_menu_is_only_for_those_who_are_called_back() -> None:
    line = answered(timers=WITH_MENU)

    target = line.refers(line.callee)
    line.answers(target)

    line.assert_talking(line.caller, target)
