"""Addresses: display name, URI and parameters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.sip.address import NameAddr, parse_name_addr
from switch.sip.errors import SipParseError, UnsupportedSchemeError
from switch.sip.uri import Params, SipUri, parse_uri


@pytest.mark.parametrize(
    ("text", "name", "uri", "params"),
    [
        (r'"Al \"x\"" <sip:al@b.c>;tag=1', 'Al "x"', "sip:al@b.c", (("tag", "1"),)),
        ("Alice  B. <sip:al@b.c>", "Alice B.", "sip:al@b.c", ()),
        ("<sip:al@b.c;lr>;lr;tag=x", None, "sip:al@b.c;lr", (("lr", None), ("tag", "x"))),
        ("sip:al@b.c;tag=x", None, "sip:al@b.c", (("tag", "x"),)),
        ('"<a>;,"<sip:al@b.c>', "<a>;,", "sip:al@b.c", ()),
        ('"" <sip:al@b.c>', None, "sip:al@b.c", ()),
        ("Jürgen <sip:j@b.c> ; TAG = x", "Jürgen", "sip:j@b.c", (("tag", "x"),)),
        ('<sip:j@b.c>;note="a;b, \\"c"', None, "sip:j@b.c", (("note", 'a;b, "c'),)),
        ("<tel:+1-206-555-0100>", None, "tel:+12065550100", ()),
        (" <sip:al@b.c?Subject=x> ", None, "sip:al@b.c?Subject=x", ()),
    ],
)
def test_an_address_is_taken_apart(text: str, name: str | None, uri: str, params: Params) -> None:
    address = parse_name_addr(text)

    assert address == NameAddr(display_name=name, uri=parse_uri(uri), params=params)
    assert parse_name_addr(str(address)) == address


def test_the_tag_is_half_of_the_name_of_a_dialog() -> None:
    assert parse_name_addr("<sip:a@b.c>;tag=4711").tag == "4711"
    assert parse_name_addr("<sip:a@b.c>").tag is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alice",
        "<sip:a@b.c>, <sip:d@e.f>",
        "<sip:a@b.c> <sip:d@e.f>",
        "<sip:a@b.c>x;tag=1",
        "<sip:a@b.c",
        "<<sip:a@b.c>",
        '"never closed <sip:a@b.c>',
        'a"b" <sip:a@b.c>',
        '"a" "b" <sip:a@b.c>',
        '" <sip:a@b.c>',
        "a > b <sip:a@b.c>",
        "sip:a@b.c?Subject=x",
        "sip:a,b@b.c",
        "<sip:a@b.c>;",
        "<sip:a@b.c>;tag=",
        "<sip:a@b.c>;tag=a b",
        "<sip:a@b.c>;tag=1;TAG=2",
        "<sip:a@b.c>;t<ag=1",
    ],
)
def test_what_is_not_one_address_is_refused(text: str) -> None:
    with pytest.raises(SipParseError):
        parse_name_addr(text)


def test_an_address_of_another_scheme_is_told_apart() -> None:
    with pytest.raises(UnsupportedSchemeError):
        parse_name_addr("<mailto:watson@bell-telephone.com>")


@given(name=st.none() | st.text(min_size=1), value=st.none() | st.text(min_size=1))
def test_a_rendered_address_reads_as_the_same_address(name: str | None, value: str | None) -> None:
    uri = SipUri(user="a", host="b.c")
    address = NameAddr(display_name=name, uri=uri, params=(("x", value),))

    assert parse_name_addr(str(address)) == address


@given(st.text() | st.text(alphabet='<>"\\;=, sip:a@b.c'))
def test_any_text_is_an_address_or_an_error(text: str) -> None:
    for candidate in (text, f"<sip:a@b.c>{text}", f"{text}<sip:a@b.c>"):
        try:
            parse_name_addr(candidate)
        except SipParseError:
            continue
