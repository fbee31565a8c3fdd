"""The dialplan's answers in the words of call control."""

from __future__ import annotations

from dialplan import Dialplan, Did, OutsideRoute, Refusal, Rep, RepRoute, Trunk
from switch.call.target import Party, Target
from switch.call.target import Refusal as RefusedTarget
from switch.node.routes import presented, refused_target, rep_party, target_of
from tests.dialplan.samples import ALICE, OURS, PSTN, SAUL, plan

TO_SAUL = target_of(RepRoute(rep="saul", extension="102", display_name="Saul Berg"))
OUT = target_of(OutsideRoute(number="+12065550100", trunk="pstn"))


def test_a_rep_is_dialled_by_name() -> None:
    assert Target(user="saul", kind="rep", rep="saul", number="102", name="Saul Berg") == TO_SAUL


def test_an_outside_number_is_dialled_as_it_is() -> None:
    number = "+12065550100"

    assert Target(user=number, kind="outside", number=number, trunk="pstn") == OUT


def test_a_refusal_says_what_was_asked_for() -> None:
    refusal = Refusal(status=404, reason="Not Found", why="nobody of that name")

    expected = RefusedTarget(user="nobody", sip_status=404, why="nobody of that name")
    assert refused_target(refusal, "nobody") == expected


def test_a_rep_is_shown_with_extension_and_name() -> None:
    assert rep_party(plan(), "alice") == Party(
        role="rep", rep="alice", number="101", name="Alice Moreno"
    )


def test_a_rep_who_is_in_no_file_any_more_is_shown_by_name_alone() -> None:
    assert rep_party(plan(), "gone") == Party(role="rep", rep="gone")


def test_a_customer_is_shown_as_he_is() -> None:
    customer = Party(role="customer", number="+12065550100", trunk="pstn")

    assert presented(plan(), customer, TO_SAUL) is customer


def test_inside_a_rep_is_himself() -> None:
    alice = rep_party(plan(), "alice")

    assert presented(plan(), alice, TO_SAUL) is alice


def test_outside_a_rep_shows_his_own_number() -> None:
    shown = presented(two_numbers(), rep_party(plan(), "saul"), OUT)

    assert shown == Party(role="rep", rep="saul", number="+14805550199")


def test_outside_a_rep_without_a_number_shows_the_companys() -> None:
    assert presented(plan(), rep_party(plan(), "saul"), OUT).number == OURS.number


def test_outside_a_company_without_a_number_shows_none() -> None:
    bare = Dialplan(reps=(ALICE,), trunks=(PSTN,))

    assert presented(bare, rep_party(bare, "alice"), OUT) == Party(role="rep", rep="alice")


def two_numbers() -> Dialplan:
    reps: tuple[Rep, ...] = (ALICE, SAUL)
    trunks: tuple[Trunk, ...] = (PSTN,)
    return Dialplan(reps=reps, dids=(OURS, Did(number="+14805550199", rep="saul")), trunks=trunks)
