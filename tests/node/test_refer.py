"""Whom a REFER names, or why it is refused as it stands."""

from __future__ import annotations

import pytest

from switch.node.refer import ReadRefer, ReferRefused, read_refer
from switch.sip.message import parse_request
from tests.node.fakes import request

DOMAINS = frozenset({"switch.test", "127.0.0.1"})


def read(*headers: str) -> ReadRefer:
    message = request("REFER", "sip:switch@127.0.0.1:20000", *headers, body="")
    return read_refer(parse_request(message), domains=DOMAINS)


@pytest.mark.parametrize(
    ("refer_to", "user"),
    [
        ("sip:saul@switch.test", "saul"),
        ("<sip:saul@switch.test>", "saul"),
        ('"Saul Berg" <sip:saul@switch.test:5060;transport=tcp>', "saul"),
        ("<sips:saul@SWITCH.TEST>", "saul"),
        ("<sip:102@127.0.0.1>", "102"),
        ("<sip:%73aul@switch.test>", "saul"),
        ("<sip:saul:secret@switch.test>", "saul"),
        ("<sip:saul@switch.test;method=INVITE>", "saul"),
        ("<sip:saul@switch.test?Subject=Hello&From=sip%3Aeve%40evil.test>", "saul"),
        (
            "<sip:+12065550100;phone-context=x@switch.test;user=phone>",
            "+12065550100;phone-context=x",
        ),
        ("tel:+1-206-555-0100", "+12065550100"),
        ("<tel:102;phone-context=switch.test>", "102;phone-context=switch.test"),
        ("<sip:a%2Cb@switch.test>", "a,b"),
    ],
)
def test_the_user_part_is_whom_it_names(refer_to: str, user: str) -> None:
    assert read(f"Refer-To: {refer_to}") == ReadRefer(user=user, notifies=True)


def test_the_compact_form_is_the_same_header() -> None:
    assert read("r: <sip:saul@switch.test>").user == "saul"


@pytest.mark.parametrize(
    ("headers", "status", "why"),
    [
        ([], 400, "0 Refer-To header fields"),
        (
            ["Refer-To: <sip:saul@switch.test>", "r: <sip:bob@switch.test>"],
            400,
            "2 Refer-To header fields",
        ),
        (["Refer-To: <sip:saul@switch.test>, <sip:bob@switch.test>"], 400, "address"),
        (["Refer-To: sip:saul@switch.test, sip:bob@switch.test"], 400, "needs <>"),
        (["Refer-To: <sip:saul@switch.test"], 400, "address"),
        (["Refer-To: saul"], 400, "no scheme"),
        (["Refer-To:"], 400, "scheme"),
        (["Refer-To: <sip:saul@@switch.test>"], 400, "@"),
        (["Refer-To: <sip:saul%zz@switch.test>"], 400, "SIP URI"),
        (["Refer-To: <mailto:saul@switch.test>"], 416, "scheme"),
        (["Refer-To: <http://switch.test/saul>"], 416, "scheme"),
        (["Refer-To: <sip:saul@evil.test>"], 403, "domain is not ours"),
        (["Refer-To: <sip:saul@switch.test.evil.test>"], 403, "domain is not ours"),
        (["Refer-To: <sip:switch.test>"], 400, "names nobody"),
        (["Refer-To: <tel:+>"], 400, "tel URI"),
        (["Refer-To: <sip:saul@switch.test?Replaces=a%3Bto-tag%3Db>"], 501, "attended"),
        (["Refer-To: <sip:saul@switch.test?Subject=x&rEPLACES=a>"], 501, "attended"),
    ],
)
def test_what_names_nobody_is_refused_with_the_status_that_says_why(
    headers: list[str], status: int, why: str
) -> None:
    with pytest.raises(ReferRefused, match=why) as raised:
        read(*headers)

    assert raised.value.sip_status == status
    assert str(raised.value).startswith(f"REFER refused with {status}: ")


@pytest.mark.parametrize(
    ("refer_sub", "notifies"),
    [("false", False), ("False ;x=1", False), ("true", True), ("", True)],
)
def test_a_phone_may_want_no_notifies(refer_sub: str, *, notifies: bool) -> None:
    refer = read("Refer-To: <sip:saul@switch.test>", f"Refer-Sub: {refer_sub}")

    assert refer.notifies is notifies
