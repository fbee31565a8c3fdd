"""What a transferor can press, or refer to, who was called back and hears the menu."""

from __future__ import annotations

import pytest

from switch.call.commands import (
    AskBack,
    AskTransfer,
    JoinLegs,
    PlayPrompt,
    Prompt,
    StopMusic,
)
from switch.call.endings import EndReason
from switch.call.roster import Part
from switch.call.target import Refusal, Target
from tests.call.given_back import called_back, choosing
from tests.call.line import (
    MENU_S,
    NOBODY,
    RESPONSE_S,
    TO_ALICE,
    TO_BOB,
    TO_SEATTLE,
)

# ------------------------------------------------------------ the menu


def test_a_transferor_who_answers_hears_the_menu_and_the_customer_music() -> None:
    line, alice = choosing()

    assert line.news == [PlayPrompt(leg_id=alice, prompt=Prompt.MENU)]
    assert line.conversation.part_of(alice) is Part.CHOOSER
    line.assert_waits(line.caller, MENU_S)
    line.has_heard(alice)
    assert line.news == []


def test_1_resumes() -> None:
    line, alice = choosing()

    line.presses(alice, "1")

    assert line.news == [StopMusic(leg_id=alice), JoinLegs(leg_id=line.caller, peer=alice)]
    line.assert_talking(line.caller, alice)
    assert line.conversation.next_deadline() is None


def test_2_an_extension_and_a_hash_transfer() -> None:
    line, alice = choosing()

    line.presses(alice, "2103#")
    assert line.news == [AskTransfer(leg_id=line.caller, rep="alice", dialled="103")]
    assert line.dialplan_says(TO_BOB) == 200

    bob = line.places().leg_id
    line.assert_hung_up(alice)
    line.answers(bob)
    line.assert_talking(line.caller, bob)
    line.settle()
    line.assert_ended(alice, EndReason.TRANSFERRED, by="switch")


@pytest.mark.parametrize("digits", ["0", "3", "9", "#", "A"])
def test_a_digit_that_means_nothing_is_wrong(digits: str) -> None:
    line, alice = choosing()

    line.presses(alice, digits)

    assert line.news == [PlayPrompt(leg_id=alice, prompt=Prompt.WRONG)]
    line.presses(alice, "1")
    line.assert_talking(line.caller, alice)


@pytest.mark.parametrize("digits", ["*", "2*", "210*"])
def test_a_star_begins_anew(digits: str) -> None:
    line, alice = choosing()

    line.presses(alice, digits)

    assert line.news == [PlayPrompt(leg_id=alice, prompt=Prompt.MENU)]
    line.presses(alice, "2103#")
    assert line.dialled[0].dialled == "103"


def test_an_extension_that_nobody_has_is_wrong() -> None:
    line, alice = choosing()
    line.presses(alice, "2999#")

    assert line.dialplan_says(NOBODY) == 404

    assert line.hears(alice) == "wrong"
    line.presses(alice, "2103#")
    line.dialplan_says(TO_BOB)
    assert line.places().target == TO_BOB


def test_whom_the_desk_names_in_vain_disturbs_nobody_who_dials() -> None:
    line, alice = choosing()
    line.has_heard(alice)
    line.presses(alice, "210")

    assert line.is_asked_to_transfer(NOBODY) == 404

    assert line.hears(alice) is None
    line.presses(alice, "3#")
    assert line.dialled[0].dialled == "103"


@pytest.mark.parametrize("to", [TO_BOB, NOBODY])
def test_who_has_resumed_meanwhile_is_not_transferred_by_what_he_dialled(
    to: Target | Refusal,
) -> None:
    line, alice = choosing()
    line.presses(alice, "2103#")
    line.presses(alice, "1")

    assert line.dialplan_says(to) == 481

    line.assert_talking(line.caller, alice)


def test_who_has_dialled_and_hung_up_meant_it() -> None:
    line, alice = choosing()
    line.presses(alice, "2103#")
    line.hangs_up(alice)

    assert line.dialplan_says(TO_BOB) == 200

    assert line.places().target == TO_BOB


def test_no_extension_at_all_is_for_the_dialplan_to_refuse() -> None:
    line, alice = choosing()

    line.presses(alice, "2#")

    assert line.dialled[0].dialled == ""


def test_his_own_extension_resumes() -> None:
    line, alice = choosing()
    line.presses(alice, "2101#")

    assert line.dialplan_says(TO_ALICE) == 200

    line.assert_talking(line.caller, alice)


def test_every_digit_gives_him_more_time() -> None:
    line, alice = choosing()
    line.wait(MENU_S - 1)

    line.presses(alice, "2")

    line.assert_waits(line.caller, MENU_S)


@pytest.mark.parametrize("digits", ["", "2", "210", "2103#", "9"])
def test_who_does_not_choose_resumes_for_he_has_answered(digits: str) -> None:
    line, alice = choosing()
    line.presses(alice, digits)

    line.wait(MENU_S)
    line.expire()

    line.assert_talking(line.caller, alice)


def test_the_answer_of_the_dialplan_may_come_too_late() -> None:
    line, alice = choosing()
    line.presses(alice, "2103#")
    line.hangs_up(line.caller)

    assert line.dialplan_says(TO_BOB) == 481

    line.settle()
    line.assert_over()


def test_digits_of_others_mean_nothing_to_us() -> None:
    line, alice = choosing()

    line.presses(line.caller, "1")
    assert line.news == []
    line.presses(alice, "1")
    line.presses(alice, "2")

    assert line.news == []
    line.assert_talking(line.caller, alice)


def test_the_desk_may_choose_while_he_hears_the_menu() -> None:
    line, alice = choosing()
    other, other_alice = choosing()

    assert line.is_asked_to_resume() == 200
    assert other.is_asked_to_transfer(TO_BOB) == 200

    line.assert_talking(line.caller, alice)
    other.assert_hung_up(other_alice)
    other.assert_waits(other.caller, RESPONSE_S)


# ------------------------------------------------------------ a REFER instead of digits


def test_a_refer_of_his_is_his_choice() -> None:
    line, alice = choosing()

    bob = line.refers(alice, TO_BOB)

    assert line.refer_answer() == "accepted"
    assert line.hears(alice) is None
    line.assert_waits(line.caller, RESPONSE_S)
    line.rings(bob)
    line.answers(bob)
    line.assert_notified(alice, [100, 180, 200])
    line.settle()
    line.assert_talking(line.caller, bob)
    line.assert_ended(alice, EndReason.TRANSFERRED, by="switch")


def test_a_refer_of_his_whose_target_fails_resumes() -> None:
    line, alice = choosing()
    bob = line.refers(alice, TO_BOB)

    line.refuses(bob, 486)

    line.assert_notified(alice, [100, 486])
    line.assert_talking(line.caller, alice)


def test_a_refer_of_his_and_then_a_bye_are_a_transfer_like_any_other() -> None:
    line, alice = choosing()
    bob = line.refers(alice, TO_BOB, fallbacks=(TO_SEATTLE,))
    line.hangs_up(alice)

    line.refuses(bob, 486)

    assert line.news == [AskBack(leg_id=line.caller, rep="alice")]
    assert line.conversation.choice is not None


@pytest.mark.parametrize(("to", "status"), [(NOBODY, 404), (TO_ALICE, 482)])
def test_a_refer_of_his_that_leads_nowhere_leaves_him_the_menu(
    to: Target | Refusal, status: int
) -> None:
    line, alice = choosing()

    line.refers(alice, to)

    line.assert_notified(alice, [100, status])
    assert line.conversation.part_of(alice) is Part.CHOOSER
    line.assert_waits(line.caller, MENU_S)
    line.presses(alice, "1")
    line.assert_talking(line.caller, alice)


def test_who_holds_and_retrieves_while_he_chooses_is_answered_and_no_more() -> None:
    line, alice = choosing()

    line.holds(alice)
    line.retrieves(alice)

    line.assert_on_music(line.caller)
    line.presses(alice, "1")
    line.assert_talking(line.caller, alice)


def test_who_is_called_back_may_transfer_nobody_before_he_answers() -> None:
    line, alice = called_back()

    line.refers(alice, TO_BOB)

    assert line.refer_answer() == 403
