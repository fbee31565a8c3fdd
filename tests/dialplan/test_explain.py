"""What would become of a call, in sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialplan import Dialplan, RepSource, Strategy, TrunkSource, explain
from tests.dialplan.samples import ALICE, PSTN, SAUL, SEATTLE, plan

PLAN = plan()
AS_ALICE = RepSource(name="alice")
BACK = (
    "If nobody of seattle takes it: a transfer goes back to the transferor, "
    "a call ends with 480, or 486 if all who rang said no."
)


def test_a_rep_is_told_with_all_his_phones() -> None:
    assert explain(PLAN, AS_ALICE, "saul") == (
        "saul rings (Saul Berg, extension 102), on all his phones.",
    )


def test_an_outside_number_is_told_with_its_form_its_permission_and_its_ways() -> None:
    assert explain(PLAN, AS_ALICE, "(206) 555-0100") == (
        "(206) 555-0100 is +12065550100.",
        "alice may call it: it is a number of US. At most 5 outside calls at once, 10 a minute.",
        (
            "Leaves through trunk pstn (priority 1, weight 1) as "
            "sip:+12065550100@192.0.2.1:5080, showing +14805550100."
        ),
        (
            "If that fails, through trunk spare (priority 2, weight 1) as "
            "sip:+12065550100@192.0.2.2:5060, showing +14805550100."
        ),
    )


def test_a_single_way_has_no_rank_and_may_show_no_number() -> None:
    alone = Dialplan(reps=(ALICE,), trunks=(PSTN,))

    assert explain(alone, AS_ALICE, "+12065550100")[-1] == (
        "Leaves through trunk pstn as sip:+12065550100@192.0.2.1:5080, showing no number."
    )


def test_a_number_of_ours_is_told_with_whom_it_reaches() -> None:
    assert explain(PLAN, TrunkSource(name="pstn"), "12065550180") == (
        "12065550180 is +12065550180.",
        "+12065550180 is a number of ours.",
        "The territory seattle (extension 801) hunts for a rep.",
        "Of saul, whoever is available rings: all at once (ring_all); 30 s in all.",
        BACK,
    )


def test_who_calls_his_own_territory_is_not_rung_by_himself() -> None:
    assert explain(PLAN, RepSource(name="saul"), "801")[1:3] == (
        "Of nobody, whoever is available rings: all at once (ring_all); 30 s in all.",
        "saul is not rung by his own call.",
    )


def test_an_overflow_is_told_to_its_end() -> None:
    chain = Dialplan(
        reps=(ALICE, SAUL),
        territories=(
            replace(SEATTLE, on_no_answer="oregon"),
            replace(SEATTLE, name="oregon", extension="802", on_no_answer="+12065550100"),
        ),
        trunks=(PSTN,),
    )

    assert explain(chain, AS_ALICE, "seattle")[2:] == (
        "If nobody of seattle takes it:",
        "The territory oregon (extension 802) hunts for a rep.",
        "Of saul, whoever is available rings: all at once (ring_all); 30 s in all.",
        "If nobody of oregon takes it:",
        "Leaves through trunk pstn as sip:+12065550100@192.0.2.1:5080, showing no number.",
    )


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        (Strategy.RING_ALL, "all at once"),
        (Strategy.LONGEST_IDLE, "the longest idle first, 15 s each"),
        (Strategy.ROUND_ROBIN, "one after the other in turn, 15 s each"),
        (Strategy.FEWEST_CALLS, "who answered the fewest calls first, 15 s each"),
        (Strategy.SEQUENTIAL, "one after the other in this order, 15 s each"),
        (Strategy.RANDOM, "one after the other by chance, 15 s each"),
        (Strategy.PROGRESSIVE, "one, and every 8 s the next joins in"),
    ],
)
def test_each_strategy_is_told(strategy: Strategy, expected: str) -> None:
    hunting = Dialplan(reps=(ALICE, SAUL), territories=(replace(SEATTLE, strategy=strategy),))

    assert f"{expected} ({strategy.value})" in explain(hunting, AS_ALICE, "seattle")[1]


def test_a_refusal_is_told_with_its_reason() -> None:
    assert explain(PLAN, AS_ALICE, "nobody") == (
        (
            "Refused with 404 Not Found: 'nobody' is no rep, no territory, no extension and no "
            "telephone number."
        ),
    )


def test_what_the_toll_policy_denies_is_told_as_the_security_event_it_is() -> None:
    assert explain(PLAN, AS_ALICE, "+442079460123") == (
        (
            "Refused with 403 Forbidden: rep alice dialled an outside number that is not allowed: "
            "+442079460123 is a number of GB, not of US: international."
        ),
        "A refused transfer stays with the transferor, and is a security event.",
    )
