from __future__ import annotations

import base64
from typing import Any

import pytest

from switch.node.stranded import Stranded, refusal_of
from switch.wire.edge import Asked

EDGE = ("127.0.0.1", 5070)
INVITE = (
    "INVITE sip:+14805550100@switch.test SIP/2.0\r\n"
    "v: SIP/2.0/UDP 10.0.0.7:5060;rport;branch=z9hG4bK1\r\n"
    "Via: SIP/2.0/UDP 10.0.0.6;branch=z9hG4bK0\r\n"
    "From: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: c\r\nCSeq: 7 INVITE\r\n\r\n"
)


def asked(message: str = INVITE, **changed: Any) -> Asked:
    usual: dict[str, Any] = {
        "event": "invite",
        "index": 3,
        "label": 9,
        "source": "trunk",
        "name": "pstn",
        "address": "192.0.2.1:1234",
        "transport": "udp",
        "message": base64.b64encode(message.encode()).decode(),
    }
    return Asked(**(usual | changed))


def test_a_caller_is_answered_by_way_of_the_edge_to_where_he_came_from() -> None:
    refusal = refusal_of(asked(), edge=EDGE)

    assert refusal is not None
    status, *lines = refusal.decode().split("\r\n")
    assert status == "SIP/2.0 503 Service Unavailable"
    assert lines[:3] == [
        "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKlost3.9",
        "Via: SIP/2.0/UDP 10.0.0.7:5060;branch=z9hG4bK1;received=192.0.2.1;rport=1234",
        "Via: SIP/2.0/UDP 10.0.0.6;branch=z9hG4bK0",
    ]
    assert "CSeq: 7 INVITE" in lines
    assert "Retry-After: 1" in lines


def test_of_several_values_in_one_line_the_first_is_completed() -> None:
    both = INVITE.replace("branch=z9hG4bK1\r\nVia: ", "branch=z9hG4bK1, ")

    refusal = refusal_of(asked(both), edge=EDGE)

    assert refusal is not None
    assert b"branch=z9hG4bK1;received=192.0.2.1;rport=1234" in refusal
    assert refusal.count(b"received=") == 1


@pytest.mark.parametrize(
    "question",
    [
        asked(event="refer"),
        asked(event="bye"),
        asked(transport="tcp"),
        asked(message="rubbish"),
        asked("SIP/2.0 200 OK\r\nCall-ID: c\r\nCSeq: 7 INVITE\r\n\r\n"),
        Asked(**{**{f: getattr(asked(), f) for f in Asked.__struct_fields__}, "message": "*"}),
    ],
)
def test_nobody_else_is_answered(question: Asked) -> None:
    assert refusal_of(question, edge=EDGE) is None
    Stranded(EDGE).refuse(question)
