"""What single values of a dialplan must be."""

from __future__ import annotations

import pytest

from dialplan.judge import (
    judge_extension,
    judge_name,
    judge_number,
    judge_prefixes,
    judge_taken,
    judge_within,
    listed,
)


@pytest.mark.parametrize("name", ["", "Alice", "al ice", "101", "a@b", "-.", "-a", "ä", "alice\n"])
def test_a_name_is_what_fits_a_sip_address_and_is_no_number(name: str) -> None:
    assert "lower-case letters" in (judge_name(name) or "")


def test_a_name_is_short_and_not_the_word_for_whoever_transferred() -> None:
    assert judge_name("a" * 64) is None
    assert judge_name("a" * 65) == "at most 64 letters"
    assert "another name" in (judge_name("transferor") or "")


@pytest.mark.parametrize(
    ("extension", "country", "expected"),
    [
        ("", "US", "2 to 6 digits, in quotes"),
        ("1", "US", "2 to 6 digits, in quotes"),
        ("1234567", "US", "2 to 6 digits, in quotes"),
        ("10a", "US", "2 to 6 digits, in quotes"),
        ("911", "US", "something else: 911 calls for help in US"),
        ("03123", "DE", "something else: 03123 is an outside number in DE"),
        ("101", "US", None),
    ],
)
def test_an_extension_is_short_and_calls_nobody_else(
    extension: str, country: str, expected: str | None
) -> None:
    assert judge_extension(extension, country) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+14805550100", None),
        ("(480) 555-0100", "the E.164 form: '+14805550100'"),
        ("7", "a telephone number in E.164 form, such as '+14805550100'"),
    ],
)
def test_a_number_is_kept_in_its_normal_form(number: str, expected: str | None) -> None:
    assert judge_number(number, "US") == expected


@pytest.mark.parametrize(
    ("prefixes", "is_right"),
    [
        ((), True),
        (("+",), True),
        (("+44", "+1206"), True),
        (("+44", "+44"), False),
        (("44",), False),
        (("",), False),
        (("+44 20",), False),
        (("+1234567890123456",), False),
    ],
)
def test_beginnings_of_numbers_begin_with_plus(prefixes: tuple[str, ...], is_right: bool) -> None:
    assert (judge_prefixes(prefixes) is None) is is_right


def test_a_range_has_both_its_ends() -> None:
    assert judge_within(1, 1, 5, "calls") is None
    assert judge_within(5, 1, 5, "calls") is None
    assert judge_within(5.1, 1, 5, "calls") == "calls, 1 to 5"
    assert judge_within(0, 1, 5, "calls") == "calls, 1 to 5"


def test_what_only_one_may_have_is_told_with_who_has_it() -> None:
    assert judge_taken("101", {"102": "rep saul"}) is None
    assert judge_taken("101", {"101": "rep alice"}) == ("something else: rep alice has it already")


def test_names_are_listed_as_a_sentence_has_them() -> None:
    assert listed(["alice", "saul"]) == "alice, saul"
    assert listed([]) == "none"
