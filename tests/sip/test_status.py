"""Statuses and the body of a NOTIFY."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.sip.errors import SipParseError
from switch.sip.status import (
    PHRASES,
    StatusClass,
    is_final,
    parse_sipfrag,
    reason_phrase,
    sipfrag,
    status_class,
)


def test_the_first_digit_is_the_class() -> None:
    assert status_class(183) is StatusClass.PROVISIONAL
    assert status_class(606) is StatusClass.GLOBAL_FAILURE


@pytest.mark.parametrize("status", [0, 99, 700, -1])
def test_a_number_outside_100_to_699_is_no_status(status: int) -> None:
    with pytest.raises(ValueError, match="is no SIP status"):
        status_class(status)
    with pytest.raises(ValueError, match="is no SIP status"):
        reason_phrase(status)


def test_an_unknown_status_reads_as_the_first_of_its_class() -> None:
    assert reason_phrase(499) == "Bad Request"
    assert reason_phrase(299) == "OK"


def test_only_from_200_on_a_status_ends_its_transaction() -> None:
    assert not is_final(183)
    assert is_final(200)


def test_a_notify_tells_the_status_in_one_line() -> None:
    assert sipfrag(486) == "SIP/2.0 486 Busy Here\r\n"
    assert sipfrag(403, "Not to\r\nVia: outside") == "SIP/2.0 403 Not to Via: outside\r\n"


@given(st.sampled_from(sorted(PHRASES)))
def test_a_told_status_is_read_again(status: int) -> None:
    assert parse_sipfrag(sipfrag(status)) == (status, PHRASES[status])


def test_a_body_may_go_on_after_its_status_line_or_say_no_phrase() -> None:
    assert parse_sipfrag(b"SIP/2.0 200 OK\r\nContact: <sip:a@b.c>\r\n") == (200, "OK")
    assert parse_sipfrag("SIP/2.0 200") == (200, "")


@pytest.mark.parametrize("body", ["", "200 OK", "SIP/2.0 99 x", "SIP/2.0 2000 x", "SIP/2.0 200OK"])
def test_a_body_without_a_status_line_is_refused(body: bytes | str) -> None:
    with pytest.raises(SipParseError):
        parse_sipfrag(body)


@given(st.binary() | st.text())
def test_any_body_tells_a_status_or_is_an_error(body: bytes | str) -> None:
    try:
        status, _ = parse_sipfrag(body)
    except SipParseError:
        return
    assert 100 <= status <= 699
