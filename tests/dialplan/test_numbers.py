"""Telephone numbers in all their spellings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialplan.numbers import (
    calling_code,
    country_of,
    is_country,
    is_emergency,
    is_premium,
    plain,
    to_e164,
)

SPELLINGS = [
    "(206) 555-0100",
    "+12065550100",
    "2065550100",
    "12065550100",
    "206.555.0100",
    "tel:+1-206-555-0100",
    "TEL:206-555-0100;phone-context=+1",
    "+12065550100;phone-context=switch.test",
    "5550100;phone-context=+1206",
    "2065550100;isub=1411;Phone-Context=+1",
    "011 1 206 555 0100",
]


@pytest.mark.parametrize("dialled", SPELLINGS)
def test_every_spelling_of_a_number_reaches_the_same_place(dialled: str) -> None:
    assert to_e164(dialled, "US") == "+12065550100"


@pytest.mark.parametrize(
    ("dialled", "country", "number"),
    [
        ("030 123456", "DE", "+4930123456"),
        ("+44 20 7946 0123", "US", "+442079460123"),
        ("011442079460123", "US", "+442079460123"),
    ],
)
def test_a_number_without_plus_belongs_to_the_country(
    dialled: str, country: str, number: str
) -> None:
    assert to_e164(dialled, country) == number


@pytest.mark.parametrize(
    ("dialled", "country"),
    [
        ("911", "US"),
        ("112", "DE"),
        ("18", "FR"),
        ("101", "US"),
        ("5550100", "US"),
        ("+1", "US"),
        ("+999123456789", "US"),
        ("1" * 40, "US"),
        ("1" * 4000, "US"),
        ("*98", "US"),
        ("", "US"),
        ("+", "US"),
        ("()", "US"),
        ("alice", "US"),
        ("206555saul", "US"),
        ("1-800-FLOWERS", "US"),
        ("٢٠٦٥٥٥٠١٠٠", "US"),
        ("5550100;phone-context=+saul", "US"),
        ("tel:", "US"),
    ],
)
def test_short_numbers_names_and_nonsense_are_no_outside_number(dialled: str, country: str) -> None:
    assert to_e164(dialled, country) is None


@pytest.mark.parametrize(
    ("dialled", "expected"),
    [
        ("alice", "alice"),
        ("saul;day=tuesday", "saul;day=tuesday"),
        ("tel:101;phone-context=switch.test", "101"),
        ("101", "101"),
        ("+1 (206) 555-0100", "+12065550100"),
        ("+12065550100;phone-context=+49", "+12065550100"),
    ],
)
def test_what_was_dialled_loses_only_its_dress(dialled: str, expected: str) -> None:
    assert plain(dialled) == expected


def test_the_numbers_that_call_for_help_are_known() -> None:
    assert is_emergency("911", "US")
    assert is_emergency("110", "DE")
    assert not is_emergency("110", "US")


def test_a_country_is_two_capital_letters() -> None:
    assert is_country("US")
    assert not is_country("us")
    assert not is_country("Utopia")


@given(st.text() | st.text(alphabet="+0123456789()-. ;tel:phone-context="))
def test_any_text_is_a_number_or_none(dialled: str) -> None:
    number = to_e164(dialled, "US")

    assert number is None or number.removeprefix("+").isascii()


@given(st.integers(min_value=200_555_0000, max_value=989_999_9999))
def test_a_number_in_its_normal_form_stays_as_it_is(digits: int) -> None:
    number = to_e164(f"+1{digits}", "US")

    assert number is not None
    assert to_e164(number, "DE") == number


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+12065550100", "US"),
        ("+14165550100", "CA"),
        ("+18765550100", "JM"),
        ("+442079460123", "GB"),
        ("+15555550100", "US"),
        ("+490900123456", "DE"),
        ("+88216123456", None),
        ("+97912345678", None),
    ],
)
def test_a_number_has_a_country_also_where_several_share_a_code(
    number: str, expected: str | None
) -> None:
    assert country_of(number, "US") == expected


def test_a_number_of_an_unknown_block_counts_as_ours_only_if_we_share_its_code() -> None:
    assert country_of("+15555550100", "CA") == "CA"
    assert country_of("+15555550100", "DE") == "US"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+19002345678", True),
        ("+449012345678", True),
        ("+97912345678", True),
        ("+12065550100", False),
        ("+18005550100", False),
    ],
)
def test_premium_numbers_are_known(number: str, expected: bool) -> None:
    assert is_premium(number) is expected


def test_the_code_of_a_country_is_found() -> None:
    assert calling_code("+12065550100") == "1"
    assert calling_code("+442079460123") == "44"
