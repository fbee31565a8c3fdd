"""What may be asked of the switch: whatever comes is a command, or a typed error."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.records.commands import (
    COMMAND_LIMIT_BYTES,
    COMMANDS,
    Answer,
    CallCommand,
    Command,
    HangUpCommand,
    HoldCommand,
    MuteCommand,
    PresenceCommand,
    RecordCommand,
    ResumeCommand,
    TransferCommand,
    conversation_of,
    decode_answer,
    decode_command,
    encode_answer,
    encode_command,
    names_of,
    require_command,
)
from switch.records.errors import InvalidCommandError, MessageError, UnreadableMessageError

NEITHER = "`command` is neither transfer, resume, record, hangup, hold, mute, call nor presence"
TRANSFER = {"command": "transfer", "conversation": "20261122-1509", "target": "bob"}


def decode(made: object) -> Command:
    return decode_command(json.dumps(made).encode())


def test_a_command_is_a_small_object_that_a_person_can_type() -> None:
    assert decode(TRANSFER) == TransferCommand(conversation="20261122-1509", target="bob")
    assert decode({"command": "resume", "conversation": "c", "rep": "alice"}) == ResumeCommand(
        conversation="c", rep="alice"
    )


@pytest.mark.parametrize(
    "command",
    [
        TransferCommand(conversation="c1", target="(206) 555-0100", rep="alice"),
        ResumeCommand(conversation="c1"),
        RecordCommand(conversation="c1", action="pause", rep="alice"),
        HangUpCommand(conversation="c1"),
        HoldCommand(conversation="c1", action="on", rep="alice"),
        MuteCommand(conversation="c1", action="off"),
        CallCommand(rep="alice", target="(206) 555-0100"),
        PresenceCommand(rep="alice", away=False),
    ],
)
def test_a_command_comes_back_as_it_was(command: Command) -> None:
    assert decode_command(encode_command(command)) == command


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"command": None}, NEITHER),
        ({"command": "hang_up"}, NEITHER),
        ({"command": "record"}, "`action` is missing|`target` is no field"),
        ({"target": None}, "`target` is wrong"),
        ({"target": ""}, "`target` is wrong"),
        ({"target": "a\r\nb"}, "`target` is wrong"),
        ({"target": "a" * 129}, "`target` is wrong"),
        ({"conversation": ""}, "`conversation` is wrong"),
        ({"conversation": "a/b"}, "`conversation` is wrong"),
        ({"conversation": "#"}, "`conversation` is wrong"),
        ({"rep": 5}, "`rep` is wrong"),
        ({"rep": "al\x00ice"}, "`rep` is wrong"),
        ({"rpe": "alice"}, "`rpe` is no field of this command"),
        ({"x" * 99: 1}, "not an object with the fields of a command"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_done(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidCommandError, match=problem):
        decode(TRANSFER | changes)


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        ({"command": "hold", "conversation": "c"}, "`action` is missing"),
        ({"command": "mute", "conversation": "c", "action": "pause"}, "`action` is wrong"),
        ({"command": "hangup"}, "`conversation` is missing"),
        ({"command": "call", "target": "bob"}, "`rep` is missing"),
        ({"command": "call", "target": "bob", "rep": None}, "`rep` is wrong"),
        ({"command": "call", "target": "a\r\nb", "rep": "alice"}, "`target` is wrong"),
        ({"command": "presence", "rep": "alice", "away": "yes"}, "`away` is wrong"),
        ({"command": "presence", "rep": "alice", "away": 1}, "`away` is wrong"),
        ({"command": "presence", "rep": "", "away": True}, "`rep` is wrong"),
    ],
)
def test_each_command_has_fields_of_its_own(made: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidCommandError, match=problem):
        decode(made)


def test_a_command_that_is_about_no_call_says_so() -> None:
    assert conversation_of(CallCommand(rep="alice", target="bob")) is None
    assert conversation_of(PresenceCommand(rep="alice", away=True)) is None
    assert conversation_of(HangUpCommand(conversation="c1")) == "c1"


def test_every_command_has_a_name() -> None:
    assert names_of(COMMANDS)[3:] == ["hangup", "hold", "mute", "call", "presence"]


@pytest.mark.parametrize("field", ["command", "conversation", "target"])
def test_a_missing_field_is_named(field: str) -> None:
    with pytest.raises(InvalidCommandError, match=f"`{field}` is missing"):
        decode({key: value for key, value in TRANSFER.items() if key != field})


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(InvalidCommandError, match="not an object"):
        decode([TRANSFER])


def test_what_is_wrong_is_said_without_what_stood_there() -> None:
    with pytest.raises(InvalidCommandError) as caught:
        decode(TRANSFER | {"conversation": "+14805550123"})

    assert "4805550123" not in str(caught.value)


def test_what_is_too_long_is_not_even_read() -> None:
    padded = json.dumps(TRANSFER).encode().ljust(COMMAND_LIMIT_BYTES)
    assert conversation_of(decode_command(padded)) == "20261122-1509"

    with pytest.raises(UnreadableMessageError, match="4097 bytes; a command has 4096 at most"):
        decode_command(padded + b" ")


@pytest.mark.parametrize("payload", [b"", b"\xff", b'{"command', b'{"x":' + b"[" * 4000])
def test_what_is_no_json_is_unreadable(payload: bytes) -> None:
    with pytest.raises(UnreadableMessageError, match=f"{len(payload)} bytes"):
        decode_command(payload)


@given(st.binary() | st.recursive(st.none() | st.text(), st.lists).map(msgspec.json.encode))
def test_whatever_comes_is_a_typed_error(payload: bytes) -> None:
    with pytest.raises(MessageError):
        decode_command(payload)


def test_an_answer_comes_back_and_says_no_more_than_it_knows() -> None:
    done = Answer(status=200, conversation="c1")

    assert json.loads(encode_answer(done)) == {"status": 200, "conversation": "c1"}
    assert decode_answer(encode_answer(done)) == done
    for payload in (b"", b"{}", b'{"status": "x"}', b"\xff"):
        with pytest.raises(UnreadableMessageError):
            decode_answer(payload)


def test_what_no_node_would_read_is_not_sent() -> None:
    require_command(CallCommand(rep="alice", target="(206) 555-0100"))

    for refused in (CallCommand(rep="", target="bob"), CallCommand(rep="alice", target="\udc80")):
        with pytest.raises(MessageError):
            require_command(refused)
