"""Where a customer goes who cannot be given back, and how he may leave on the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from switch.call.commands import HangUpLeg, PlayPrompt, Prompt
from switch.call.endings import EndReason
from tests.call.given_back import (
    a_try_fails,
    called_back,
    choosing,
    nobody_took_him,
    tries_are_over,
    waited_for_in_vain,
)
from tests.call.line import HUNT_S, OUTSIDE, RESPONSE_S, TO_BOB, TO_SAUL, TO_SEATTLE, WAIT_S, Line


def test_fallbacks_follow_in_their_order() -> None:
    line = nobody_took_him(fallbacks=(TO_SEATTLE, OUTSIDE))
    tries_are_over(line)
    seattle = line.newest
    assert line.leg(seattle).why == "fallback"
    assert line.leg(seattle).from_leg == line.callee
    line.assert_waits(line.caller, HUNT_S)

    line.refuses(seattle, 480)

    outside = line.places().leg_id
    line.assert_waits(line.caller, RESPONSE_S)
    line.answers(outside)
    line.assert_talking(line.caller, outside)
    assert line.leg(outside).party.role == "external"
    fallbacks = line.thread().fallbacks
    assert [(one.from_, one.to, one.outcome) for one in fallbacks] == [
        ("alice", "seattle", "unreachable"),
        ("alice", "+12065550100", "answered"),
    ]
    assert len(line.thread().transfers) == 1


def test_a_fallback_that_is_silent_is_followed_by_the_next() -> None:
    line = waited_for_in_vain(TO_BOB, OUTSIDE)
    bob = line.newest

    line.wait(RESPONSE_S)
    line.expire()

    line.assert_hung_up(bob)
    assert line.places().target == OUTSIDE


def test_a_rep_who_took_a_fallback_may_transfer_on() -> None:
    line = waited_for_in_vain(TO_BOB)
    bob = line.newest
    line.rings(bob)
    line.answers(bob)

    saul = line.refers(bob, TO_SAUL)
    line.hangs_up(bob)
    line.refuses(saul, 603)

    assert line.asked_back[-1].rep == "bob"
    again = line.calls_back()
    line.answers(again)
    line.assert_talking(line.caller, again)


def test_when_no_way_is_left_the_customer_is_told_and_released() -> None:
    line = waited_for_in_vain()

    assert line.news == [PlayPrompt(leg_id=line.caller, prompt=Prompt.GOODBYE)]
    assert line.conversation.next_deadline() is not None
    line.has_heard(line.caller)

    line.assert_hung_up(line.caller)
    line.settle()
    line.assert_ended(line.caller, EndReason.TRANSFER_FAILED, by="switch")
    line.assert_over()


def test_a_goodbye_whose_end_nobody_reports_ends_all_the_same() -> None:
    line = waited_for_in_vain()

    line.wait(30)
    line.expire()

    line.settle()
    line.assert_ended(line.caller, EndReason.TRANSFER_FAILED, by="switch")
    line.assert_over()


def test_goodbye_follows_the_last_fallback() -> None:
    line = waited_for_in_vain(TO_BOB)

    line.refuses(line.newest, 603)

    assert line.hears(line.caller) == "goodbye"


def test_the_end_of_another_prompt_is_no_goodbye() -> None:
    line = nobody_took_him()
    line.earshot.prompts[line.caller] = Prompt.GOODBYE

    line.has_heard(line.caller)

    assert line.news == []
    line.assert_waits(line.caller, WAIT_S)


# ------------------------------------------------------------ the customer hangs up


def to_be_called() -> Line:
    return nobody_took_him()


def waiting_for_him() -> Line:
    line = nobody_took_him()
    line.bars_back()
    return line


def calling_him() -> Line:
    return called_back()[0]


def hearing_the_menu() -> Line:
    return choosing()[0]


def between_two_tries() -> Line:
    line = nobody_took_him()
    a_try_fails(line)
    return line


def falling_back() -> Line:
    return waited_for_in_vain(TO_BOB, OUTSIDE)


def saying_goodbye() -> Line:
    return waited_for_in_vain()


@pytest.mark.parametrize(
    "then",
    [
        to_be_called,
        waiting_for_him,
        calling_him,
        hearing_the_menu,
        between_two_tries,
        falling_back,
        saying_goodbye,
    ],
)
def test_a_customer_may_hang_up_at_any_moment(then: Callable[[], Line]) -> None:
    line = then()
    still_there = [leg.leg_id for leg in line.conversation.legs.values() if not leg.is_over]

    line.hangs_up(line.caller)

    stopped = [one.leg_id for one in line.news if isinstance(one, HangUpLeg)]
    assert [line.caller, *stopped] == still_there
    assert line.conversation.next_deadline() is None
    line.settle()
    line.assert_ended(line.caller, EndReason.ABANDONED, by="party")
    for leg_id in stopped:
        assert line.leg(leg_id).end_reason is EndReason.ABANDONED
    line.assert_over()
    assert line.conversation.choice is None
    wait = line.thread().waits[-1]
    assert wait.to_at == line.thread().legs[0].ended_at
