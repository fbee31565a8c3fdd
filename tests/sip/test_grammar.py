"""The small pieces of SIP's grammar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.sip import grammar
from switch.sip.errors import SipParseError


def test_a_list_is_split_outside_quotes_and_brackets_only() -> None:
    text = r'"a, \"b\", <c" <sip:x,y@z>;q=1 , <sip:b>,'

    parts = grammar.split_outside(text, ",", what="list")

    assert parts == [r'"a, \"b\", <c" <sip:x,y@z>;q=1', "<sip:b>", ""]


@pytest.mark.parametrize("text", ['"never closed', "<sip:x", r'"ends with a backslash\"'])
def test_what_is_never_closed_is_refused(text: str) -> None:
    with pytest.raises(SipParseError):
        grammar.split_outside(text, ",", what="list")


def test_escapes_that_are_no_utf_8_are_refused() -> None:
    with pytest.raises(SipParseError):
        grammar.unescape("%C3%28", what="x")
    with pytest.raises(SipParseError):
        grammar.unescape("€%41", what="x")


def test_a_name_may_not_appear_twice() -> None:
    grammar.require_unique(["a", "b"], what="x", text="")
    with pytest.raises(SipParseError):
        grammar.require_unique(["a", "a"], what="x", text="")


@given(st.text())
def test_a_quoted_string_says_what_was_quoted(text: str) -> None:
    assert grammar.unquote(grammar.quote(text)) == text
