"""A dialplan that contradicts itself is refused, with all its problems at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dialplan import (
    Dialplan,
    DialplanError,
    Did,
    OwnToll,
    Problem,
    Rep,
    Srtp,
    Territory,
    Toll,
    Trunk,
    find_problems,
)
from tests.dialplan.samples import ALICE, OUR_SEATTLE, OURS, PSTN, SAUL, SEATTLE, SPARE


def problems(
    *,
    reps: tuple[Rep, ...] = (ALICE, SAUL),
    territories: tuple[Territory, ...] = (SEATTLE,),
    dids: tuple[Did, ...] = (OURS,),
    trunks: tuple[Trunk, ...] = (PSTN, SPARE),
    country: str = "US",
) -> tuple[Problem, ...]:
    return find_problems(
        reps=reps,
        territories=territories,
        dids=dids,
        trunks=trunks,
        country=country,
        toll=Toll(),
    )


def only(found: tuple[Problem, ...]) -> tuple[str, int, str, str]:
    assert len(found) == 1, found
    return found[0].kind, found[0].index, found[0].key, found[0].expected


def test_a_good_dialplan_has_no_problems() -> None:
    assert problems() == ()
    assert problems(reps=(), territories=(), dids=(), trunks=()) == ()


def test_an_unknown_country_is_told_alone_for_all_else_hangs_on_it() -> None:
    kind, _, key, expected = only(problems(country="USA", trunks=(PSTN, PSTN)))

    assert (kind, key) == ("country", "country")
    assert "two capital letters" in expected


def test_names_and_extensions_are_judged_where_they_stand() -> None:
    found = problems(
        reps=(ALICE, SAUL, replace(ALICE, name="101", extension="103")),
        territories=(replace(SEATTLE, extension="911"),),
    )

    assert [(one.kind, one.index, one.key) for one in found] == [
        ("rep", 2, "name"),
        ("territory", 0, "extension"),
    ]


def test_names_and_extensions_are_of_one_person_or_territory_only() -> None:
    found = problems(
        reps=(ALICE, SAUL, replace(ALICE, extension="102")),
        territories=(replace(SEATTLE, name="saul"),),
    )

    assert [str(problem) for problem in found] == [
        "rep 3: name = 'alice': something else: rep 1 has it already",
        "rep 3: extension = '102': something else: rep saul has it already",
        "territory 1: name = 'saul': something else: rep 2 has it already",
    ]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ((), "at least one rep"),
        (("saul", "bob"), "names of reps; bob is none of alice, saul"),
        (("saul", "saul"), "each rep once"),
    ],
)
def test_a_territory_has_reps_each_once(members: tuple[str, ...], expected: str) -> None:
    found = only(problems(territories=(replace(SEATTLE, members=members),)))

    assert found == ("territory", 0, "members", expected)


@pytest.mark.parametrize("value", [-1, 3600.5])
def test_the_time_for_notes_is_within_its_range(value: float) -> None:
    found = problems(
        reps=(replace(ALICE, wrap_up_s=value), replace(SAUL, wrap_up_s=0)),
        territories=(replace(SEATTLE, wrap_up_s=value),),
    )

    assert [(one.kind, one.index, one.key, one.value) for one in found] == [
        ("rep", 0, "wrap_up_s", value),
        ("territory", 0, "wrap_up_s", value),
    ]
    assert "0 to 3600" in found[0].expected


@pytest.mark.parametrize("key", ["ring_s", "step_s", "grow_s"])
@pytest.mark.parametrize("value", [0.5, 600.5])
def test_the_times_of_a_territory_are_within_their_range(key: str, value: float) -> None:
    changed: dict[str, Any] = {key: value}

    found = only(problems(territories=(replace(SEATTLE, **changed),)))

    assert found == ("territory", 0, key, "seconds, 1 to 600")


def test_a_number_is_written_in_its_normal_form_and_stands_once() -> None:
    found = problems(dids=(OURS, Did(number="7", rep="saul"), replace(OURS, rep="saul")))

    assert [(one.index, one.key) for one in found] == [(1, "number"), (2, "number")]
    assert found[1].expected == "something else: did 1 has it already"


def test_a_number_reaches_a_rep_who_exists() -> None:
    found = only(problems(dids=(replace(OURS, rep="bob"),)))
    nobody = problems(dids=(replace(OURS, rep="bob"),), reps=(), territories=())

    assert found == ("did", 0, "rep", "the name of a rep: alice, saul")
    assert only(nobody)[3] == "the name of a rep: none"


def test_a_number_reaches_a_territory_that_exists() -> None:
    assert problems(dids=(OUR_SEATTLE,)) == ()
    found = only(problems(dids=(replace(OUR_SEATTLE, territory="saul"),)))

    assert found == ("did", 0, "territory", "the name of a territory: seattle")


@pytest.mark.parametrize(("rep", "territory"), [(None, None), ("alice", "seattle")])
def test_a_number_reaches_either_a_rep_or_a_territory(
    rep: str | None, territory: str | None
) -> None:
    found = only(problems(dids=(replace(OURS, rep=rep, territory=territory),)))

    assert found == ("did", 0, "rep", "either a rep or a territory, one of the two")


def test_overflows_trunks_and_tolls_are_judged_too() -> None:
    found = problems(
        reps=(replace(ALICE, toll=OwnToll(allow=("44",))), SAUL),
        territories=(replace(SEATTLE, on_no_answer="nobody"),),
        trunks=(replace(PSTN, strip=9),),
    )

    assert [(one.kind, one.key) for one in found] == [
        ("territory", "on_no_answer"),
        ("trunk", "strip"),
        ("rep", "toll.allow"),
    ]


def test_a_contradicting_dialplan_cannot_be_built() -> None:
    with pytest.raises(DialplanError) as caught:
        Dialplan(reps=(ALICE, ALICE), country="US")

    assert len(caught.value.problems) == 2
    assert str(caught.value).count("\n") == 1


def test_the_codecs_of_a_rep_are_known_ones() -> None:
    limited = replace(SAUL, codecs=("G722", "PCMX"))

    assert only(problems(reps=(ALICE, limited)))[:3] == ("rep", 1, "codecs")


@pytest.mark.parametrize("apart", [{"webrtc": True}, {"srtp": Srtp.REQUIRED}])
def test_who_gets_one_offer_is_of_one_kind(apart: dict[str, Any]) -> None:
    both = replace(SEATTLE, members=("alice", "saul"))
    other = replace(SAUL, **apart)

    assert only(problems(reps=(ALICE, other), territories=(both,)))[2] == "members"
    assert problems(reps=(replace(ALICE, **apart), other), territories=(both,)) == ()
    assert problems(reps=(ALICE, replace(SAUL, srtp=Srtp.OPTIONAL)), territories=(both,)) == ()


@pytest.mark.parametrize("target", ["alice", "phoenix", "+12065550100"])
def test_a_territory_of_browsers_overflows_to_browsers(target: str) -> None:
    browsers = replace(SAUL, webrtc=True)
    seattle = replace(SEATTLE, on_no_answer=target)
    phoenix = Territory(name="phoenix", extension="802", members=("alice",))

    found = problems(reps=(ALICE, browsers), territories=(seattle, phoenix))

    assert only(found)[2] == "on_no_answer"
    if target != "+12065550100":
        all_browsers = (replace(ALICE, webrtc=True), browsers)
        assert problems(reps=all_browsers, territories=(seattle, phoenix)) == ()
