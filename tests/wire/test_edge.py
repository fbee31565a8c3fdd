"""Node and edge understand each other, however TCP cuts what they say."""

from __future__ import annotations

import base64
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from switch.wire.edge import (
    NETSTRING_LIMIT_BYTES,
    Asked,
    Branch,
    Contacts,
    Hop,
    HopEnded,
    Netstrings,
    Plan,
    Replied,
    Step,
    TrunkState,
    decode,
    encode,
    encode_call_id,
)
from switch.wire.errors import WireError

INVITE = b"INVITE sip:alice@switch.test SIP/2.0\r\n\r\n\x00\xff"
ASKED = Asked(
    event="invite",
    index=7,
    label=9,
    source="trunk",
    name="pstn",
    address="192.0.2.1:5060",
    transport="udp",
    message=base64.b64encode(INVITE).decode(),
)


def netstring(text: bytes) -> bytes:
    return b"%d:%s," % (len(text), text)


def said(struct: msgspec.Struct, **changes: object) -> bytes:
    """Return a message as the edge writes it."""
    return msgspec.json.encode(msgspec.to_builtins(struct) | changes)


def test_a_question_carries_the_request_as_it_came() -> None:
    asked = decode(said(ASKED))

    assert asked == ASKED
    assert isinstance(asked, Asked)
    assert asked.raw() == INVITE


def test_the_edge_tells_of_registrations_and_answers() -> None:
    contacts = Contacts(rep="alice", count=2)
    replied = Replied(index=7, label=9)

    assert decode(said(contacts, event="contacts")) == contacts
    assert decode(said(replied, event="replied")) == replied


@pytest.mark.parametrize(
    ("event", "news"),
    [
        ("branch", Branch(call_id="YQ==", rep="alice", code=486)),
        ("step", Step(index=7, label=9, call_id="YQ==")),
        ("hop", HopEnded(call_id="YQ==", trunk="pstn", code=503)),
        ("trunk", TrunkState(name="pstn", up=True)),
    ],
)
def test_the_edge_tells_of_hunts_and_trunks(event: str, news: msgspec.Struct) -> None:
    assert decode(said(news, event=event)) == news


@pytest.mark.parametrize("call_id", ["a@b", 'a"\\b', "\udcff"])
def test_a_call_id_may_hold_anything(call_id: str) -> None:
    encoded = encode_call_id(call_id)

    assert base64.b64decode(encoded) == call_id.encode("utf-8", "surrogateescape")
    assert encoded.isascii()


@pytest.mark.parametrize("message", ["no base64!", "A", "é"])
def test_a_request_that_is_no_base64_is_none(message: str) -> None:
    asked = decode(said(ASKED, message=message))

    assert isinstance(asked, Asked)
    with pytest.raises(WireError, match="unreadable message from the edge"):
        asked.raw()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"{}",
        b'{"event":7}',
        b'{"event":"sing"}',
        b'{"event":"contacts","rep":"alice"}',
        b'{"event":"contacts","rep":"alice","count":"2"}',
        b'{"event":"replied","index":1.5,"label":1}',
        b'{"event":"\xff"}',
        b"[" * 200_000,
        b'{"event":"contacts","more":' + b"[" * 200_000,
        said(ASKED, source="stranger"),
        said(ASKED, event="register"),
        said(ASKED)[:-1],
    ],
    ids=lambda text: text[:24],
)
def test_what_is_no_message_of_ours_is_refused(text: bytes) -> None:
    with pytest.raises(WireError):
        decode(text)


def test_a_plan_is_a_netstring_without_what_it_does_not_need() -> None:
    plan = Plan(index=7, label=9, action="worker", uri="sip:127.0.0.1:20003")

    (text,) = Netstrings().feed(encode(plan))

    assert msgspec.json.decode(text) == {
        "index": 7,
        "label": 9,
        "action": "worker",
        "uri": "sip:127.0.0.1:20003",
    }


def test_a_plan_has_the_hops_of_a_call_to_outside() -> None:
    hop = Hop(trunk="pstn", ruri="sip:+1@192.0.2.1", uri="sip:192.0.2.1")
    plan = Plan(index=7, label=9, action="trunk", hops=(hop,), max_forwards=0)

    (text,) = Netstrings().feed(encode(plan))

    assert msgspec.json.decode(text)["hops"] == [
        {"trunk": "pstn", "ruri": "sip:+1@192.0.2.1", "uri": "sip:192.0.2.1"}
    ]
    assert msgspec.json.decode(text)["max_forwards"] == 0


TEXTS = [b"", b"a", b"1:x,", b"," * 12, b"x" * 100]


@pytest.mark.parametrize("size_bytes", [1, 2, 3, 7, 1000])
def test_netstrings_may_be_cut_anywhere(size_bytes: int) -> None:
    stream = b"".join(map(netstring, TEXTS))
    netstrings = Netstrings()

    heard = [
        text
        for start in range(0, len(stream), size_bytes)
        for text in netstrings.feed(stream[start : start + size_bytes])
    ]

    assert heard == TEXTS


def test_netstrings_may_be_cut_at_every_byte() -> None:
    stream = b"".join(map(netstring, TEXTS))
    for cut in range(len(stream) + 1):
        netstrings = Netstrings()

        assert netstrings.feed(stream[:cut]) + netstrings.feed(stream[cut:]) == TEXTS


@settings(deadline=None)
@given(texts=st.lists(st.binary()), cuts=st.lists(st.integers(0, 400)))
def test_netstrings_come_out_as_they_went_in(texts: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(map(netstring, texts))
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut <= len(stream))})
    netstrings = Netstrings()

    heard = [text for start, end in pairwise(edges) for text in netstrings.feed(stream[start:end])]

    assert heard == texts


@pytest.mark.parametrize(
    ("received", "problem"),
    [
        (b"3:abcd,", "without its comma"),
        (b"5:abc,3:abc,", "without its comma"),
        (b"abc", "without its length"),
        (b"-1:", "without its length"),
        (b" 3:abc,", "without its length"),
        (b":,", "without its length"),
        (b"3:abc,:,", "without its length"),
        ("³:abc,".encode(), "without its length"),
        (b"12345678", "without its length"),
        (b"9999999:", "a netstring of 9999999 bytes"),
        (b"%d:" % (NETSTRING_LIMIT_BYTES + 1), "a netstring of 262145 bytes"),
        (b"HTTP/1.1 400 Bad Request\r\n", "without its length"),
    ],
)
def test_what_are_no_netstrings_is_refused(received: bytes, problem: str) -> None:
    with pytest.raises(WireError, match=problem):
        Netstrings().feed(received)


def test_the_longest_netstring_is_taken() -> None:
    text = b"x" * NETSTRING_LIMIT_BYTES

    assert Netstrings().feed(netstring(text)) == [text]


@settings(deadline=None)
@given(chunks=st.lists(st.binary()))
def test_whatever_comes_is_netstrings_or_a_wire_error(chunks: list[bytes]) -> None:
    netstrings = Netstrings()
    for chunk in chunks:
        try:
            heard = netstrings.feed(chunk)
        except WireError:
            return
        assert sum(map(len, heard)) <= sum(map(len, chunks))


@settings(deadline=None)
@given(text=st.binary())
def test_whatever_is_in_a_netstring_is_a_message_or_a_wire_error(text: bytes) -> None:
    with pytest.raises(WireError):
        decode(text)


def test_a_plan_shows_no_secret_when_it_is_printed() -> None:
    hop = Hop(trunk="pstn", ruri="sip:1@192.0.2.1", uri="sip:192.0.2.1", auth_ha1="5ec2e7")

    assert "pstn" in repr(hop)
    assert "5ec2e7" not in repr(hop)
