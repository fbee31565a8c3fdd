"""Who we say that we are on a leg to the outside, and how the call came to it."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.node.identity import Journey, identity_headers

NUMBER = "+12065550100"
OURS = "+14805550100"


def headers(
    *,
    dialled: str | None = None,
    transferor: str | None = None,
    shown: str | None = OURS,
    private: bool = False,
) -> list[str]:
    text = identity_headers(
        domain="switch.test",
        shown=shown,
        private=private,
        journey=Journey(dialled=dialled, transferor=transferor, number=NUMBER),
    )
    *lines, rest = text.split("\r\n")
    assert rest == ""
    return lines


def stop(user: str) -> str:
    """Return who was on the way of a call."""
    return f"<sip:{user}@switch.test>"


def test_a_rep_who_calls_out_is_vouched_for_and_nobody_else_is_named() -> None:
    assert headers() == [f"P-Asserted-Identity: <sip:{OURS}@switch.test>"]


def test_without_a_number_to_show_nothing_is_said() -> None:
    assert headers(shown=None) == []


def test_whoever_withheld_his_number_keeps_it_withheld() -> None:
    assert headers(private=True) == [
        f"P-Asserted-Identity: <sip:{OURS}@switch.test>",
        "Privacy: id",
    ]
    assert headers(shown=None, private=True) == ["Privacy: id"]


def test_a_transfer_tells_who_was_dialled_and_who_transferred() -> None:
    stops = [
        f"{stop(OURS)};index=1",
        f"{stop('alice')};index=1.1;mp=1",
        f"{stop(NUMBER)};index=1.1.1;mp=1.1",
    ]
    assert headers(dialled=OURS, transferor="alice") == [
        f"P-Asserted-Identity: <sip:{OURS}@switch.test>",
        f"Diversion: <sip:{OURS}@switch.test>;reason=deflection;counter=1",
        f"History-Info: {', '.join(stops)}",
    ]


def test_whom_a_rep_called_and_transferred_was_diverted_by_the_rep() -> None:
    assert headers(transferor="alice", shown=None) == [
        "Diversion: <sip:alice@switch.test>;reason=deflection;counter=1",
        f"History-Info: {stop('alice')};index=1, {stop(NUMBER)};index=1.1;mp=1",
    ]


def test_what_nobody_of_us_answered_was_diverted_by_nobody_in_person() -> None:
    assert headers(dialled=OURS, shown=None) == [
        f"Diversion: <sip:{OURS}@switch.test>;reason=no-answer;counter=1",
        f"History-Info: {stop(OURS)};index=1, {stop(NUMBER)};index=1.1;mp=1",
    ]


@pytest.mark.parametrize("hostile", ["a\r\nX-Evil: 1", "a>;b=<c", "a, <sip:b@c>", 'a" b', "ä\0"])
def test_nothing_that_was_dialled_can_write_a_header(hostile: str) -> None:
    lines = headers(dialled=hostile, transferor=hostile, shown=hostile)

    assert [line.partition(": ")[0] for line in lines] == [
        "P-Asserted-Identity",
        "Diversion",
        "History-Info",
    ]
    assert unquote(lines[1]) == f"Diversion: {stop(hostile)};reason=deflection;counter=1"
    assert lines[2].count(", <") == 2


@given(dialled=st.text(min_size=1), transferor=st.none() | st.text(min_size=1))
def test_whatever_was_dialled_there_are_as_many_lines_as_were_meant(
    dialled: str, transferor: str | None
) -> None:
    lines = headers(dialled=dialled, transferor=transferor)

    assert len(lines) == 3
    assert all(line.isprintable() and line.isascii() for line in lines)
