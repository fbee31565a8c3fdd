"""What is shown of a transfer that is not settled."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from switch.call.choice import Choice
from tests.call.given_back import (
    a_try_fails,
    called_back,
    choosing,
    nobody_took_him,
    waited_for_in_vain,
)
from tests.call.line import (
    ALICE,
    CUSTOMER,
    NOBODY,
    OUTSIDE,
    RESPONSE_S,
    TO_BOB,
    TO_SAUL,
    TO_SEATTLE,
    WAIT_S,
    Line,
    answered,
)


def a_transfer() -> Line:
    line = answered()
    line.refers(line.callee)
    return line


def a_transfer_that_rings() -> Line:
    line = a_transfer()
    line.rings(line.newest)
    return line


def waiting() -> Line:
    line = nobody_took_him()
    line.bars_back()
    return line


def pausing() -> Line:
    line = nobody_took_him()
    a_try_fails(line)
    return line


def test_who_talks_has_nothing_to_choose() -> None:
    assert Line().conversation.choice is None
    assert answered().conversation.choice is None


def test_while_the_target_rings_the_transfer_can_be_taken_back() -> None:
    line = a_transfer()

    assert line.conversation.choice == Choice(
        transferor=ALICE,
        transferee=CUSTOMER,
        target="saul",
        outcome="pending",
        state="calling",
        since_s=line.now.utc_s,
        until_s=line.now.utc_s + RESPONSE_S,
    )


@pytest.mark.parametrize(
    ("then", "state", "outcome", "may_retarget"),
    [
        (a_transfer, "calling", "pending", False),
        (a_transfer_that_rings, "ringing", "pending", False),
        (nobody_took_him, "asking", "declined", True),
        (waiting, "waiting", "declined", True),
        (lambda: called_back()[0], "recalling", "declined", True),
        (lambda: choosing()[0], "choosing", "declined", True),
        (pausing, "pausing", "declined", True),
        (lambda: waited_for_in_vain(TO_BOB), "falling_back", "declined", True),
        (waited_for_in_vain, "goodbye", "declined", True),
    ],
)
def test_each_state_has_a_name(
    then: Callable[[], Line], state: str, outcome: str, may_retarget: bool
) -> None:
    line = then()

    choice = line.conversation.choice

    assert choice is not None
    assert (choice.state, choice.outcome) == (state, outcome)
    assert choice.may_retarget is may_retarget
    assert (choice.transferor, choice.transferee, choice.target) == (ALICE, CUSTOMER, "saul")
    assert choice.until_s is not None
    assert line.is_asked_to_transfer(TO_BOB) == (200 if may_retarget else 491)


def test_it_says_until_when_a_transferor_is_waited_for() -> None:
    line = nobody_took_him()
    asked_s = line.now.utc_s - 2

    choice = waiting().conversation.choice

    assert choice is not None
    assert (choice.since_s, choice.until_s) == (asked_s, line.now.utc_s + WAIT_S)


@pytest.mark.parametrize(
    ("to", "target"), [(TO_SEATTLE, "seattle"), (OUTSIDE, "+12065550100"), (TO_SAUL, "saul")]
)
def test_the_target_is_named_as_it_was_called(to: object, target: str) -> None:
    line = answered()
    line.refers(line.callee, to)  # type: ignore[arg-type]

    before = line.conversation.choice
    line.hangs_up(line.callee)
    line.refuses(line.newest, 486)
    after = line.conversation.choice

    assert before is not None
    assert after is not None
    assert (before.target, after.target) == (target, target)


def test_a_target_that_could_not_be_called_counts_too() -> None:
    line = answered()
    line.refers(line.callee, NOBODY)
    line.hangs_up(line.callee)

    choice = line.conversation.choice

    assert choice is not None
    assert (choice.target, choice.outcome) == ("nobody", "not_found")


def test_it_is_settled_when_somebody_talks_with_the_customer() -> None:
    taken = waited_for_in_vain(TO_BOB)
    taken.answers(taken.newest)
    resumed, alice = called_back()
    resumed.answers(alice)
    transferred = a_transfer()
    transferred.answers(transferred.newest)

    for line in (taken, resumed, transferred):
        assert line.conversation.choice is None


def test_a_switch_that_stops_has_nothing_to_offer() -> None:
    for line in (a_transfer(), nobody_took_him(), waited_for_in_vain(TO_BOB)):
        line.fail()

        assert line.conversation.choice is None
