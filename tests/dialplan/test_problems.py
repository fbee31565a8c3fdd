"""A dialplan that contradicts itself is refused, with all its problems at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialplan import Dialplan, DialplanError, Did, Problem, Rep, Territory, Trunk, find_problems
from tests.dialplan.samples import ALICE, OURS, PSTN, SAUL, SEATTLE, SPARE


def problems(
    *,
    reps: tuple[Rep, ...] = (ALICE, SAUL),
    territories: tuple[Territory, ...] = (SEATTLE,),
    dids: tuple[Did, ...] = (OURS,),
    trunks: tuple[Trunk, ...] = (PSTN, SPARE),
    country: str = "US",
) -> tuple[Problem, ...]:
    return find_problems(
        reps=reps, territories=territories, dids=dids, trunks=trunks, country=country
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


@pytest.mark.parametrize("name", ["", "Alice", "al ice", "101", "a@b", "-.", "-a", "ä", "alice\n"])
def test_a_name_is_what_fits_a_sip_address_and_is_no_number(name: str) -> None:
    found = only(problems(reps=(ALICE, SAUL, replace(ALICE, name=name, extension="103"))))

    assert found[:3] == ("rep", 2, "name")
    assert "lower-case letters" in found[3]


def test_a_name_has_at_most_64_letters() -> None:
    found = only(problems(reps=(SAUL, ALICE, replace(ALICE, name="a" * 65, extension="103"))))

    assert found[3] == "at most 64 letters"


@pytest.mark.parametrize(
    ("extension", "expected"),
    [
        ("", "2 to 6 digits"),
        ("1", "2 to 6 digits"),
        ("1234567", "2 to 6 digits"),
        ("10a", "2 to 6 digits"),
        ("911", "911 calls for help in US"),
    ],
)
def test_an_extension_is_short_and_calls_nobody_else(extension: str, expected: str) -> None:
    found = only(problems(territories=(replace(SEATTLE, extension=extension),)))

    assert found[:3] == ("territory", 0, "extension")
    assert expected in found[3]


def test_an_extension_is_no_outside_number() -> None:
    found = only(
        problems(
            reps=(replace(ALICE, extension="03123"), SAUL), dids=(), country="DE", territories=()
        )
    )

    assert "03123 is an outside number in DE" in found[3]


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


def test_a_number_is_written_in_its_normal_form() -> None:
    found = problems(dids=(Did(number="(480) 555-0100", rep="alice"), Did(number="7", rep="saul")))

    assert [problem.expected for problem in found] == [
        "the E.164 form: '+14805550100'",
        "a telephone number in E.164 form, such as '+14805550100'",
    ]


def test_a_number_stands_once() -> None:
    found = only(problems(dids=(OURS, replace(OURS, rep="saul"))))

    assert found == ("did", 1, "number", "something else: did 1 has it already")


def test_a_number_reaches_a_rep_who_exists() -> None:
    found = only(problems(dids=(replace(OURS, rep="bob"),)))
    nobody = problems(dids=(replace(OURS, rep="bob"),), reps=(), territories=())

    assert found == ("did", 0, "rep", "the name of a rep: alice, saul")
    assert only(nobody)[3] == "the name of a rep: none"


def test_a_number_cannot_reach_a_territory_yet() -> None:
    found = only(problems(dids=(replace(OURS, rep="seattle"),)))

    assert found[3].endswith("; a number cannot reach a territory yet")


def test_trunks_have_names_of_their_own() -> None:
    found = problems(
        trunks=(PSTN, replace(SPARE, name="pstn"), Trunk(name="X", address="192.0.2.3"))
    )

    assert [problem.expected for problem in found] == [
        "something else: trunk 1 has it already",
        "lower-case letters, digits, '.', '_' and '-', at least one letter, no mark in front",
    ]


@pytest.mark.parametrize(
    ("address", "port", "expected"),
    [
        ("sip.example", None, "a host name will not do"),
        ("::1", None, "an IPv4 address"),
        ("0.0.0.0", None, "of one machine"),
        ("224.0.0.1", None, "of one machine"),
        ("192.0.2.1", 5080, "trunk pstn does not have too"),
        ("192.0.2.1", None, "trunk pstn does not have too"),
        ("192.0.2.2", 5090, "trunk spare does not have too"),
    ],
)
def test_a_trunk_is_known_by_an_address_of_its_own(
    address: str, port: int | None, expected: str
) -> None:
    found = only(problems(trunks=(PSTN, SPARE, Trunk(name="x", address=address, port=port))))

    assert found[:3] == ("trunk", 2, "address")
    assert expected in found[3]


def test_two_trunks_may_share_an_address_if_their_ports_differ() -> None:
    assert problems(trunks=(PSTN, Trunk(name="x", address=PSTN.address, port=5090))) == ()


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_is_within_its_range(port: int) -> None:
    found = only(problems(trunks=(replace(PSTN, port=port),)))

    assert found == ("trunk", 0, "port", "a port, 1 to 65535; 0 or left out means any")


def test_a_contradicting_dialplan_cannot_be_built() -> None:
    with pytest.raises(DialplanError) as caught:
        Dialplan(reps=(ALICE, ALICE), country="US")

    assert len(caught.value.problems) == 2
    assert str(caught.value).count("\n") == 1
