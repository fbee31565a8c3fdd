"""A leg to a territory: who was rung for it, and whose it becomes."""

from __future__ import annotations

import pytest

from switch.call.endings import EndReason
from switch.call.errors import UnexpectedEventError
from switch.call.ids import LegId
from switch.call.roster import Part
from switch.call.target import Party
from switch.threads.view import ThreadView
from tests.call.line import ALICE, BOB, CUSTOMER, HUNT_S, SAUL, TO_SAUL, TO_SEATTLE, Line, answered

OFFICE = Party(role="external", number="+12065550111", trunk="pstn")


def a_call() -> Line:
    """Return a customer's call to Seattle that rings saul and bob."""
    line = Line(target=TO_SEATTLE, dialled="+12065550180")
    line.tries(line.callee, saul="pending", bob="pending")
    line.wait(3)
    return line


def a_transfer() -> tuple[Line, LegId]:
    """Return a customer's call that alice transfers to Seattle, which rings saul and bob."""
    line = answered()
    seattle = line.refers(line.callee, TO_SEATTLE)
    line.tries(seattle, saul="pending", bob="pending")
    line.wait(3)
    return line, seattle


def outcomes(thread: ThreadView, row: int) -> list[tuple[str | None, str]]:
    return [(attempt.rep, attempt.outcome) for attempt in thread.legs[row].attempts]


# ------------------------------------------------------------ whose the leg becomes


def test_until_somebody_answers_the_leg_is_the_territorys() -> None:
    line = a_call()

    leg = line.leg(line.callee)
    assert (leg.party, leg.territory) == (
        Party(role="rep", number="801", name="Seattle"),
        "seattle",
    )


def test_whoever_answers_is_the_party_and_the_territory_stays_in_the_record() -> None:
    line = a_call()

    line.answers(line.callee, rep="bob")

    line.assert_talking(line.caller, line.callee)
    assert (line.leg(line.callee).party, line.leg(line.callee).territory) == (BOB, "seattle")
    row = line.thread().legs[1]
    assert (row.rep, row.number, row.name, row.territory) == ("bob", "103", "Bob Ng", "seattle")


@pytest.mark.parametrize("rep", ["mallory", None])
def test_who_is_no_member_does_not_become_the_party(rep: str | None) -> None:
    line = a_call()

    line.answers(line.callee, rep=rep)

    line.assert_talking(line.caller, line.callee)
    assert line.leg(line.callee).party.rep is None


def test_in_a_call_to_one_rep_nobody_else_can_answer() -> None:
    line = Line(target=TO_SAUL)

    line.answers(line.callee, rep="bob")

    assert line.leg(line.callee).party.rep == "saul"


def test_a_target_that_answers_is_the_rep_who_did() -> None:
    line, seattle = a_transfer()

    line.answers(seattle, rep="saul")

    line.assert_talking(line.caller, seattle)
    assert line.leg(seattle).party == SAUL
    line.assert_notified(line.callee, [100, 200])
    (transfer,) = line.thread().transfers
    assert (transfer.from_, transfer.to, transfer.kind) == ("alice", "seattle", "territory")
    assert transfer.outcome == "answered"


def test_whoever_answered_for_a_territory_can_transfer_but_not_to_himself() -> None:
    line = a_call()
    line.answers(line.callee, rep="saul")

    line.refers(line.callee, TO_SAUL)

    line.assert_notified(line.callee, [100, 482])
    line.assert_talking(line.caller, line.callee)


# ------------------------------------------------------------ who was rung


def test_attempts_are_noted_whatever_part_the_leg_has_just_then() -> None:
    line = a_call()
    seen = {line.conversation.part_of(line.callee)}

    def tried(leg_id: LegId) -> None:
        seen.add(line.conversation.part_of(leg_id))
        before = len(line.published)
        line.tries(leg_id, saul="elsewhere", bob="answered", carol=str(len(seen)))
        assert line.news == []
        assert [leg.leg_id for leg in line.published[before:]] == [leg_id]
        assert line.attempts(leg_id)["carol"] == str(len(seen))

    tried(line.callee)
    line.answers(line.callee, rep="bob")
    tried(line.callee)
    target = line.refers(line.callee, TO_SEATTLE)
    tried(line.callee)
    tried(target)
    line.refuses(target, 480)
    tried(target)
    assert seen == {Part.CALLEE, Part.TALKER, Part.TRANSFEROR, Part.TARGET, Part.LEAVER}


def test_a_transferee_whom_a_territory_had_called_keeps_his_attempts() -> None:
    line = Line(caller=ALICE, target=TO_SEATTLE)
    line.answers(line.callee, rep="bob")
    line.refers(line.caller, TO_SAUL)
    assert line.conversation.part_of(line.callee) is Part.TRANSFEREE

    line.tries(line.callee, saul="elsewhere", bob="answered")

    assert line.attempts(line.callee) == {"saul": "elsewhere", "bob": "answered"}


def test_nobody_is_rung_for_a_leg_that_was_offered_to_us() -> None:
    line = a_call()

    with pytest.raises(UnexpectedEventError):
        line.tries(line.caller, saul="pending")


def test_news_that_says_nothing_new_is_not_published() -> None:
    line = a_call()
    line.tries(line.callee, saul="busy", bob="pending")
    published = len(line.published)

    line.tries(line.callee, saul="busy", bob="pending")

    assert len(line.published) == published


def test_who_was_rung_in_a_call_is_under_the_one_who_answered() -> None:
    line = a_call()

    line.answers(line.callee, rep="bob")
    line.tries(line.callee, saul="elsewhere", bob="answered")
    line.hangs_up(line.caller)
    line.settle()

    line.assert_over()
    thread = line.thread()
    assert [row.rep for row in thread.legs] == [None, "bob"]
    assert sorted(outcomes(thread, 1)) == [("bob", "answered"), ("saul", "elsewhere")]


def test_a_hunt_that_fails_leaves_its_attempts_under_the_transferor() -> None:
    line, seattle = a_transfer()
    line.tries(seattle, saul="busy", bob="declined")

    line.refuses(seattle, 486)

    line.assert_talking(line.caller, line.callee)
    line.assert_notified(line.callee, [100, 486])
    thread = line.thread()
    assert [row.rep for row in thread.legs] == [None, "alice"]
    assert sorted(outcomes(thread, 1)) == [("bob", "declined"), ("saul", "busy")]
    (transfer,) = thread.transfers
    assert (transfer.to, transfer.kind, transfer.outcome) == ("seattle", "territory", "busy")


def test_a_hunt_that_rang_in_vain_is_no_answer() -> None:
    line, seattle = a_transfer()
    line.tries(seattle, saul="no_answer", bob="declined")

    line.refuses(seattle, 480)

    line.assert_ended(seattle, EndReason.NO_ANSWER, by="party", sip_status=480)


def test_a_hunt_that_found_nobody_to_ring_is_unreachable() -> None:
    line = Line(target=TO_SEATTLE)

    line.refuses(line.callee, 480)

    line.assert_ended(line.callee, EndReason.UNREACHABLE, by="party", sip_status=480)
    assert [row.attempts[0].number for row in line.thread().legs] == ["801"]


# ------------------------------------------------------------ how long, and when it is stopped


@pytest.mark.parametrize("is_transfer", [False, True])
def test_a_territory_rings_as_long_as_it_says_and_not_as_long_as_a_rep(is_transfer: bool) -> None:
    line, leg_id = a_transfer() if is_transfer else (a_call(), LegId("c1-2"))
    line.wait(HUNT_S - 3.001)
    line.expire()
    assert not line.dying

    line.wait(0.001)
    line.expire()

    line.assert_hung_up(leg_id)


def test_when_the_customer_gives_up_nobody_is_rung_any_more() -> None:
    line, seattle = a_transfer()

    line.hangs_up(line.caller)

    line.assert_hung_up(seattle)
    assert line.attempts(seattle) == {"saul": "cancelled", "bob": "cancelled"}
    assert {one.to_s for one in line.leg(seattle).attempts} == {line.now.utc_s}


def test_what_was_told_before_the_end_and_comes_after_it_leaves_nobody_ringing() -> None:
    line = a_call()
    line.cancels(line.caller)
    line.confirms_end(line.callee)
    line.assert_over()

    line.tries(line.callee, saul="busy", bob="pending")

    assert line.attempts(line.callee) == {"saul": "busy", "bob": "cancelled"}


def test_a_hunt_that_took_too_long_rang_in_vain() -> None:
    line = a_call()
    line.wait(HUNT_S)

    line.expire()

    assert line.attempts(line.callee) == {"saul": "no_answer", "bob": "no_answer"}


def test_who_has_talked_had_answered_and_the_others_were_not_wanted() -> None:
    line = a_call()
    line.answers(line.callee, rep="bob")

    line.hangs_up(line.callee)

    assert line.attempts(line.callee) == {"saul": "elsewhere", "bob": "answered"}


# ------------------------------------------------------------ overflow to an outside number


def test_who_is_called_in_the_territorys_place_is_the_party() -> None:
    line, seattle = a_transfer()

    line.tries(seattle, party=OFFICE, saul="busy", bob="declined")
    line.answers(seattle)

    assert line.leg(seattle).party == OFFICE
    thread = line.thread()
    row = thread.legs[-1]
    assert (row.role, row.number, row.territory) == ("external", OFFICE.number, "seattle")
    assert sorted(outcomes(thread, 2)) == [("bob", "declined"), ("saul", "busy")]
    assert thread.contact == CUSTOMER.number
    (transfer,) = thread.transfers
    assert (transfer.to, transfer.outcome) == ("seattle", "answered")


def test_later_news_does_not_take_the_party_back() -> None:
    line = a_call()
    line.tries(line.callee, party=OFFICE, saul="busy", bob="busy")

    line.tries(line.callee, saul="busy", bob="declined")

    assert line.leg(line.callee).party == OFFICE
