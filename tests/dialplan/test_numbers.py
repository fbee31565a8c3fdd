"""Telephone numbers in all their spellings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialplan.numbers import is_country, is_emergency, plain, to_e164

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
