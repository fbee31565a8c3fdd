"""How a transfer begins, or why it does not."""

from __future__ import annotations

import pytest

from switch.call.commands import AnswerRefer, MuteLeg, PlaceLeg, PlayMusic, SendNotify
from switch.call.endings import EndReason
from switch.call.roster import Part
from switch.call.target import Refusal, Target
from tests.call.line import (
    ALICE,
    CUSTOMER,
    NOBODY,
    OUTSIDE,
    RESPONSE_S,
    TO_ALICE,
    TO_BOB,
    TO_SAUL,
    Line,
    answered,
)


def test_a_refer_is_accepted_and_the_target_called() -> None:
    line = answered()

    target = line.refers(line.callee, TO_SAUL)

    assert line.news == [
        AnswerRefer(leg_id=line.callee, refer_id="1", accepted=True, sip_status=200),
        MuteLeg(leg_id=line.callee),
        PlaceLeg(
            leg_id=target,
            target=TO_SAUL,
            persona=CUSTOMER,
            offered_from=line.caller,
            keep_codecs=True,
            referred_by="alice",
            why="transfer",
        ),
        MuteLeg(leg_id=line.caller),
        PlayMusic(leg_id=line.caller),
        SendNotify(leg_id=line.callee, refer_id="1", sip_status=100, final=False),
    ]
    line.assert_on_music(line.caller)
    assert line.conversation.next_deadline() == line.now.monotonic_s + RESPONSE_S
    assert line.leg(target).why == "transfer"
    assert line.leg(target).from_leg == line.callee


def test_a_rep_who_called_may_transfer_the_one_he_called() -> None:
    line = answered(caller=ALICE, target=OUTSIDE)

    target = line.refers(line.caller, TO_SAUL)

    line.assert_on_music(line.callee)
    placed = next(command for command in line.news if isinstance(command, PlaceLeg))
    assert placed.offered_from == line.callee
    assert placed.persona.number == OUTSIDE.number
    assert line.conversation.part_of(target) is Part.TARGET


def test_the_talk_ends_when_the_refer_is_accepted() -> None:
    line = answered(talked_s=12)

    line.refers(line.callee)

    assert line.talk_s(line.caller) == line.talk_s(line.callee) == 12


def test_a_hold_before_the_refer_goes_over_into_the_transfer() -> None:
    line = answered()
    line.holds(line.callee)

    line.refers(line.callee)

    assert PlayMusic(leg_id=line.caller) not in line.news
    line.assert_on_music(line.caller)


def test_a_transferor_who_was_himself_on_hold_hears_no_more_music() -> None:
    line = answered()
    line.holds(line.caller)

    line.refers(line.callee)

    assert line.hears(line.callee) is None
    line.assert_on_music(line.caller)


@pytest.mark.parametrize(
    ("target", "status", "reason"),
    [
        (NOBODY, 404, EndReason.NOT_FOUND),
        (Refusal(user="+12065550111", sip_status=403, why="outside"), 403, EndReason.FORBIDDEN),
        (Refusal(user="seattle", sip_status=501, why="territory"), 501, EndReason.UNREACHABLE),
        (TO_ALICE, 482, EndReason.FORBIDDEN),
    ],
)
def test_a_target_that_cannot_be_called_is_told_in_the_final_notify(
    target: Target | Refusal, status: int, reason: EndReason
) -> None:
    line = answered()

    refused = line.refers(line.callee, target)

    assert line.refer_answer() == "accepted"
    line.assert_notified(line.callee, [100, status])
    line.assert_talking(line.caller, line.callee)
    assert len(line.leg(line.caller).talks) == 1
    assert line.conversation.next_deadline() is None
    line.assert_ended(refused, reason, by="switch", sip_status=status)
    assert line.leg(refused).why == "transfer"
    assert line.leg(refused).dialled == target.user


def test_a_rep_may_try_again_after_a_target_that_cannot_be_called() -> None:
    line = answered()
    line.refers(line.callee, NOBODY)

    target = line.refers(line.callee, TO_SAUL)

    line.answers(target)
    line.assert_talking(line.caller, target)


def test_a_customer_may_transfer_nobody() -> None:
    line = answered()

    line.refers(line.caller, TO_SAUL)

    assert line.news == [
        AnswerRefer(leg_id=line.caller, refer_id="1", accepted=False, sip_status=403)
    ]
    line.assert_talking(line.caller, line.callee)


@pytest.mark.parametrize("who", ["caller", "callee"])
def test_there_is_nobody_to_transfer_before_the_answer(who: str) -> None:
    line = Line(caller=ALICE, target=TO_SAUL)

    line.refers(line.caller if who == "caller" else line.callee, TO_BOB)

    assert line.refer_answer() == 403
    assert len(line.news) == 1


@pytest.mark.parametrize("who", ["transferor", "transferee"])
def test_a_second_refer_during_a_transfer_has_to_wait(who: str) -> None:
    line = answered(caller=ALICE, target=TO_SAUL)
    line.refers(line.callee, TO_BOB)

    line.refers(line.callee if who == "transferor" else line.caller, TO_BOB)

    assert line.refer_answer() == 491
    assert len(line.news) == 1


def test_a_target_and_a_leaver_may_transfer_nobody() -> None:
    line = answered()
    target = line.refers(line.callee, TO_SAUL)

    line.refers(target, TO_BOB)
    assert line.refer_answer() == 403

    line.answers(target)
    line.refers(line.callee, TO_BOB)
    assert line.refer_answer() == 403


def test_without_a_subscription_no_notify_is_sent() -> None:
    line = answered()

    line.refers(line.callee, TO_SAUL, notifies=False)
    line.assert_notified(line.callee, [])
    line.refuses(line.placed[-1], 486)
    line.refers(line.callee, NOBODY, notifies=False)

    line.assert_notified(line.callee, [])


def test_an_outside_target_is_an_external_party() -> None:
    line = answered()

    target = line.refers(line.callee, OUTSIDE)

    assert line.leg(target).party.role == "external"
