"""Whole messages: RFC 3261 §7."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.sip.errors import SipParseError, UnsupportedSchemeError
from switch.sip.message import CSeq, SipRequest, SipResponse, parse_message, parse_request

REFER = (
    "REFER sip:alice-leg@127.0.0.1:20003;transport=udp SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1, SIP/2.0/TCP 192.0.2.2;branch=z9hG4bK2\r\n"
    "v: SIP/2.0/UDP 192.0.2.3;branch=z9hG4bK3\r\n"
    'f: "Alice" <sip:alice@switch.test>;tag=a1\r\n'
    "To: <sip:+14805550100@switch.test>;tag=b2\r\n"
    "i: abc@192.0.2.1\r\n"
    "CSEQ :  7   REFER\r\n"
    "r: <sip:saul@switch.test>\r\n"
    "Subject: one,\r\n"
    " two\r\n"
    "\tthree\r\n"
    "Content-Type: Message/SIPFRAG;version=2.0\r\n"
    "l: 4\r\n"
    "\r\n"
    "bodyand more"
)


def test_a_request_is_taken_apart() -> None:
    request = parse_request(REFER)

    assert request.method == "REFER"
    assert request.request_uri == "sip:alice-leg@127.0.0.1:20003;transport=udp"
    assert request.uri.dialled == "alice-leg"
    assert request.call_id == "abc@192.0.2.1"
    assert request.cseq == CSeq(number=7, method="REFER")
    assert (request.from_.display_name, request.from_tag) == ("Alice", "a1")
    assert (request.to.uri.dialled, request.to_tag) == ("+14805550100", "b2")
    assert request.content_type == "message/sipfrag"
    assert request.body == b"body"


def test_fields_of_one_name_are_one_list_in_any_form() -> None:
    request = parse_request(REFER)

    assert [value.rpartition("=")[2] for value in request.all("via")] == [
        "z9hG4bK1",
        "z9hG4bK2",
        "z9hG4bK3",
    ]
    assert request.all("Refer-To") == ("<sip:saul@switch.test>",)
    assert request.all("Route") == ()


def test_a_folded_field_is_one_line_and_a_comma_of_text_splits_nothing() -> None:
    assert parse_request(REFER).all("subject") == ("one, two three",)


def test_two_refer_to_fields_are_two_values_but_a_comma_makes_one() -> None:
    twice = REFER.replace("Subject", "Refer-To: <sip:bob@switch.test>\r\nSubject")
    comma = REFER.replace("<sip:saul@switch.test>", "<sip:a@b.c>,<sip:d@e.f>")

    assert len(parse_request(twice).all("Refer-To")) == 2
    assert len(parse_request(comma).all("Refer-To")) == 1
    with pytest.raises(SipParseError, match="more than one"):
        parse_request(twice).one("Refer-To")


def test_a_response_is_taken_apart() -> None:
    response = parse_message(b"SIP/2.0 486 Busy Here\r\nCall-ID: x\r\n\r\n")

    assert isinstance(response, SipResponse)
    assert (response.status, response.reason, response.call_id) == (486, "Busy Here", "x")
    assert response.body == b""
    assert response.content_type is None


def test_a_response_may_lack_a_phrase_and_headers() -> None:
    response = parse_message("SIP/2.0 200\r\n\r\n")

    assert isinstance(response, SipResponse)
    assert response.reason == ""
    assert response.headers == ()


def test_a_response_where_a_request_is_due_is_refused() -> None:
    with pytest.raises(SipParseError):
        parse_request("SIP/2.0 200 OK\r\n\r\n")


def test_line_feeds_alone_and_empty_lines_before_are_taken() -> None:
    request = parse_request("\r\n\n" + REFER.replace("\r\n", "\n"))

    assert request.call_id == "abc@192.0.2.1"
    assert request.body == b"body"


def test_without_content_length_the_body_is_all_there_is() -> None:
    assert parse_request(REFER.replace("l: 4\r\n", "")).body == b"bodyand more"


def test_a_name_in_a_wrong_alphabet_does_not_lose_the_call() -> None:
    request = parse_request(REFER.encode().replace(b"Alice", b"Andr\xe9"))

    assert request.from_.display_name == "Andr\ufffd"
    assert parse_request(REFER.replace("Alice", "\ud800")).from_.display_name == "?"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\r\n\r\n", "\r\n"),
        ("SIP/2.0\r\n", "SIP/3.0\r\n"),
        ("REFER sip", "REFER  sip"),
        ("REFER sip:", "REFER <sip:"),
        ("REFER sip", "RE\x00FER sip"),
        ("l: 4", "l: -4"),
        ("l: 4", "l: 400"),
        ("l: 4", "l: four"),
        ("l: 4", "l: 4\r\nContent-Length: 5"),
        ("l: 4", "no colon"),
        ("l: 4", ": no name"),
        ("Subject: one", "Subject: o\x00ne"),
        ("Subject: one", "Subject: o\rne"),
        ("\r\nVia", "\r\n Via"),
    ],
)
def test_a_torn_message_is_refused(old: str, new: str) -> None:
    with pytest.raises(SipParseError):
        parse_message(REFER.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "read"),
    [
        ("i: abc@192.0.2.1", "x-i: a", "call_id"),
        ("i: abc@192.0.2.1", "i: a b", "call_id"),
        ("i: abc@192.0.2.1", "i: a\r\nCall-ID: a", "call_id"),
        ("7   REFER", "seven REFER", "cseq"),
        ("7   REFER", "7", "cseq"),
        ("7   REFER", "4294967296 REFER", "cseq"),
        ('"Alice"', '"Alice', "from_"),
        ("<sip:+14805550100@switch.test>", "", "to"),
        ("sip:alice-leg@", "sip:@", "uri"),
    ],
)
def test_a_torn_value_is_refused_when_it_is_asked_for(old: str, new: str, read: str) -> None:
    request = parse_request(REFER.replace(old, new))

    with pytest.raises(SipParseError):
        getattr(request, read)


def test_a_torn_list_is_refused_when_it_is_asked_for() -> None:
    with pytest.raises(SipParseError):
        parse_request(REFER.replace("Via: SIP", 'Via: "SIP')).all("Via")


def test_a_request_to_another_scheme_is_told_apart() -> None:
    with pytest.raises(UnsupportedSchemeError):
        _ = parse_request("INVITE urn:service:sos SIP/2.0\r\n\r\n").uri


def read_everything(raw: bytes | str) -> None:
    try:
        message = parse_message(raw)
    except SipParseError:
        return
    reads = ["call_id", "from_", "to", "from_tag", "to_tag", "cseq", "content_type"]
    if isinstance(message, SipRequest):
        reads.append("uri")
    for read in reads:
        try:
            getattr(message, read)
        except SipParseError:
            continue
    for name in ("Via", "Refer-To", "Contact"):
        try:
            message.all(name)
        except SipParseError:
            continue


@given(st.binary() | st.text())
def test_any_octets_are_a_message_or_an_error(raw: bytes | str) -> None:
    read_everything(raw)


@given(
    cut=st.integers(min_value=0, max_value=len(REFER)),
    length=st.integers(min_value=0, max_value=12),
    patch=st.binary(max_size=12),
)
def test_a_damaged_message_is_a_message_or_an_error(cut: int, length: int, patch: bytes) -> None:
    octets = REFER.encode()

    read_everything(octets[:cut] + patch + octets[cut + length :])


def test_a_hostile_message_is_read_in_linear_time() -> None:
    """Each of these took quadratic time in a reader that backtracks; a hang would show here."""
    spaces = " " * 200_000
    for raw in (
        f"REFER sip:a SIP/2.0\r\nSubject: {spaces}x\r\n\r\n",
        f"REFER sip:a SIP/2.0\r\nSubject{spaces}x\r\n\r\n",
        f"REFER sip:{'-' * 200_000} SIP/2.0\r\n\r\n",
        f"SIP/2.0 200 {spaces}\r\n\r\n",
        "REFER sip:a SIP/2.0\r\nVia: " + "<" * 200_000 + "\r\n\r\n",
        'REFER sip:a SIP/2.0\r\nFrom: "' + '\\"' * 100_000 + "\r\n\r\n",
    ):
        read_everything(raw)
