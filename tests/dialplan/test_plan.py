"""Who rings for what was dialled."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialplan import (
    Dialplan,
    Did,
    OutsideRoute,
    Refusal,
    RepRoute,
    RepSource,
    Route,
    TerritoryRoute,
    TrunkSource,
    hops_to,
)
from tests.dialplan.samples import ALICE, PSTN, SAUL, SEATTLE, SPARE, plan
from tests.dialplan.test_numbers import SPELLINGS

PLAN = plan()
TO_ALICE = RepRoute(rep="alice", extension="101", display_name="Alice Moreno")
TO_SAUL = RepRoute(rep="saul", extension="102", display_name="Saul Berg")
TO_SEATTLE = TerritoryRoute(territory="seattle", extension="801", display_name="Seattle")
OUT = OutsideRoute(number="+12065550100", hops=hops_to((PSTN, SPARE), "+12065550100"))


def refusal(route: Route | Refusal) -> Refusal:
    assert isinstance(route, Refusal)
    return route


@pytest.mark.parametrize("user", ["saul", "102", "tel:102;phone-context=switch.test"])
def test_a_rep_is_dialled_by_name_or_extension(user: str) -> None:
    assert PLAN.route_call(RepSource(name="alice"), user) == TO_SAUL
    assert PLAN.route_transfer("alice", user) == TO_SAUL


@pytest.mark.parametrize("user", SPELLINGS)
def test_a_rep_dials_or_transfers_to_an_outside_number_however_it_is_written(user: str) -> None:
    assert PLAN.route_call(RepSource(name="alice"), user) == OUT
    assert PLAN.route_transfer("alice", user) == OUT


@pytest.mark.parametrize("user", ["+14805550100", "480-555-0100", "14805550100"])
def test_a_number_of_ours_reaches_its_rep_and_never_leaves(user: str) -> None:
    assert PLAN.route_call(RepSource(name="saul"), user) == TO_ALICE
    assert PLAN.route_transfer("saul", user) == TO_ALICE


@pytest.mark.parametrize("user", ["alice", "101", "+14805550100"])
def test_a_rep_cannot_call_or_transfer_to_himself(user: str) -> None:
    called = refusal(PLAN.route_call(RepSource(name="alice"), user))
    transferred = refusal(PLAN.route_transfer("alice", user))

    assert (called.status, called.reason) == (482, "Loop Detected")
    assert called.why == f"rep alice dialled himself ({user!r})"
    assert transferred.status == 482
    assert transferred.why == f"rep alice transferred to himself ({user!r})"


def test_the_switch_itself_may_transfer_to_anybody() -> None:
    assert PLAN.route_transfer(None, "alice") == TO_ALICE


@pytest.mark.parametrize("user", ["seattle", "801", "+12065550180", "(206) 555-0180"])
def test_a_territory_is_dialled_by_name_extension_or_its_number(user: str) -> None:
    assert PLAN.route_call(RepSource(name="alice"), user) == TO_SEATTLE
    assert PLAN.route_transfer("saul", user) == TO_SEATTLE
    assert PLAN.route_transfer(None, user) == TO_SEATTLE


@pytest.mark.parametrize("transferor", ["alice", None])
def test_what_the_toll_policy_denies_is_refused_as_a_security_event(transferor: str | None) -> None:
    refused = refusal(PLAN.route_transfer(transferor, "011 44 20 7946 0123"))

    assert (refused.status, refused.reason) == (403, "Forbidden")
    assert refused.denied is not None
    assert (refused.denied.number, refused.denied.limit) == ("+442079460123", "international")
    who = "rep alice" if transferor else "the switch"
    assert refused.why.startswith(
        f"{who} transferred to an outside number that is not allowed: +44"
    )


def test_a_refused_call_that_is_none_of_the_toll_policys_business_is_no_security_event() -> None:
    assert refusal(PLAN.route_call(RepSource(name="alice"), "alice")).denied is None


@pytest.mark.parametrize("user", ["bob", "911", "999", "+1", "", "Saul", "*98", "seattle2"])
def test_what_nobody_has_is_not_found(user: str) -> None:
    called = refusal(PLAN.route_call(RepSource(name="alice"), user))

    assert (called.status, called.reason) == (404, "Not Found")
    assert repr(user) in called.why
    assert refusal(PLAN.route_transfer("alice", user)).status == 404


def test_a_refusal_repeats_hostile_text_escaped_and_clipped() -> None:
    refused = refusal(PLAN.route_call(RepSource(name="alice"), "\nx\u202e" * 1000))

    assert len(refused.why) < 500
    assert refused.why.isascii()
    assert "\n" not in refused.why


def test_without_a_trunk_nobody_outside_can_be_called() -> None:
    refused = refusal(Dialplan(reps=(ALICE,)).route_call(RepSource(name="alice"), "+12065550100"))

    assert (refused.status, refused.reason) == (503, "Service Unavailable")
    assert refused.why == "outside number +12065550100 was dialled, but there is no trunk"


def test_a_number_that_no_trunk_takes_is_not_found() -> None:
    british = Dialplan(reps=(ALICE,), trunks=(replace(PSTN, prefixes=("+44",)),))

    refused = refusal(british.route_call(RepSource(name="alice"), "+12065550100"))

    assert (refused.status, refused.reason) == (404, "Not Found")
    assert refused.why == "outside number +12065550100 was dialled, but no trunk takes it"


def test_who_was_taken_out_of_the_files_calls_nobody() -> None:
    ghost = refusal(PLAN.route_call(RepSource(name="bob"), "saul"))
    extension = refusal(PLAN.route_call(RepSource(name="101"), "saul"))
    trunk = refusal(PLAN.route_call(TrunkSource(name="old"), "+14805550100"))

    assert (ghost.status, extension.status, trunk.status) == (403, 403, 403)
    assert "'bob' is no rep" in ghost.why
    assert "'old' is not configured" in trunk.why


@pytest.mark.parametrize(
    "user", ["+14805550100", "14805550100", "4805550100", "tel:+1-480-555-0100"]
)
def test_a_trunk_reaches_our_numbers_however_the_provider_writes_them(user: str) -> None:
    assert PLAN.route_call(TrunkSource(name="pstn"), user) == TO_ALICE


def test_a_trunk_reaches_a_territory_by_its_number() -> None:
    assert PLAN.route_call(TrunkSource(name="pstn"), "12065550180") == TO_SEATTLE


@pytest.mark.parametrize("diverted", [["4805550100"], ["+12065550100", "+14805550100"]])
def test_a_call_that_comes_back_to_the_number_it_left_is_a_loop(diverted: list[str]) -> None:
    refused = refusal(PLAN.route_call(TrunkSource(name="pstn"), "+14805550100", diverted=diverted))

    assert (refused.status, refused.reason) == (482, "Loop Detected")
    assert refused.why == "a call to +14805550100 came back to it through trunk pstn"


@pytest.mark.parametrize("diverted", [[], ["+12065550180"], ["alice", "", "x"]])
def test_a_call_that_was_elsewhere_before_is_no_loop(diverted: list[str]) -> None:
    found = PLAN.route_call(TrunkSource(name="pstn"), "+14805550100", diverted=diverted)

    assert found == TO_ALICE


def test_a_number_without_plus_is_first_looked_up_as_it_stands() -> None:
    german = Dialplan(
        reps=(SAUL,),
        dids=(Did(number="+4930123456", rep="saul"),),
        trunks=(PSTN,),
        country="DE",
    )

    assert german.route_call(TrunkSource(name="pstn"), "4930123456") == TO_SAUL


@pytest.mark.parametrize("user", ["alice", "101", "seattle", "+12065550100", "", "+"])
def test_a_trunk_reaches_nothing_else(user: str) -> None:
    refused = refusal(PLAN.route_call(TrunkSource(name="pstn"), user))

    assert (refused.status, refused.reason) == (404, "Not Found")
    assert refused.why == f"trunk pstn asked for {user!r}, which is no number of ours"


def test_reps_territories_and_trunks_are_found_by_name_only() -> None:
    assert PLAN.territory("seattle") == SEATTLE
    assert PLAN.territory("801") is None
    assert PLAN.territory("oregon") is None
    assert PLAN.rep("alice") == ALICE
    assert PLAN.rep("101") is None
    assert PLAN.rep("bob") is None
    assert PLAN.trunk("pstn") == PSTN
    assert PLAN.trunk("old") is None


def test_two_dialplans_of_the_same_entries_are_equal() -> None:
    assert plan() == PLAN
    assert "MappingProxyType" not in repr(PLAN)


@given(
    user=st.text() | st.sampled_from(["alice", "saul", "seattle", *SPELLINGS]),
    caller=st.sampled_from(["alice", "saul"]),
)
def test_nobody_rings_himself_and_a_trunk_gets_no_way_out(user: str, caller: str) -> None:
    inside = PLAN.route_call(RepSource(name=caller), user)
    outside = PLAN.route_call(TrunkSource(name="pstn"), user)

    assert not (isinstance(inside, RepRoute) and inside.rep == caller)
    assert not isinstance(outside, OutsideRoute)
    transferred = PLAN.route_transfer(caller, user)
    if isinstance(transferred, OutsideRoute):
        assert transferred.number.startswith("+1")
        assert transferred.number not in {did.number for did in PLAN.dids}
