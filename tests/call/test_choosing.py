"""What a rep chooses by desk, command or digits."""

from __future__ import annotations

import pytest

from switch.call.commands import (
    AnswerAsk,
    AskBack,
    HangUpLeg,
    MuteLeg,
    PlaceLeg,
    PlayMusic,
    Prompt,
)
from switch.call.endings import EndReason
from switch.call.target import Refusal, Target
from tests.call.given_back import called_back, nobody_took_him, waited_for_in_vain
from tests.call.line import (
    ALICE,
    CUSTOMER,
    HUNT_S,
    NOBODY,
    OUTSIDE,
    PAUSE_S,
    RECALL_RING_S,
    RESPONSE_S,
    TO_ALICE,
    TO_BOB,
    TO_SAUL,
    TO_SEATTLE,
    WITH_MENU,
    Line,
    answered,
)

# ------------------------------------------------------------ a transfer by a click


def test_a_click_transfers_and_releases_the_transferor_at_once() -> None:
    line = answered()

    assert line.is_asked_to_transfer(TO_SAUL, rep="alice", fallbacks=(TO_SEATTLE,)) == 200

    saul = line.places().leg_id
    assert line.news == [
        AnswerAsk(question="q1", sip_status=200),
        MuteLeg(leg_id=line.callee),
        PlaceLeg(
            leg_id=saul,
            target=TO_SAUL,
            persona=CUSTOMER,
            offered_from=line.caller,
            keep_codecs=True,
            referred_by="alice",
            why="transfer",
        ),
        MuteLeg(leg_id=line.caller),
        PlayMusic(leg_id=line.caller),
        HangUpLeg(leg_id=line.callee),
    ]
    line.assert_waits(line.caller, RESPONSE_S)
    line.settle()
    line.assert_ended(line.callee, EndReason.TRANSFERRED, by="switch")
    line.assert_notified(line.callee, [])
    line.rings(saul)
    line.answers(saul)
    line.assert_talking(line.caller, saul)


def test_a_click_whose_target_fails_brings_the_call_back() -> None:
    line = answered()
    line.is_asked_to_transfer(TO_SAUL, fallbacks=(TO_SEATTLE,))
    saul = line.newest
    line.settle()

    line.refuses(saul, 486)

    assert line.news == [AskBack(leg_id=line.caller, rep="alice")]
    alice = line.calls_back()
    line.answers(alice)
    line.assert_talking(line.caller, alice)


def test_a_click_takes_its_own_fallbacks() -> None:
    line = nobody_took_him(fallbacks=(TO_BOB,))
    alice = line.calls_back()
    line.answers(alice)

    line.is_asked_to_transfer(TO_SAUL, fallbacks=(OUTSIDE,))
    line.refuses(line.newest, 486)
    line.wait(1000)
    line.expire()

    assert line.places().target == OUTSIDE


def test_a_click_in_a_call_between_reps_says_whose_it_is() -> None:
    line = answered(caller=ALICE, target=TO_SAUL)

    assert line.is_asked_to_transfer(TO_BOB) == 481
    assert line.is_asked_to_transfer(TO_BOB, rep="carol") == 481
    assert line.is_asked_to_transfer(TO_BOB, rep="alice") == 200

    line.assert_hung_up(line.caller)
    line.assert_on_music(line.callee)


@pytest.mark.parametrize(
    ("to", "status"),
    [
        (NOBODY, 404),
        (Refusal(user="+9005550100", sip_status=403, why="toll"), 403),
        (TO_ALICE, 482),
    ],
)
def test_a_click_on_whom_nobody_can_call_changes_nothing(to: Target | Refusal, status: int) -> None:
    line = answered()

    assert line.is_asked_to_transfer(to) == status

    assert len(line.news) == 1
    line.assert_talking(line.caller, line.callee)


def test_a_customer_may_transfer_nobody_by_a_click_either() -> None:
    line = answered()

    assert line.is_asked_to_transfer(TO_BOB, leg_id=line.caller) == 403

    line.assert_talking(line.caller, line.callee)


# ------------------------------------------------------------ asked too late, or twice


def test_nothing_can_be_asked_before_the_answer() -> None:
    line = Line()

    for leg_id in (None, line.caller, line.callee):
        assert line.is_asked_to_transfer(TO_BOB, leg_id=leg_id) == 481
        assert line.is_asked_to_resume(leg_id=leg_id) == 481


def test_of_two_clicks_at_once_the_first_counts() -> None:
    line = answered()

    assert line.is_asked_to_transfer(TO_SAUL) == 200
    assert line.is_asked_to_transfer(TO_BOB) == 491
    assert line.is_asked_to_transfer(TO_BOB, leg_id=line.callee) == 481

    assert len(line.ringing()) == 1


def test_a_click_behind_a_refer_has_to_wait() -> None:
    line = answered()
    line.refers(line.callee)

    assert line.is_asked_to_transfer(TO_BOB, leg_id=line.callee) == 481
    assert line.is_asked_to_transfer(TO_BOB) == 491


def test_who_talks_can_resume_nothing() -> None:
    line = answered()

    assert line.is_asked_to_resume() == 481

    line.assert_talking(line.caller, line.callee)


def test_a_call_that_is_over_can_neither_be_resumed_nor_transferred() -> None:
    line = nobody_took_him()
    line.hangs_up(line.caller)
    line.settle()

    for leg_id in (None, line.caller):
        assert line.is_asked_to_resume(leg_id=leg_id) == 481
        assert line.is_asked_to_transfer(TO_BOB, leg_id=leg_id) == 481
    line.assert_over()


def test_a_choice_that_comes_when_the_call_was_resumed_is_a_transfer_of_its_own() -> None:
    line, alice = called_back()
    line.answers(alice)

    assert line.is_asked_to_transfer(TO_BOB, leg_id=line.caller) == 403
    assert line.is_asked_to_transfer(TO_BOB, rep="alice") == 200

    line.assert_hung_up(alice)


# ------------------------------------------------------------ resume


@pytest.mark.parametrize("ringing", [False, True])
def test_a_transferor_who_stayed_may_take_the_transfer_back(ringing: bool) -> None:
    line = answered()
    target = line.refers(line.callee)
    if ringing:
        line.rings(target)

    assert line.is_asked_to_resume(rep="alice") == 200

    line.assert_hung_up(target)
    assert line.notified(line.callee)[-1] == 487
    line.assert_talking(line.caller, line.callee)
    line.settle()
    assert line.thread().transfers[0].outcome == "cancelled"


def test_a_transferor_who_has_left_may_take_the_transfer_back() -> None:
    line = answered()
    target = line.refers(line.callee)
    line.hangs_up(line.callee)

    assert line.is_asked_to_resume() == 200

    line.assert_hung_up(target)
    line.assert_waits(line.caller, RECALL_RING_S)
    assert line.places().persona.name == "saul taken back: +12065550100"
    alice = line.newest
    line.allows_back()  # Nobody waits for that answer any more.
    assert line.news == []
    line.answers(alice)
    line.assert_talking(line.caller, alice)


@pytest.mark.parametrize("waits", ["to be asked", "on another call", "for the next try"])
def test_to_resume_is_to_be_called_at_once(waits: str) -> None:
    if waits == "for the next try":
        line, alice = called_back()
        line.refuses(alice, 603)
    else:
        line = nobody_took_him()
        if waits == "on another call":
            line.bars_back()

    assert line.is_asked_to_resume() == 200

    line.assert_waits(line.caller, RECALL_RING_S)
    line.answers(line.places().leg_id)
    line.assert_talking(line.caller, line.newest)


def test_to_resume_while_his_phone_rings_changes_nothing() -> None:
    line, alice = called_back()

    assert line.is_asked_to_resume() == 200

    assert line.ringing() == [alice]
    assert line.news == [AnswerAsk(question="q1", sip_status=200)]


@pytest.mark.parametrize("when", ["before it rings", "while it rings"])
def test_who_asked_to_resume_hears_no_menu(when: str) -> None:
    line = nobody_took_him(timers=WITH_MENU)
    if when == "while it rings":
        line.calls_back()
    line.is_asked_to_resume()

    line.answers(line.newest)

    line.assert_talking(line.caller, line.newest)


def test_the_menu_is_back_if_he_did_not_answer_then() -> None:
    line = nobody_took_him(timers=WITH_MENU)
    line.is_asked_to_resume()
    line.refuses(line.newest, 486)
    line.wait(PAUSE_S)
    line.expire()

    alice = line.calls_back()
    line.answers(alice)

    assert line.hears(alice) == "menu"


def test_to_resume_stops_a_fallback() -> None:
    line = waited_for_in_vain(TO_BOB, OUTSIDE)
    bob = line.newest

    assert line.is_asked_to_resume() == 200

    line.assert_hung_up(bob)
    alice = line.places().leg_id
    line.rings(bob)
    line.answers(bob)
    assert line.news == []
    line.settle()
    line.answers(alice)
    line.assert_talking(line.caller, alice)
    assert line.conversation.choice is None
    assert line.thread().fallbacks[0].outcome == "cancelled"


def test_to_resume_is_possible_until_the_last_word_of_the_goodbye() -> None:
    line = waited_for_in_vain()

    assert line.is_asked_to_resume() == 200

    line.assert_waits(line.caller, RECALL_RING_S)
    line.answers(line.newest)
    line.assert_talking(line.caller, line.newest)


def test_a_goodbye_that_was_stopped_says_nothing_of_the_next() -> None:
    line = waited_for_in_vain()
    line.earshot.prompts[line.caller] = Prompt.GOODBYE
    line.is_asked_to_resume()

    line.earshot.prompts[line.caller] = Prompt.GOODBYE
    line.has_heard(line.caller)

    assert line.news == []
    line.assert_waits(line.caller, RECALL_RING_S)


# ------------------------------------------------------------ somebody else


@pytest.mark.parametrize(
    "then", ["asking", "waiting", "ringing", "pausing", "falling back", "goodbye"]
)
@pytest.mark.parametrize(("to", "due_s"), [(TO_BOB, RESPONSE_S), (TO_SEATTLE, HUNT_S)])
def test_somebody_else_can_be_named_while_the_customer_waits(
    then: str, to: Target, due_s: float
) -> None:
    line = given(then)
    stopped = line.ringing()

    assert line.is_asked_to_transfer(to) == 200

    line.assert_waits(line.caller, due_s)
    assert [one.leg_id for one in line.news if isinstance(one, HangUpLeg)] == stopped
    assert line.places().target == to
    assert line.places().without == ("saul",)
    target = line.places().leg_id
    assert line.leg(target).why == "transfer"
    line.settle()
    line.answers(target, rep="bob")
    line.assert_talking(line.caller, target)
    assert [one.from_ for one in line.thread().transfers] == ["alice", "alice"]


def given(then: str) -> Line:
    """Return a call in which somebody else may be named."""
    if then == "falling back":
        return waited_for_in_vain(OUTSIDE)
    if then == "goodbye":
        return waited_for_in_vain()
    line = nobody_took_him()
    if then == "waiting":
        line.bars_back()
    elif then == "ringing":
        line.calls_back()
    elif then == "pausing":
        line.refuses(line.calls_back(), 603)
    return line


def test_who_declined_is_called_if_he_is_named_again() -> None:
    line = nobody_took_him()

    line.is_asked_to_transfer(TO_SAUL)

    assert line.places().target == TO_SAUL
    line.answers(line.newest)
    line.assert_talking(line.caller, line.newest)


def test_who_names_himself_resumes() -> None:
    line = nobody_took_him()
    line.bars_back()

    assert line.is_asked_to_transfer(TO_ALICE) == 200

    assert line.leg(line.newest).why == "recall"
    line.assert_waits(line.caller, RECALL_RING_S)


def test_a_target_that_cannot_be_called_leaves_it_as_it_was() -> None:
    line, alice = called_back()

    assert line.is_asked_to_transfer(NOBODY) == 404

    assert line.ringing() == [alice]
    line.answers(alice)
    line.assert_talking(line.caller, alice)


def test_a_second_target_that_fails_brings_the_call_back_again() -> None:
    line = nobody_took_him(fallbacks=(OUTSIDE,))
    line.is_asked_to_transfer(TO_BOB)

    line.refuses(line.newest, 603)

    assert line.news == [AskBack(leg_id=line.caller, rep="alice")]
    line.allows_back()
    assert line.places().persona.name == "bob declined: +12065550100"
    line.refuses(line.newest, 486)
    line.wait(PAUSE_S)
    line.expire()
    line.allows_back()
    line.refuses(line.newest, 486)
    assert line.places().target == OUTSIDE
    assert line.places().without == ("saul", "bob")
