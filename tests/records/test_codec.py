import contextlib
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.records import codec
from switch.records.codec import PresenceData
from switch.records.errors import (
    ForeignMessageError,
    InvalidRecordError,
    MessageError,
    NewerVersionError,
    UnreadableMessageError,
)
from switch.records.leg import LegRecord
from switch.records.security import SecurityEvent
from tests.records.samples import at, customer, story


def message(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(codec.encode(customer(), node="node1", at=at(1)))
    made.update(changes)
    return made


def decode(made: object) -> LegRecord:
    return codec.decode(json.dumps(made).encode())


def test_a_record_comes_back_as_it_was() -> None:
    for record in story():
        assert codec.decode(codec.encode(record, node="node1", at=at(9))) == record


def test_a_record_is_published_as_a_cloud_event() -> None:
    record = customer(revision=7)

    made = json.loads(codec.encode(record, node="node1", at=at(1)))

    assert made == {
        "specversion": "1.0",
        "id": "leg-0.7",
        "source": "softswitch/node1",
        "type": "softswitch.leg.v1",
        "subject": "leg-0",
        "time": "2026-11-22T12:45:01.000Z",
        "datacontenttype": "application/json",
        "conversationid": "conversation-1",
        "data": json.loads(msgspec.json.encode(record)),
    }


def test_a_repetition_has_the_id_of_the_first() -> None:
    first = json.loads(codec.encode(customer(), node="node1", at=at(1)))
    again = json.loads(codec.encode(customer(), node="node1", at=at(2)))

    assert first["id"] == again["id"]


def test_attributes_and_fields_of_a_later_release_are_skipped() -> None:
    made = message(traceparent="00-1-2-03")
    made["data"]["weather"] = {"path": "x"}

    assert decode(made) == customer()


def test_a_field_that_may_be_none_may_be_missing() -> None:
    made = message()
    del made["data"]["codec"], made["data"]["talks"], made["subject"], made["conversationid"]

    assert decode(made) == customer()


@pytest.mark.parametrize("payload", [b"", b"\xff\xfe", b'{"specversion', b'{"a":' * 100_000])
def test_what_is_no_json_is_unreadable(payload: bytes) -> None:
    with pytest.raises(UnreadableMessageError, match=f"{len(payload)} bytes"):
        codec.decode(payload)


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        ([], "not an object"),
        ("hello", "not an object"),
        ({}, "`specversion` is missing"),
        (message(type=None), "`type` is wrong"),
        (message(specversion="0.3"), "`specversion` is not 1.0"),
        (message(type="com.example.order"), "`type` is not that of a leg record"),
        (message(type="softswitch.presence.v1"), "`type` is not that of a leg record"),
    ],
)
def test_what_is_no_leg_record_is_foreign(made: object, problem: str) -> None:
    with pytest.raises(ForeignMessageError, match=problem):
        decode(made)


def test_a_record_of_a_newer_format_is_refused_by_its_version() -> None:
    with pytest.raises(NewerVersionError, match="version 2, this release reads 1"):
        decode(message(type="softswitch.leg.v2"))


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("revision", 0, "`revision` is wrong"),
        ("revision", "1", "`revision` is wrong"),
        ("leg_id", "a/b", "`leg_id` is wrong"),
        ("conversation_id", "", "`conversation_id` is wrong"),
        ("offered_at", "yesterday", "`offered_at` is wrong"),
        ("offered_at", "2026-11-22T12:45:01Z", "`offered_at` is wrong"),
        ("offered_at", at(0) + "\n", "`offered_at` is wrong"),
        ("offered_at", "2026-02-30T12:00:00.000Z", "no day or hour"),
        ("talks", [{"with_leg": "x", "started_at": "2026-01-01T25:00:00.000Z"}], "no day or hour"),
        (
            "attempts",
            [{"rep": "x", "from_at": "2026-01-32T00:00:00.000Z", "outcome": "busy"}],
            "no day or hour",
        ),
        ("state", "confused", "`state` is wrong"),
        ("end_reason", "+14805550123", "`end_reason` is wrong"),
        ("talks", [{"with_leg": "x"}], "`started_at` is missing"),
        ("talks", [{"with_leg": "x", "started_at": 5}], r"`talks\[0\].started_at` is wrong"),
    ],
)
def test_a_wrong_field_is_named_and_its_value_is_not_repeated(
    field: str, value: object, problem: str
) -> None:
    made = message()
    made["data"][field] = value

    with pytest.raises(InvalidRecordError, match=problem) as caught:
        decode(made)
    assert "4805550123" not in str(caught.value)


def test_a_missing_field_is_named() -> None:
    made = message()
    del made["data"]["offered_at"]

    with pytest.raises(InvalidRecordError, match="`offered_at` is missing"):
        decode(made)


def test_a_message_without_a_record_is_refused() -> None:
    made = message()
    del made["data"]

    with pytest.raises(InvalidRecordError, match="not an object"):
        decode(made)


@pytest.mark.parametrize("attribute", ["subject", "conversationid"])
def test_attributes_of_another_leg_are_refused(attribute: str) -> None:
    with pytest.raises(InvalidRecordError, match=f"`{attribute}`"):
        decode(message(**{attribute: "another"}))


def test_a_message_cut_anywhere_is_refused_with_a_typed_error() -> None:
    whole = codec.encode(story()[-1], node="node1", at=at(9))

    for length in range(len(whole)):
        with pytest.raises(MessageError):
            codec.decode(whole[:length])


@given(st.binary() | st.recursive(st.none() | st.text(), st.lists).map(msgspec.json.encode))
def test_whatever_comes_is_a_record_or_a_typed_error(payload: bytes) -> None:
    with pytest.raises(MessageError):
        codec.decode(payload)


@given(
    st.integers(0, 10_000),
    st.integers(0, 30),
    st.sampled_from([b"\xff", b"\\ud800", b"\\u0000", b"[" * 2000, b"9" * 400, b"", b'"', b"NaN"]),
)
def test_whatever_becomes_of_a_message_on_its_way_it_is_a_record_or_a_typed_error(
    place: int, lost: int, put: bytes
) -> None:
    sent = codec.encode(customer(), node="node1", at=at(1))
    place %= len(sent)

    with contextlib.suppress(MessageError):
        codec.decode(sent[:place] + put + sent[place + lost :])


@pytest.mark.parametrize(
    ("decode_it", "sent"),
    [
        (codec.decode, codec.encode(customer(), node="node1", at=at(1))),
        (
            codec.decode_presence,
            codec.encode_presence(
                PresenceData(rep="Jane", state="available"), node="node1", at=at(1)
            ),
        ),
        (codec.decode_status, codec.encode_status("up", node="Jane", at=at(1))),
    ],
)
def test_a_text_that_is_no_utf_8_inside_a_good_envelope_is_unreadable(
    decode_it: Callable[[bytes], object], sent: bytes
) -> None:
    data = sent.index(b'"data"')

    with pytest.raises(UnreadableMessageError, match="no JSON in the"):
        decode_it(sent[:data] + sent[data:].replace(b"Jane", b"J\xff"))


def test_presence_and_status_are_cloud_events_too() -> None:
    presence = json.loads(
        codec.encode_presence(PresenceData(rep="alice", state="on_call"), node="node1", at=at(1))
    )
    status = json.loads(codec.encode_status("up", node="node1", at=at(1)))

    assert presence["type"] == "softswitch.presence.v1"
    assert presence["data"] == {"rep": "alice", "state": "on_call"}
    assert presence["subject"] == "alice"
    assert status["type"] == "softswitch.node.v1"
    assert status["data"] == {"node": "node1", "state": "up"}
    assert status["id"] == "node1.node1.2026-11-22T12:45:01.000Z"


def test_presence_comes_through() -> None:
    said = codec.encode_presence(PresenceData(rep="alice", state="on_call"), node="node1", at=at(1))

    assert codec.decode_presence(said) == PresenceData(rep="alice", state="on_call")


@pytest.mark.parametrize("data", [{"rep": "alice"}, {"rep": 5, "state": "away"}, None])
def test_a_presence_that_is_none_is_refused(data: object) -> None:
    said = json.loads(
        codec.encode_presence(PresenceData(rep="alice", state="on_call"), node="node1", at=at(1))
    )

    with pytest.raises(InvalidRecordError):
        codec.decode_presence(msgspec.json.encode({**said, "data": data}))


def test_what_was_denied_is_a_cloud_event_too() -> None:
    event = SecurityEvent(rep="alice", limit="international", number="+442071838750")

    made = json.loads(codec.encode_security(event, node="node1", at=at(1)))

    assert made["type"] == "softswitch.security.v1"
    assert (made["source"], made["subject"]) == ("softswitch/node1", "alice")
    assert made["data"] == {"rep": "alice", "limit": "international", "number": "+442071838750"}
    assert made["id"] == "node1.alice.2026-11-22T12:45:01.000Z"
