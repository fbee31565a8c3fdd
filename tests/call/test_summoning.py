"""A rep who has somebody called: his own phone first, and it is a call of his."""

from __future__ import annotations

import pytest

from switch.call.commands import HangUpLeg, JoinLegs, PlaceLeg, PlayRinging
from switch.call.endings import EndReason
from switch.call.leg import LegState
from switch.call.target import Party
from switch.threads.text import as_text, describe
from tests.call.line import ALICE, OUTSIDE, RING_S, TO_SAUL, TO_SEATTLE, Line


def summoned(target: object = OUTSIDE) -> Line:
    return Line(caller=ALICE, target=target, dialled="(206) 555-0100", summoned=True)  # type: ignore[arg-type]


def dialling() -> Line:
    line = summoned()
    line.rings(line.caller)
    line.answers(line.caller)
    return line


def test_his_phone_rings_first_and_shows_whom_he_calls() -> None:
    line = summoned()

    placed = line.places()
    assert (placed.target.user, placed.why, placed.offered_from) == ("alice", "summons", None)
    number = OUTSIDE.number
    assert placed.persona == Party(role="external", number=number, name=f"your call to {number}")
    leg = line.leg(line.caller)
    assert (leg.side, leg.state, leg.from_leg) == ("caller", LegState.PLACED, None)
    assert line.conversation.direction == "outbound"


def test_once_he_answers_he_hears_it_ring_and_the_other_is_called() -> None:
    line = dialling()

    assert line.news[0] == PlayRinging(leg_id=line.caller)
    placed = line.places()
    assert placed.target == OUTSIDE
    assert (placed.persona, placed.offered_from, placed.keep_codecs) == (ALICE, line.caller, True)
    line.rings(line.newest)
    assert line.news == []
    assert line.hears(line.caller) == "ringing"


def test_they_talk_when_the_other_answers() -> None:
    line = dialling()

    line.answers(line.newest)

    assert line.news == [JoinLegs(leg_id=line.caller, peer=line.newest)]
    line.assert_talking(line.caller, line.newest)
    line.wait(5)
    line.hangs_up(line.caller)
    line.settle()
    line.assert_over()
    text = as_text(describe(line.thread()))
    assert "Call to +12065550100" in text
    assert line.thread().legs[0].rep == "alice"


def test_a_territory_answers_by_one_of_its_reps() -> None:
    line = summoned(TO_SEATTLE)
    line.answers(line.caller)

    line.answers(line.newest, rep="saul")

    assert line.leg(line.newest).party.rep == "saul"


@pytest.mark.parametrize(
    ("status", "reason"),
    [(603, EndReason.DECLINED), (486, EndReason.BUSY), (480, EndReason.UNREACHABLE)],
)
def test_a_rep_who_does_not_take_it_has_nobody_called(status: int, reason: EndReason) -> None:
    line = summoned()

    line.refuses(line.caller, status)

    assert not [one for one in line.news if isinstance(one, PlaceLeg)]
    line.assert_ended(line.caller, reason, by="party", sip_status=status)
    line.assert_over()


def test_a_rep_who_does_not_answer_is_rung_no_longer() -> None:
    line = summoned()
    line.rings(line.caller)
    line.wait(RING_S)
    line.expire()

    assert line.news == [HangUpLeg(leg_id=line.caller)]
    line.settle()
    line.assert_ended(line.caller, EndReason.NO_ANSWER, by="switch", sip_status=408)
    line.assert_over()


def test_if_the_other_does_not_take_it_the_rep_is_let_go() -> None:
    line = dialling()

    line.refuses(line.newest, 486)

    assert line.news == [HangUpLeg(leg_id=line.caller)]
    line.settle()
    line.assert_ended(line.caller, EndReason.BUSY, by="switch")
    line.assert_over()


def test_if_the_other_does_not_answer_the_rep_is_let_go() -> None:
    line = dialling()
    line.wait(RING_S)
    line.expire()

    line.settle()
    line.assert_ended(line.caller, EndReason.NO_ANSWER, by="switch")
    line.assert_over()


def test_a_rep_who_gives_up_stops_the_others_phone() -> None:
    line = dialling()

    line.hangs_up(line.caller)

    assert line.news == [HangUpLeg(leg_id=line.newest)]
    line.settle()
    line.assert_ended(line.caller, EndReason.CANCELLED, by="party")
    line.assert_ended(line.newest, EndReason.CANCELLED, by="switch", sip_status=487)
    line.assert_over()


def test_a_leg_that_we_end_unasked_is_our_fault() -> None:
    line = dialling()

    line.happens_ended_by_us(line.caller, 500)

    line.settle()
    line.assert_ended(line.caller, EndReason.SWITCH_ERROR, by="switch", sip_status=500)


def test_he_may_hang_up_by_command_before_and_after_he_answered() -> None:
    before, after = summoned(TO_SAUL), dialling()

    for line in (before, after):
        assert line.is_asked_to_hang_up(line.caller) == 200
        line.settle()
        line.assert_over()
    before.assert_ended(before.caller, EndReason.DECLINED, by="party", sip_status=603)
    after.assert_ended(after.caller, EndReason.CANCELLED, by="party")


def test_one_who_holds_while_it_rings_goes_on_holding() -> None:
    line = dialling()
    line.holds(line.caller)

    line.answers(line.newest)

    line.assert_on_music(line.newest)
    line.retrieves(line.caller)
    line.assert_talking(line.caller, line.newest)
