"""What comes after the first ring: overflow, and what a call outside costs and shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialplan import (
    Dialplan,
    Did,
    Identity,
    OutsideRoute,
    OwnToll,
    RepRoute,
    Territory,
    TerritoryRoute,
    Toll,
    hops_to,
)
from tests.dialplan.samples import ALICE, OUR_SEATTLE, OURS, PSTN, SAUL, SEATTLE

TO_SAUL = RepRoute(rep="saul", extension="102", display_name="Saul Berg")
NUMBER = "+12065550100"
OUT = OutsideRoute(number=NUMBER, hops=hops_to((PSTN,), NUMBER))
OREGON = Territory(name="oregon", extension="802", members=("alice",), ring_s=20.0)
TO_OREGON = TerritoryRoute(territory="oregon", extension="802", display_name="oregon")


def overflowing(to: str, then: str = "transferor") -> Dialplan:
    """Return a plan in which seattle overflows to somebody, and oregon then."""
    return Dialplan(
        reps=(ALICE, SAUL),
        territories=(replace(SEATTLE, on_no_answer=to), replace(OREGON, on_no_answer=then)),
        trunks=(PSTN,),
    )


@pytest.mark.parametrize(
    ("to", "expected"),
    [("transferor", None), ("saul", TO_SAUL), ("oregon", TO_OREGON), (NUMBER, OUT)],
)
def test_a_call_that_nobody_took_goes_where_the_territory_says(
    to: str, expected: RepRoute | TerritoryRoute | OutsideRoute | None
) -> None:
    assert overflowing(to).route_overflow("seattle") == expected


def test_a_call_that_would_overflow_to_whoever_transferred_it_goes_back_to_him() -> None:
    assert overflowing("saul").route_overflow("seattle", transferor="saul") is None
    assert overflowing("saul").route_overflow("seattle", transferor="alice") == TO_SAUL


@pytest.mark.parametrize(
    ("to", "then", "names", "longest_s"),
    [
        ("transferor", "transferor", ["TerritoryRoute"], 30.0),
        ("saul", "transferor", ["TerritoryRoute", "RepRoute"], 90.0),
        ("oregon", "transferor", ["TerritoryRoute", "TerritoryRoute"], 50.0),
        ("oregon", NUMBER, ["TerritoryRoute", "TerritoryRoute", "OutsideRoute"], 110.0),
    ],
)
def test_the_chain_of_overflows_is_known_with_how_long_it_may_ring(
    to: str, then: str, names: list[str], longest_s: float
) -> None:
    plan = overflowing(to, then)

    assert [type(route).__name__ for route in plan.chain("seattle")] == names
    assert plan.longest_ring_s("seattle", last_s=60.0) == longest_s


def test_the_chain_ends_at_the_transferor() -> None:
    chain = overflowing("oregon", "saul").chain("seattle", transferor="saul")

    assert [type(route).__name__ for route in chain] == ["TerritoryRoute", "TerritoryRoute"]


def test_a_reps_own_toll_stands_over_his_territorys_and_that_over_everybodys() -> None:
    first = replace(SEATTLE, members=("saul",), toll=OwnToll(premium=True, allow=("+44",)))
    second = replace(OREGON, members=("saul", "alice"), toll=OwnToll(outside_at_once=1))
    plan = Dialplan(
        reps=(ALICE, replace(SAUL, toll=OwnToll(allow=("+49",)))),
        territories=(replace(first, name="north", extension="803", toll=None), first, second),
        toll=Toll(deny=("+1900",)),
    )

    assert plan.toll_of("saul") == Toll(deny=("+1900",), premium=True, allow=("+49",))
    assert plan.toll_of("alice") == Toll(deny=("+1900",), outside_at_once=1)
    assert plan.toll_of("bob") == plan.toll_of(None) == plan.toll


CUSTOMER = "+13035550111"
COMPANY = "+14805550100"
SAULS = "+14805550101"


@pytest.mark.parametrize(
    ("identity", "rep", "customer", "expected"),
    [
        (Identity.COMPANY, "saul", CUSTOMER, COMPANY),
        (Identity.REP, "saul", CUSTOMER, SAULS),
        (Identity.REP, "alice", CUSTOMER, COMPANY),
        (Identity.REP, None, None, COMPANY),
        (Identity.CUSTOMER, "saul", CUSTOMER, CUSTOMER),
        (Identity.CUSTOMER, "saul", None, SAULS),
        (Identity.CUSTOMER, "alice", None, COMPANY),
    ],
)
def test_a_called_party_sees_whose_number_the_trunk_is_for(
    identity: Identity, rep: str | None, customer: str | None, expected: str
) -> None:
    territory = replace(OUR_SEATTLE, number=COMPANY)
    plan = Dialplan(
        reps=(ALICE, SAUL),
        territories=(SEATTLE,),
        dids=(territory, Did(number=SAULS, rep="saul")),
        trunks=(replace(PSTN, identity=identity),),
    )

    assert plan.shown_outside("pstn", rep=rep, customer=customer) == expected


def test_a_trunk_may_have_a_company_number_of_its_own_and_there_may_be_none_at_all() -> None:
    own = Dialplan(reps=(ALICE,), dids=(OURS,), trunks=(replace(PSTN, company_number=SAULS),))
    none = Dialplan(reps=(ALICE,), trunks=(PSTN,))

    assert own.shown_outside("pstn", rep=None) == SAULS
    assert none.shown_outside("pstn", rep="alice") is None
