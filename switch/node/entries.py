"""What the ledger is given to keep, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from switch.records.leg import LegRecord
from switch.sip.dialog import SipDialog
from switch.wire.survival import Waiting


@dataclass(frozen=True, slots=True)
class ToPublish:
    """Is a message to be published, after all that came before it."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class LegKept:
    """Is the newest record of a leg; once that says it has ended, leg and dialog are forgotten."""

    record: LegRecord


@dataclass(frozen=True, slots=True)
class DialogKept:
    """Is what is to be known of a leg's dialog."""

    conversation_id: str
    leg_id: str
    dialog: SipDialog


@dataclass(frozen=True, slots=True)
class WaitingKept:
    """Is who is to be won back if the worker dies; None: nobody waits on music any more."""

    conversation_id: str
    waiting: Waiting | None


@dataclass(frozen=True, slots=True)
class CallKept:
    """Is who has a conversation, in the place of who had it."""

    conversation_id: str
    worker: str
    port: int
    """The UDP port of the worker's SIP socket."""
    pid: int
    memory: bytes
    """What the node knows of the call, as JSON."""


@dataclass(frozen=True, slots=True)
class CallOver:
    """Forgets a conversation and its legs, but nothing that is to be published of it."""

    conversation_id: str


@dataclass(frozen=True, slots=True)
class WordsKept:
    """Is how far the end of a dialog has come, with which the next node goes on for a while."""

    leg_id: str
    dialog: SipDialog
    is_said: bool


@dataclass(frozen=True, slots=True)
class WordsOver:
    """Forgets the dialogs that were ended at a port: nobody answers there any more."""

    port: int


@dataclass(frozen=True, slots=True)
class Sent:
    """Says that the broker has confirmed all messages up to this one."""

    through: int
    at_s: float


@dataclass(frozen=True, slots=True)
class Stored:
    """Says that a desk has stored all records up to this one."""

    through: int


@dataclass(frozen=True, slots=True)
class SetAside:
    """Says that no broker will take a message as it is: it is kept apart, and waits no more."""

    seq: int
    why: str


Entry: TypeAlias = (
    ToPublish
    | LegKept
    | DialogKept
    | WaitingKept
    | CallKept
    | CallOver
    | WordsKept
    | WordsOver
    | Sent
    | Stored
    | SetAside
)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Is a message that is to be published, and its number."""

    seq: int
    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCall:
    """Is a conversation that was up."""

    conversation_id: str
    worker: str
    port: int
    pid: int
    memory: bytes
    legs: dict[str, LegRecord]
    """Those that are open, by leg id."""
    dialogs: dict[str, SipDialog]
    """By leg id."""
    waiting: Waiting | None
