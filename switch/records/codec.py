"""Leg records, presence, choices and node status as CloudEvents 1.0 in structured JSON, and back.

Unknown attributes and fields are skipped, so that a later release may add some.
What may not be skipped changes the version in the type (``softswitch.leg.v2``),
and that is refused here by name.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Literal, TypeVar

import msgspec

from switch.records.away import AwayRecord
from switch.records.choice import ChoiceRecord
from switch.records.errors import (
    ForeignMessageError,
    InvalidRecordError,
    NewerVersionError,
    UnreadableMessageError,
)
from switch.records.leg import Instant, LegRecord
from switch.records.security import SecurityEvent

LEG_TYPE = "softswitch.leg.v1"
PRESENCE_TYPE = "softswitch.presence.v1"
AWAY_TYPE = "softswitch.away.v1"
CHOICE_TYPE = "softswitch.choice.v1"
STATUS_TYPE = "softswitch.node.v1"
SECURITY_TYPE = "softswitch.security.v1"
CONTENT_TYPE = "application/cloudevents+json"
"""What an MQTT 5 message says of its payload (CloudEvents MQTT binding, structured mode)."""

_SPEC_VERSION = "1.0"
_DATA_CONTENT_TYPE = "application/json"
_VERSION = re.compile(r"(.*\.v)(\d+)")


class _Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The attributes of a CloudEvent that we write and look at."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str | None = None
    time: str | None = None
    datacontenttype: str | None = None
    conversationid: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")


class PresenceData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a rep is doing."""

    rep: str
    state: str
    away: bool = False
    """Whether he has said that he is away: true also while he talks all the same."""
    until_at: Instant | None = None
    """Until when he wraps up; ``None``: he does not."""


class StatusData(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a node is up."""

    node: str
    state: Literal["up", "down"]


_Body = TypeVar("_Body")

_ENCODER = msgspec.json.Encoder()
_ENVELOPES = msgspec.json.Decoder(_Envelope)
_RECORDS = msgspec.json.Decoder(LegRecord)
_CHOICES = msgspec.json.Decoder(ChoiceRecord)
_AWAYS = msgspec.json.Decoder(AwayRecord)
_STATUSES = msgspec.json.Decoder(StatusData)
_PRESENCES = msgspec.json.Decoder(PresenceData)


def encode(record: LegRecord, *, node: str, at: str) -> bytes:
    """Return the message that publishes a record.

    Args:
        record: The leg as it is now.
        node: The name of the node that publishes it.
        at: When, as an instant in UTC.
    """
    # The id is the same however often the record is sent: with the source it is
    # what CloudEvents wants receivers to recognise repetitions by.
    return _ENCODER.encode(
        _Envelope(
            specversion=_SPEC_VERSION,
            id=f"{record.leg_id}.{record.revision}",
            source=f"softswitch/{node}",
            type=LEG_TYPE,
            subject=record.leg_id,
            time=at,
            datacontenttype=_DATA_CONTENT_TYPE,
            conversationid=record.conversation_id,
            data=msgspec.Raw(_ENCODER.encode(record)),
        )
    )


def encode_presence(presence: PresenceData, *, node: str, at: str) -> bytes:
    """Return the message that says what a rep is doing."""
    return _announcement(PRESENCE_TYPE, presence.rep, presence, node=node, at=at)


def encode_away(record: AwayRecord, *, node: str, at: str) -> bytes:
    """Return the message that says whether a rep is away."""
    return _announcement(AWAY_TYPE, record.rep, record, node=node, at=at)


def encode_choice(record: ChoiceRecord, *, at: str) -> bytes:
    """Return the message that says what a transferor can choose."""
    return _announcement(
        CHOICE_TYPE,
        record.conversation_id,
        record,
        node=record.node,
        at=at,
        conversation_id=record.conversation_id,
    )


def encode_status(state: Literal["up", "down"], *, node: str, at: str) -> bytes:
    """Return the message that says whether a node is up."""
    return _announcement(STATUS_TYPE, node, StatusData(node=node, state=state), node=node, at=at)


def encode_security(event: SecurityEvent, *, node: str, at: str) -> bytes:
    """Return the message that says what was denied to whom."""
    return _announcement(SECURITY_TYPE, event.rep, event, node=node, at=at)


def decode(payload: bytes) -> LegRecord:
    """Return the leg record in a message.

    Raises:
        UnreadableMessageError: it is no JSON.
        ForeignMessageError: it is no CloudEvent, or one of another type.
        NewerVersionError: it is a leg record of a later format.
        InvalidRecordError: a field of the record is missing or wrong, or the
            attributes name another leg or conversation than the record does.
    """
    envelope = _open(payload, LEG_TYPE, "a leg record")
    record = _body(envelope, _RECORDS)
    if envelope.subject not in {None, record.leg_id}:
        raise InvalidRecordError("`subject` and `leg_id` differ")
    if envelope.conversationid not in {None, record.conversation_id}:
        raise InvalidRecordError("`conversationid` and `conversation_id` differ")
    try:
        for instant in _instants(record):
            datetime.fromisoformat(instant)
    except ValueError:
        raise InvalidRecordError("an instant is of no day or hour there is") from None
    return record


def decode_choice(payload: bytes) -> ChoiceRecord:
    """Return what a transferor can choose, as a message says.

    Raises:
        UnreadableMessageError: it is no JSON.
        ForeignMessageError: it is no CloudEvent, or one of another type.
        NewerVersionError: it is of a later format.
        InvalidRecordError: a field is missing or wrong.
    """
    envelope = _open(payload, CHOICE_TYPE, "a choice")
    return _body(envelope, _CHOICES)


def decode_away(payload: bytes) -> AwayRecord:
    """Return whether a rep is away, as a message says.

    Raises:
        MessageError: as :func:`decode_choice`.
    """
    return _body(_open(payload, AWAY_TYPE, "whether a rep is away"), _AWAYS)


def decode_presence(payload: bytes) -> PresenceData:
    """Return which rep a message is about, and what he is doing.

    Raises:
        MessageError: as :func:`decode_choice`.
    """
    return _body(_open(payload, PRESENCE_TYPE, "a rep's presence"), _PRESENCES)


def decode_status(payload: bytes) -> tuple[str, bool]:
    """Return which node a message is about, and whether it is up.

    Raises:
        MessageError: as :func:`decode_choice`.
    """
    envelope = _open(payload, STATUS_TYPE, "the status of a node")
    status = _body(envelope, _STATUSES)
    return status.node, status.state == "up"


def _open(payload: bytes, kind: str, what: str) -> _Envelope:
    """Return the envelope of a message that is of this kind in our version."""
    try:
        envelope = _ENVELOPES.decode(payload)
    except msgspec.ValidationError as error:
        raise ForeignMessageError(f"no CloudEvent: {_where(error)}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnreadableMessageError(f"no JSON in these {len(payload)} bytes") from None
    if envelope.specversion != _SPEC_VERSION:
        raise ForeignMessageError("`specversion` is not 1.0")
    if envelope.type == kind:
        return envelope
    version = _VERSION.fullmatch(envelope.type)
    if version and kind.startswith(version[1]):
        raise NewerVersionError(f"{what} of version {version[2]}, this release reads 1")
    raise ForeignMessageError(f"`type` is not that of {what}")


def _body(envelope: _Envelope, decoder: msgspec.json.Decoder[_Body]) -> _Body:
    """Return what an envelope holds."""
    try:
        return decoder.decode(envelope.data)
    except msgspec.ValidationError as error:
        raise InvalidRecordError(_where(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # The envelope was read without looking into it: its texts may be no UTF-8.
        raise UnreadableMessageError(
            f"no JSON in the {len(envelope.data)} bytes of `data`"
        ) from None


def _instants(record: LegRecord) -> Iterator[str]:
    """Yield every instant of a record: a 30 February has the form of one too."""
    moments = [record.offered_at, record.alerted_at, record.answered_at, record.ended_at]
    for talk in record.talks:
        moments += (talk.started_at, talk.ended_at)
    for attempt in record.attempts:
        moments += (attempt.from_at, attempt.to_at)
    return (moment for moment in moments if moment is not None)


def _announcement(
    kind: str,
    subject: str,
    body: msgspec.Struct,
    *,
    node: str,
    at: str,
    conversation_id: str | None = None,
) -> bytes:
    """Return a message that is no leg record."""
    return _ENCODER.encode(
        _Envelope(
            specversion=_SPEC_VERSION,
            id=f"{node}.{subject}.{at}",
            source=f"softswitch/{node}",
            type=kind,
            subject=subject,
            time=at,
            datacontenttype=_DATA_CONTENT_TYPE,
            conversationid=conversation_id,
            data=msgspec.Raw(_ENCODER.encode(body)),
        )
    )


def _where(error: msgspec.ValidationError) -> str:
    """Return which field is wrong, without what stands in it."""
    text = str(error)
    if found := re.search(r"missing required field `(\w+)`", text):
        return f"`{found[1]}` is missing"
    if found := re.search(r"at `\$\.?(\S*)`$", text):
        return f"`{found[1]}` is wrong"
    return "not an object"
