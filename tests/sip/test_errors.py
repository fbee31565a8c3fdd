"""What the errors of parsing say."""

from __future__ import annotations

from switch.sip.errors import SipParseError


def test_an_error_names_what_was_read_and_fits_one_short_line() -> None:
    error = SipParseError(what="CSeq", why="not a number", text="x\r\n" * 1000)

    assert str(error).startswith(r"bad CSeq: not a number: 'x\r\nx\r\n")
    assert len(str(error)) < 300


def test_an_error_without_text_ends_after_the_reason() -> None:
    assert str(SipParseError(what="To", why="missing")) == "bad To: missing"
