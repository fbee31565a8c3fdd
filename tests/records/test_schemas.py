"""What programs are told of the bus is what is on it."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from switch.desk.asyncapi import FILE, written
from switch.records import codec, commands, topics
from switch.records.away import AwayRecord
from switch.records.choice import ChoiceParty, ChoiceRecord
from switch.records.codec import PresenceData
from switch.records.commands import (
    Answer,
    CallCommand,
    HangUpCommand,
    HoldCommand,
    MuteCommand,
    PresenceCommand,
    RecordCommand,
    ResumeCommand,
    TransferCommand,
)
from switch.records.schemas import EXAMPLES, asyncapi, schemas
from switch.records.security import SecurityEvent
from tests.records.samples import at, given_back, story


def holds(name: str, payload: object) -> None:
    root = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas()}}
    jsonschema.Draft202012Validator(root).validate(payload)


@pytest.mark.parametrize("record", [*story(), *given_back()], ids=lambda one: one.leg_id)
def test_every_leg_record_is_as_described(record: Any) -> None:
    holds("LegEvent", json.loads(codec.encode(record, node="node1", at=at(1))))


def test_every_other_message_is_as_described() -> None:
    choice = ChoiceRecord(
        conversation_id="c",
        node="node1",
        transferor=ChoiceParty(role="rep", rep="alice"),
        transferee=ChoiceParty(role="customer"),
        target="saul",
        outcome="pending",
        state="ringing",
        may_retarget=False,
        since_at=at(0),
    )
    denied = SecurityEvent(rep="alice", limit="premium", number="+19005550100")
    node = {"node": "node1", "at": at(1)}

    holds(
        "PresenceEvent",
        json.loads(codec.encode_presence(PresenceData(rep="alice", state="away"), **node)),
    )
    holds("ChoiceEvent", json.loads(codec.encode_choice(choice, at=at(1))))
    holds("StatusEvent", json.loads(codec.encode_status("up", **node)))
    holds("SecurityEvent", json.loads(codec.encode_security(denied, **node)))
    holds(
        "AwayEvent",
        json.loads(codec.encode_away(AwayRecord(rep="a", away=True, since_at=at(0)), **node)),
    )
    for command in (
        TransferCommand(conversation="c", target="x"),
        ResumeCommand(conversation="c"),
        RecordCommand(conversation="c", action="on"),
        HangUpCommand(conversation="c"),
        HoldCommand(conversation="c", action="on"),
        MuteCommand(conversation="c", action="off", rep="alice"),
        CallCommand(rep="alice", target="x"),
        PresenceCommand(rep="alice", away=False),
    ):
        holds("Command", json.loads(commands.encode_command(command)))
    holds("Answer", json.loads(commands.encode_answer(Answer(status=404, problem="no"))))


@pytest.mark.parametrize(
    "payload",
    [
        {"command": "transfer", "conversation": "c"},
        {"command": "sing", "conversation": "c"},
        {"command": "hold", "conversation": "c", "action": "pause"},
        {"command": "call", "conversation": "c", "rep": "alice", "target": "bob"},
        {"command": "presence", "rep": "alice", "away": "no"},
        {"command": "resume", "conversation": "c", "x": 1},
        {"command": "resume", "conversation": "a/b"},
        {"command": "transfer", "conversation": "c", "target": "a\nb"},
    ],
)
def test_what_the_switch_refuses_is_not_described(payload: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        holds("Command", payload)
    with pytest.raises(Exception, match=r"."):
        commands.decode_command(json.dumps(payload).encode())


def test_every_example_is_read_as_the_switch_reads_it() -> None:
    for name, examples in EXAMPLES.items():
        for example in examples:
            holds(name, example)
    for one in EXAMPLES["Command"]:
        commands.decode_command(json.dumps(one).encode())
    for one in EXAMPLES["Answer"]:
        commands.decode_answer(json.dumps(one).encode())
    for one in EXAMPLES["PresenceEvent"]:
        codec.decode_presence(json.dumps(one).encode())


def test_every_reference_leads_somewhere() -> None:
    whole = asyncapi("1.0")

    def check(part: Any) -> None:
        if isinstance(part, dict):
            if isinstance(ref := part.get("$ref"), str):
                place = whole
                for word in ref.removeprefix("#/").split("/"):
                    place = place[word]
            for inner in part.values():
                check(inner)
        elif isinstance(part, list):
            for inner in part:
                check(inner)

    check(whole)
    addresses = {channel["address"] for channel in whole["channels"].values()}
    assert topics.COMMAND in addresses
    assert len(addresses) == 8


def test_the_file_that_is_shipped_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == written(), "make asyncapi writes it"
