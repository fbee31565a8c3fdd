"""SIP and tel URIs: RFC 3261 §19.1."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.sip.errors import SipParseError, UnsupportedSchemeError
from switch.sip.uri import SipUri, TelUri, parse_uri


def sip(text: str) -> SipUri:
    uri = parse_uri(text)
    assert isinstance(uri, SipUri)
    return uri


def tel(text: str) -> TelUri:
    uri = parse_uri(text)
    assert isinstance(uri, TelUri)
    return uri


def test_a_uri_is_taken_apart() -> None:
    uri = sip("sips:alice@Switch.TEST:5061;transport=TCP;lr?Subject=two%20words&priority=urgent")

    assert (uri.scheme, uri.user, uri.host, uri.port) == ("sips", "alice", "switch.test", 5061)
    assert uri.params == (("transport", "TCP"), ("lr", None))
    assert uri.param("transport") == "TCP"
    assert uri.param("lr") is None
    assert uri.param("absent") is None
    assert uri.headers == (("Subject", "two words"), ("priority", "urgent"))
    assert uri.dialled == "alice"


@pytest.mark.parametrize(
    ("text", "user", "host"),
    [
        ("sip:alice@atlanta.com", "alice", "atlanta.com"),
        ("SIP:alice@atlanta.com", "alice", "atlanta.com"),
        ("sip:atlanta.com", None, "atlanta.com"),
        ("sip:atlanta.com.", None, "atlanta.com."),
        ("sip:%61lice@192.0.2.4", "alice", "192.0.2.4"),
        ("sip:j%40s0n@a.b", "j@s0n", "a.b"),
        ("sip:alice;day=tuesday@atlanta.com", "alice;day=tuesday", "atlanta.com"),
        ("sip:J%C3%BCrgen@a.b", "Jürgen", "a.b"),
        ("sip:alice@[2001:DB8::1]", "alice", "[2001:db8::1]"),
        ("sip:alice@my_phone-1", "alice", "my_phone-1"),
    ],
)
def test_user_and_host_are_read(text: str, user: str | None, host: str) -> None:
    assert (sip(text).user, sip(text).host) == (user, host)


def test_a_password_is_dropped() -> None:
    uri = sip("sip:alice:secretword@atlanta.com;transport=tcp")

    assert uri.user == "alice"
    assert "secretword" not in repr(uri) + str(uri)


def test_a_telephone_number_is_known_by_its_user_parameter() -> None:
    assert sip("sip:+12065550100@switch.test;user=Phone").is_phone
    assert not sip("sip:+12065550100@switch.test").is_phone


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alice@atlanta.com",
        "sip:",
        "sip:@atlanta.com",
        "sip:alice@",
        "sip:alice@atlanta.com@evil.example",
        "sip:alice@atlanta.com:0",
        "sip:alice@atlanta.com:65536",
        "sip:alice@atlanta.com:",
        "sip:alice@atlanta.com:5060x",
        "sip:alice@1.2.3.999",
        "sip:alice@1.2.3",
        "sip:101",
        "sip:alice@a..b",
        "sip:alice@-a.b",
        "sip:alice@[::1",
        "sip:alice@[:::1]",
        "sip:alice@atl%61nta.com",
        "sip:ali ce@atlanta.com",
        "sip:al%zzice@atlanta.com",
        "sip:al%0d%0aVia:x@atlanta.com",
        "sip:al%ffice@atlanta.com",
        "sip:alice:pass word@atlanta.com",
        "sip:alice@atlanta.com;",
        "sip:alice@atlanta.com;=tcp",
        "sip:alice@atlanta.com;transport=",
        "sip:alice@atlanta.com;lr;LR",
        "sip:alice@atlanta.com?",
        "sip:alice@atlanta.com?Subject",
        "sip:alice@atlanta.com?=x",
        "sip:alice@atlanta.com?a=b;c",
        "sip:alice@atlanta.com?Replaces=1@2",
        "sip:alice@atlanta.com?Subject=%0d%0aVia:%20x",
        " sip:alice@atlanta.com",
        "sip:alice@atlanta.com\r\n",
        "<sip:alice@atlanta.com>",
    ],
)
def test_a_uri_that_could_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(SipParseError) as caught:
        parse_uri(text)

    assert caught.value.sip_status == 400


@pytest.mark.parametrize("text", ["mailto:a@b.c", "http://x.y", "urn:service:sos"])
def test_a_uri_of_another_scheme_is_told_apart_from_nonsense(text: str) -> None:
    with pytest.raises(UnsupportedSchemeError) as caught:
        parse_uri(text)

    assert caught.value.sip_status == 416


def test_a_tel_uri_loses_its_visual_separators() -> None:
    uri = tel("tel:+1-(206)-555.0100;ext=7;Phone-Context=switch.test")

    assert uri.number == "+12065550100"
    assert uri.params == (("ext", "7"), ("phone-context", "switch.test"))
    assert uri.dialled == "+12065550100;ext=7;phone-context=switch.test"
    assert str(uri) == "tel:+12065550100;ext=7;phone-context=switch.test"


def test_a_tel_uri_may_be_local_and_have_stars_and_hashes() -> None:
    assert tel("tel:*98%23").number == "*98#"
    assert str(tel("tel:*98#")) == "tel:*98%23"


@pytest.mark.parametrize(
    "text", ["tel:", "tel:+", "tel:--", "tel:alice", "tel:1;;x", "tel:1;x=1;X=2"]
)
def test_a_tel_uri_without_a_number_is_refused(text: str) -> None:
    with pytest.raises(SipParseError):
        parse_uri(text)


NAMES = st.text(alphabet=string.ascii_letters + string.digits + "-", min_size=1)
VALUES = st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"]), min_size=1)
PARAMS = st.lists(
    st.tuples(NAMES.map(str.lower), st.none() | VALUES), unique_by=lambda pair: pair[0], max_size=3
).map(tuple)
URIS = st.builds(
    SipUri,
    scheme=st.sampled_from(["sip", "sips"]),
    user=st.none() | VALUES,
    host=st.sampled_from(["switch.test", "127.0.0.1", "[::1]", "x"]),
    port=st.none() | st.integers(min_value=1, max_value=65535),
    params=PARAMS,
    headers=st.lists(st.tuples(NAMES, VALUES), max_size=3).map(tuple),
)


@given(URIS)
def test_a_rendered_uri_reads_as_the_same_uri(uri: SipUri) -> None:
    assert parse_uri(str(uri)) == uri


@given(st.builds(TelUri, number=st.from_regex(r"\+?[0-9A-F*#]+", fullmatch=True), params=PARAMS))
def test_a_rendered_tel_uri_reads_as_the_same_uri(uri: TelUri) -> None:
    assert parse_uri(str(uri)) == uri


@given(st.text() | st.text(alphabet="sip:alice@.;=?%1[]+"))
def test_any_text_is_a_uri_or_an_error(text: str) -> None:
    for candidate in (text, f"sip:{text}", f"tel:{text}"):
        try:
            parse_uri(candidate)
        except SipParseError:
            continue
