"""What a transferor can choose, as it is retained on the bus."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from switch.call.choice import Choice
from switch.call.target import Party
from switch.records import codec
from switch.records.choice import ChoiceParty, ChoiceRecord, record_of_choice
from switch.records.errors import ForeignMessageError, InvalidRecordError, NewerVersionError
from tests.records.samples import at

DECLINED = Choice(
    transferor=Party(role="rep", rep="alice", number="101", name="Alice Moreno"),
    transferee=Party(role="customer", number="+14805550123", name="Jane Doe", trunk="pstn"),
    target="saul",
    outcome="declined",
    state="recalling",
    since_s=1795351500.25,
    until_s=1795351520.5,
)


def record() -> ChoiceRecord:
    return record_of_choice("conversation-1", DECLINED, node="node1")


def message(**changes: Any) -> bytes:
    made: dict[str, Any] = json.loads(codec.encode_choice(record(), at=at(1)))
    return json.dumps(made | changes).encode()


def test_a_choice_says_who_waits_for_whom_and_until_when() -> None:
    assert record() == ChoiceRecord(
        conversation_id="conversation-1",
        node="node1",
        transferor=ChoiceParty(role="rep", rep="alice", number="101", name="Alice Moreno"),
        transferee=ChoiceParty(role="customer", number="+14805550123", name="Jane Doe"),
        target="saul",
        outcome="declined",
        state="recalling",
        may_retarget=True,
        since_at="2026-11-22T12:45:00.250Z",
        until_at="2026-11-22T12:45:20.500Z",
    )


def test_while_it_rings_nobody_else_can_be_named_and_nothing_may_be_waited_for() -> None:
    ringing = msgspec.structs.replace(DECLINED, state="ringing", outcome="pending", until_s=None)

    made = record_of_choice("conversation-1", ringing, node="node1")

    assert (made.may_retarget, made.until_at) == (False, None)


def test_a_choice_is_published_as_a_cloud_event() -> None:
    made = json.loads(codec.encode_choice(record(), at=at(1)))

    assert made == {
        "specversion": "1.0",
        "id": "node1.conversation-1.2026-11-22T12:45:01.000Z",
        "source": "softswitch/node1",
        "type": "softswitch.choice.v1",
        "subject": "conversation-1",
        "time": "2026-11-22T12:45:01.000Z",
        "datacontenttype": "application/json",
        "conversationid": "conversation-1",
        "data": msgspec.to_builtins(record()),
    }


def test_a_choice_comes_back_as_it_was() -> None:
    assert codec.decode_choice(codec.encode_choice(record(), at=at(1))) == record()


def test_what_is_no_choice_is_refused() -> None:
    with pytest.raises(ForeignMessageError, match="`type` is not that of a choice"):
        codec.decode_choice(message(type="softswitch.leg.v1"))
    with pytest.raises(NewerVersionError, match="a choice of version 2"):
        codec.decode_choice(message(type="softswitch.choice.v2"))
    with pytest.raises(InvalidRecordError, match="`node` is missing"):
        codec.decode_choice(message(data={"conversation_id": "c"}))


def test_the_status_of_a_node_comes_back() -> None:
    assert codec.decode_status(codec.encode_status("up", node="n1", at=at(1))) == ("n1", True)
    assert codec.decode_status(codec.encode_status("down", node="n1", at=at(1))) == ("n1", False)
    with pytest.raises(ForeignMessageError, match="not that of the status of a node"):
        codec.decode_status(message())
    torn = json.loads(codec.encode_status("up", node="n1", at=at(1))) | {"data": {"node": "n1"}}
    with pytest.raises(InvalidRecordError, match="`state` is missing"):
        codec.decode_status(json.dumps(torn).encode())
