"""How a leg is placed: whom it shows, who is left out, how long it may ring."""

from __future__ import annotations

import msgspec
import pytest

from switch.call.commands import PlaceLeg
from switch.call.endings import EndReason
from switch.call.placing import party_of, recall_face, target_of
from switch.call.target import Party, Target
from switch.call.transfer import Failure
from tests.call.given_back import called_back, nobody_took_him, waited_for_in_vain
from tests.call.line import (
    ALICE,
    CUSTOMER,
    HUNT_S,
    OUTSIDE,
    RECALL_RING_S,
    RESPONSE_S,
    SAUL,
    TO_ALICE,
    TO_BOB,
    TO_SAUL,
    TO_SEATTLE,
    answered,
)


@pytest.mark.parametrize("target", [TO_SAUL, TO_SEATTLE])
def test_whoever_is_called_inside_is_a_rep(target: Target) -> None:
    assert party_of(target, outside="customer").role == "rep"


def test_whoever_is_called_outside_is_the_customer_or_external() -> None:
    assert party_of(OUTSIDE, outside="customer").role == "customer"
    assert party_of(OUTSIDE, outside="external").role == "external"


def test_a_rep_is_called_back_as_he_was_called() -> None:
    assert target_of(ALICE) == TO_ALICE
    assert party_of(target_of(ALICE), outside="external") == ALICE


def test_a_recall_shows_the_customer_and_why_he_is_back() -> None:
    line = nobody_took_him()

    line.allows_back()

    assert line.news == [
        PlaceLeg(
            leg_id=line.newest,
            target=TO_ALICE,
            persona=msgspec.structs.replace(CUSTOMER, name="saul declined: +12065550100"),
            offered_from=line.caller,
            keep_codecs=True,
            why="recall",
        )
    ]
    assert line.conversation.next_deadline() == line.now.monotonic_s + RECALL_RING_S


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (EndReason.BUSY, "saul busy: +12065550100"),
        (EndReason.NO_ANSWER, "saul no answer: +12065550100"),
        (EndReason.UNREACHABLE, "saul not reachable: +12065550100"),
        (EndReason.NOT_FOUND, "saul unknown: +12065550100"),
        (EndReason.FORBIDDEN, "saul not allowed: +12065550100"),
        (EndReason.CANCELLED, "saul taken back: +12065550100"),
        (EndReason.UNACCEPTABLE, "saul failed: +12065550100"),
    ],
)
def test_why_he_is_back_is_said_in_words(reason: EndReason, said: str) -> None:
    assert recall_face(Failure(who="saul", reason=reason), CUSTOMER).name == said


def test_a_customer_who_withholds_his_number_stays_unknown() -> None:
    face = recall_face(
        Failure(who="seattle", reason=EndReason.DECLINED), Party(role="customer", name="Kim")
    )

    assert (face.number, face.name) == (None, "seattle declined: anonymous")


def test_a_territory_and_an_outside_number_are_named_as_they_are() -> None:
    for target, who in ((TO_SEATTLE, "seattle"), (OUTSIDE, "+12065550100")):
        line = nobody_took_him(to=target, sip_status=486)
        line.allows_back()
        assert line.places().persona.name == f"{who} busy: +12065550100"


def test_a_target_has_the_time_that_is_set_for_it() -> None:
    line = answered()
    line.refers(line.callee, TO_SEATTLE)
    assert line.conversation.next_deadline() == line.now.monotonic_s + HUNT_S

    other = answered()
    other.refers(other.callee, TO_SAUL)
    assert other.conversation.next_deadline() == other.now.monotonic_s + RESPONSE_S


def test_an_outside_target_sees_the_number_that_the_trunk_allows() -> None:
    line = answered()

    line.refers(line.callee, msgspec.structs.replace(OUTSIDE, shown="+14805550100"))

    assert line.places().persona == Party(role="external", number="+14805550100")


def test_a_fallback_is_called_in_the_name_of_the_transferor() -> None:
    line = waited_for_in_vain(TO_BOB)

    assert line.news == [
        PlaceLeg(
            leg_id=line.newest,
            target=TO_BOB,
            persona=CUSTOMER,
            offered_from=line.caller,
            keep_codecs=True,
            referred_by="alice",
            why="fallback",
            without=("saul",),
        )
    ]


# ------------------------------------------------------------ who is left out


@pytest.mark.parametrize(("status", "left_out"), [(603, ("saul",)), (486, ("saul",)), (480, ())])
def test_who_has_just_declined_is_left_out_of_the_next_hunt(
    status: int, left_out: tuple[str, ...]
) -> None:
    line = answered()
    line.refuses(line.refers(line.callee, TO_SAUL), status)

    line.refers(line.callee, TO_SEATTLE)

    assert line.places().without == left_out


def test_members_of_a_territory_who_declined_are_left_out_too() -> None:
    line = answered()
    seattle = line.refers(line.callee, TO_SEATTLE)
    line.tries(seattle, saul="declined", bob="no_answer", carol="busy")
    line.refuses(seattle, 480)

    line.refers(line.callee, TO_SEATTLE)

    assert line.places().without == ("saul", "carol")


def test_who_is_named_again_is_called_again() -> None:
    line = answered()
    line.refuses(line.refers(line.callee, TO_SAUL), 603)
    line.refuses(line.refers(line.callee, TO_BOB), 603)

    line.refuses(line.refers(line.callee, TO_SAUL), 480)

    assert line.leg(line.newest).party == SAUL
    line.refers(line.callee, TO_SEATTLE)
    assert line.places().without == ("bob",)


def test_a_fallback_to_a_rep_who_declined_names_him_again() -> None:
    line = waited_for_in_vain(TO_SAUL)

    assert line.places().without == ()


def test_nobody_is_left_out_once_somebody_has_answered() -> None:
    line = answered()
    line.refuses(line.refers(line.callee, TO_SAUL), 603)
    bob = line.refers(line.callee, TO_BOB)
    line.answers(bob)

    line.refers(bob, TO_SEATTLE)

    assert line.places().without == ()


@pytest.mark.parametrize(("later_s", "left_out"), [(60, ("saul",)), (61, ())])
def test_who_declined_is_meant_again_when_the_two_have_talked_for_a_while(
    later_s: float, left_out: tuple[str, ...]
) -> None:
    line = answered()
    line.wait(300)
    line.refuses(line.refers(line.callee, TO_SAUL), 603)

    line.wait(later_s)
    line.refers(line.callee, TO_SEATTLE)

    assert line.places().without == left_out


@pytest.mark.parametrize(("later_s", "left_out"), [(60, ("saul",)), (61, ())])
def test_it_makes_no_difference_whether_the_transferor_was_called_back(
    later_s: float, left_out: tuple[str, ...]
) -> None:
    line, alice = called_back()
    line.answers(alice)

    line.wait(later_s)
    line.refers(alice, TO_SEATTLE)

    assert line.places().without == left_out


def test_however_long_the_customer_waits_who_declined_is_left_out() -> None:
    line = nobody_took_him()
    line.bars_back()
    line.wait(80)

    line.is_asked_to_transfer(TO_SEATTLE)

    assert line.places().without == ("saul",)
