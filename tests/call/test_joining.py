"""How two legs come to hear each other, and what a hold has to do with it."""

from __future__ import annotations

import pytest

from switch.call.commands import AnswerReinvite, JoinLegs, PlayMusic, StopMusic
from switch.call.endings import EndReason
from tests.call.given_back import choosing
from tests.call.line import (
    ALICE,
    MENU_S,
    TO_BOB,
    TO_SAUL,
    WITH_MENU,
    answered,
)


def test_whoever_joins_hears_the_other_and_is_heard() -> None:
    line = answered()
    target = line.refers(line.callee)

    line.answers(target)

    assert line.news[0] == JoinLegs(leg_id=line.caller, peer=target)
    line.assert_talking(line.caller, target)


def test_whoever_joins_one_who_holds_hears_music() -> None:
    line = answered(caller=ALICE, target=TO_SAUL)
    line.holds(line.caller)
    target = line.refers(line.callee, TO_BOB)

    line.answers(target)

    line.assert_on_music(target)
    line.retrieves(line.caller)
    line.assert_talking(line.caller, target)


def test_a_transferor_who_holds_leaves_the_customer_on_music_when_he_is_back() -> None:
    line = answered()
    line.holds(line.callee)
    target = line.refers(line.callee)

    line.refuses(target, 486)

    assert not any(isinstance(one, JoinLegs) for one in line.news)
    line.assert_on_music(line.caller)
    line.retrieves(line.callee)
    line.assert_talking(line.caller, line.callee)


# A chooser has answered, but nobody was joined with him yet: a phone that holds would be
# joined as one that sends nothing, and the customer would hear silence.


def test_a_chooser_who_holds_leaves_the_customer_on_music() -> None:
    line, alice = choosing()
    line.holds(alice)

    line.presses(alice, "1")

    assert line.news == [StopMusic(leg_id=alice)]
    line.assert_on_music(line.caller)
    line.retrieves(alice)
    assert line.news == [
        AnswerReinvite(leg_id=alice, peer=None),
        JoinLegs(leg_id=line.caller, peer=alice),
    ]
    line.assert_talking(line.caller, alice)


def test_whoever_was_joined_once_holds_and_retrieves_like_any_other() -> None:
    line, alice = choosing()
    line.holds(alice)
    line.presses(alice, "1")
    line.retrieves(alice)

    line.holds(alice)
    line.assert_on_music(line.caller)
    line.retrieves(alice)

    assert line.news[0] == AnswerReinvite(leg_id=alice, peer=line.caller)
    line.assert_talking(line.caller, alice)


def test_a_chooser_who_holds_until_his_time_is_over_has_the_customer_on_hold() -> None:
    line, alice = choosing()
    line.holds(alice)

    line.wait(MENU_S)
    line.expire()

    line.assert_on_music(line.caller)
    line.retrieves(alice)
    line.assert_talking(line.caller, alice)


def test_a_chooser_who_holds_may_transfer_and_is_joined_when_that_fails() -> None:
    line, alice = choosing()
    line.holds(alice)
    bob = line.refers(alice, TO_BOB)

    line.refuses(bob, 486)

    line.assert_on_music(line.caller)
    line.retrieves(alice)
    line.assert_talking(line.caller, alice)


@pytest.mark.parametrize("first", ["saul", "alice"])
def test_a_chooser_and_a_rep_who_hold_each_other_both_hear_music(first: str) -> None:
    line = answered(caller=ALICE, target=TO_SAUL, timers=WITH_MENU)
    target = line.refers(line.callee, TO_BOB)
    line.holds(line.caller)
    line.hangs_up(line.callee)
    line.refuses(target, 486)
    saul = line.calls_back()
    line.answers(saul)
    line.holds(saul)

    line.presses(saul, "1")

    assert PlayMusic(leg_id=saul) in line.news
    line.assert_on_music(line.caller)
    line.assert_on_music(saul)
    for leg_id in [saul, line.caller] if first == "saul" else [line.caller, saul]:
        line.retrieves(leg_id)
    line.assert_talking(line.caller, saul)
    line.hangs_up(line.caller)
    line.settle()
    line.assert_ended(saul, EndReason.COMPLETED, by="switch")
