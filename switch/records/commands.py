"""What may be asked of the switch over the bus, and how it is answered.

A command is a small JSON object on ``softswitch/v1/command``; the version is the topic's. Whoever
wants an answer names a topic for it and, if he likes, what he will know it by (MQTT 5 §4.10).
The node that has the conversation answers, and the others are silent.

Rules of this file:

* A command is obeyed as a whole or not at all: a field that is unknown is a mistake, for it may
  have been meant to forbid what would be done without it.
* What is wrong is said without what stood there: it may name a person, and it may be anything.
"""

import re
from collections.abc import Iterable
from typing import Annotated, Literal, get_args

import msgspec

from switch.call.recording import Wish
from switch.records.errors import InvalidCommandError, UnreadableMessageError
from switch.records.leg import Identifier

COMMAND_LIMIT_BYTES = 4096
"""A longer message is no command."""

CONTENT_TYPE = "application/json"

Switched = Literal["on", "off"]
"""What a hold, and being muted, can be."""

_Name = Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x1f\x7f]{1,64}\Z")]
_Dialled = Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x1f\x7f]{1,128}\Z")]


class _Command(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="command"
):
    """Is any command; see the rules of this file."""


class TransferCommand(_Command, frozen=True, kw_only=True, tag="transfer"):
    """Transfers a call, or one whose transfer has failed to somebody else."""

    conversation: Identifier
    """Which call: its id, or a beginning that no other call's id has."""
    target: _Dialled
    """To whom: what a rep would dial."""
    rep: _Name | None = None
    """The rep who wants it; it must be his call. ``None``: an operator does."""


class ResumeCommand(_Command, frozen=True, kw_only=True, tag="resume"):
    """Gives a transferor the call back now."""

    conversation: Identifier
    """As in :class:`TransferCommand`."""
    rep: _Name | None = None
    """As in :class:`TransferCommand`."""


class RecordCommand(_Command, frozen=True, kw_only=True, tag="record"):
    """Has a conversation recorded, or not, from now on."""

    conversation: Identifier
    """As in :class:`TransferCommand`."""
    action: Wish
    """``on``, ``off``, ``pause`` or ``resume``."""
    rep: _Name | None = None
    """The rep who wants it; he must talk in it. ``None``: an operator does."""


class HangUpCommand(_Command, frozen=True, kw_only=True, tag="hangup"):
    """Hangs up a rep's leg, as if his phone had; or ends a conversation."""

    conversation: Identifier
    """As in :class:`TransferCommand`."""
    rep: _Name | None = None
    """The rep who hangs up; it must be his call. ``None``: an operator ends it for everybody."""


class HoldCommand(_Command, frozen=True, kw_only=True, tag="hold"):
    """Lets the other party of a rep hear music, and nobody hear the rep; or ends that."""

    conversation: Identifier
    """As in :class:`TransferCommand`."""
    action: Switched
    """``on`` or ``off``; what is so already stays so."""
    rep: _Name | None = None
    """The rep who wants it; he must talk in it. ``None``: an operator does."""


class MuteCommand(_Command, frozen=True, kw_only=True, tag="mute"):
    """Lets nobody hear a rep, who goes on hearing; or ends that."""

    conversation: Identifier
    """As in :class:`TransferCommand`."""
    action: Switched
    """As in :class:`HoldCommand`."""
    rep: _Name | None = None
    """As in :class:`HoldCommand`."""


class CallCommand(_Command, frozen=True, kw_only=True, tag="call"):
    """Calls somebody for a rep: his phone rings first, and once he answers, the target's."""

    rep: _Name
    """For whom: it is his call, as if he had dialled."""
    target: _Dialled
    """Whom: what he would dial."""


class PresenceCommand(_Command, frozen=True, kw_only=True, tag="presence"):
    """Says that a rep is away, so that no territory rings him; or back, also from his notes."""

    rep: _Name
    away: bool


CallsCommand = (
    TransferCommand | ResumeCommand | RecordCommand | HangUpCommand | HoldCommand | MuteCommand
)
"""A command about a call that goes on."""
Command = CallsCommand | CallCommand | PresenceCommand
COMMANDS: tuple[type[Command], ...] = get_args(Command)
"""Every command, in the order in which they are shown."""


def names_of(commands: Iterable[type[Command]]) -> list[str]:
    """Return what commands are called on the bus."""
    return [str(one.__struct_config__.tag) for one in commands]


def conversation_of(command: Command) -> str | None:
    """Return which call a command is about; None if it is about none that goes on."""
    return None if isinstance(command, CallCommand | PresenceCommand) else command.conversation


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Is what became of a command."""

    status: int
    """200: it is being done. Else why not, in the terms of SIP and HTTP: 400 it cannot be read,
    403 not allowed, 404 no such target or rep, 409 it may mean several calls or reps, 481 it is
    over, or there is nothing to resume, pause or hold, 482 to himself, 491 a transfer is under way,
    503 and 504 the switch is busy, or its worker silent. Of a ``call`` also: 480 the rep has no
    phone registered, 486 he is on a call, and whatever he would be answered if he dialled it."""
    problem: str | None = None
    """The same in words; ``None`` with 200."""
    conversation: str | None = None
    """The whole id of the conversation; ``None`` if it is not known."""


_ENCODER = msgspec.json.Encoder()
_COMMANDS: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
_ANSWERS = msgspec.json.Decoder(Answer)


def encode_command(command: Command) -> bytes:
    """Return the message that asks for it."""
    return _ENCODER.encode(command)


def decode_command(payload: bytes) -> Command:
    """Return what is asked for.

    Raises:
        UnreadableMessageError: it is no JSON, or too long.
        InvalidCommandError: it is no command, or a field of it is missing, wrong or unknown.
    """
    if len(payload) > COMMAND_LIMIT_BYTES:
        raise UnreadableMessageError(
            f"{len(payload)} bytes; a command has {COMMAND_LIMIT_BYTES} at most"
        )
    try:
        return _COMMANDS.decode(payload)
    except msgspec.ValidationError as error:
        raise InvalidCommandError(_problem(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnreadableMessageError(f"no JSON in these {len(payload)} bytes") from None


def require_command(command: Command) -> None:
    """Return if a node would read it; what it would refuse need not travel.

    Raises:
        MessageError: it would not.
    """
    try:
        decode_command(encode_command(command))
    except UnicodeEncodeError as error:
        raise UnreadableMessageError(str(error)) from None


def encode_answer(answer: Answer) -> bytes:
    """Return the message that answers a command."""
    return _ENCODER.encode(answer)


def decode_answer(payload: bytes) -> Answer:
    """Return what became of a command.

    Raises:
        UnreadableMessageError: it is no answer.
    """
    try:
        return _ANSWERS.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnreadableMessageError(f"no answer in these {len(payload)} bytes") from None


def _problem(said: str) -> str:
    """Return what is wrong with a command, from what msgspec said of it."""
    if found := re.search(r"missing required field `(\w+)`", said):
        return f"`{found[1]}` is missing"
    if found := re.search(r"contains unknown field `(\w{1,32})`", said):
        return f"`{found[1]}` is no field of this command"
    if said.endswith("at `$.command`"):
        *others, last = names_of(COMMANDS)
        return f"`command` is neither {', '.join(others)} nor {last}"
    if found := re.search(r"at `\$\.(\w+)`$", said):
        return f"`{found[1]}` is wrong"
    return "not an object with the fields of a command"
