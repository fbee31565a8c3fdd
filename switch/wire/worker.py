"""Messages between the node and its workers: JSON Lines over a Unix socket.

The node says what is coming (:class:`Expect`) and what a phone wants (:class:`Refer`);
a worker says how it is (:class:`Ready`, :class:`Resting`) and what has changed
(:class:`Changed`). A message is one line; a line that cannot be read is the sender's
fault and harms nothing else.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from switch.call.choice import Choice
from switch.call.target import Party, Refusal, Target
from switch.records.leg import LegRecord
from switch.wire.control import HangUp, Hold, Mute, Summon
from switch.wire.errors import UNREADABLE, WireError
from switch.wire.recording import Record
from switch.wire.survival import (
    AdoptedEnded,
    EndAdopted,
    Hello,
    Kept,
    MediaLost,
    Rescue,
    Salvaged,
    Standing,
)

Level = Literal["info", "warning", "error"]

LINE_LIMIT_BYTES = 256 * 1024
"""A longer line is no message of ours."""


class Expect(msgspec.Struct, frozen=True, kw_only=True, tag="expect"):
    """Node to worker: an INVITE is coming; take it. Any other gets 503."""

    conversation_id: str
    call_id: str
    """The Call-ID of the INVITE."""
    caller: Party
    presented: Party
    """The face of the caller that the callee's phone shows."""
    dialled: str
    target: Target
    ring_s: float
    response_s: float


class Refer(msgspec.Struct, frozen=True, kw_only=True, tag="refer"):
    """Node to worker: a REFER came in a dialog of yours; the edge waits for the answer."""

    refer_id: str
    """Names it in the answer: the node's own count."""
    call_id: str
    from_tag: str
    """The phone's tag."""
    to_tag: str
    """Ours."""
    cseq: int
    """Names the subscription: ``Event: refer;id=`` (RFC 3515 §2.4.6)."""
    notifies: bool
    target: Target | Refusal
    fallbacks: tuple[Target, ...] = ()
    """Where the transferee goes if nobody takes him and he cannot be given back."""


class Transfer(msgspec.Struct, frozen=True, kw_only=True, tag="transfer"):
    """Node to worker: somebody wants the call transferred, not by REFER."""

    question: str
    """Names it in the answer."""
    rep: str | None
    """Whose wish it is; None: the transferor's, whoever that is."""
    target: Target | Refusal
    fallbacks: tuple[Target, ...] = ()
    dialled: bool = False
    """It is what he dialled in the recall menu: the answer to an :class:`AskingTransfer`."""


class Resume(msgspec.Struct, frozen=True, kw_only=True, tag="resume"):
    """Node to worker: the transferor wants the transferee back now."""

    question: str
    rep: str | None


class Back(msgspec.Struct, frozen=True, kw_only=True, tag="back"):
    """Node to worker: whether the transferor may be called back.

    A no is followed by a yes when he is free.
    """

    conversation_id: str
    rep: str
    """Whom it is about: the answer may come when somebody else is asked about."""
    allowed: bool


class Digit(msgspec.Struct, frozen=True, kw_only=True, tag="digit"):
    """Node to worker: somebody has pressed a key, and rtpengine has heard it (RFC 4733)."""

    conversation_id: str
    leg_id: str
    digit: str
    lasted_s: float
    """How long it was held down, until now."""


class AttemptMade(msgspec.Struct, frozen=True, kw_only=True):
    """Is one rep who was rung in a hunt; as ``switch.call.leg.Attempt``."""

    rep: str
    from_s: float
    to_s: float | None
    outcome: str


class Attempts(msgspec.Struct, frozen=True, kw_only=True, tag="attempts"):
    """Node to worker: news of the hunt behind a leg of yours."""

    call_id: str
    """The Call-ID of the leg that was placed to the territory."""
    attempts: tuple[AttemptMade, ...]
    """All of them so far."""
    party: Party | None = None
    """Who is called now in the territory's place, if it overflowed to an outside number."""
    question: str | None = None
    """Names the answer that the node waits for; None: it waits for none."""


class ReferReplied(msgspec.Struct, frozen=True, kw_only=True, tag="refer_replied"):
    """Node to worker: the edge has sent your answer to this REFER; NOTIFYs may follow."""

    refer_id: str


class Leave(msgspec.Struct, frozen=True, kw_only=True, tag="leave"):
    """Node to worker: hang up if you talk, and exit."""


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag="ready"):
    """Worker to node: free for a conversation."""

    conversations: int
    """How many it has had."""


class Expecting(msgspec.Struct, frozen=True, kw_only=True, tag="expecting"):
    """Worker to node: the INVITE may come now.

    The node waits for this before it lets the edge relay the INVITE: on the worker's
    socket that one could be read before the :class:`Expect`.
    """

    conversation_id: str


class Resting(msgspec.Struct, frozen=True, kw_only=True, tag="resting"):
    """Worker to node: the conversation is over; not free yet."""

    conversation_id: str


class Changed(msgspec.Struct, frozen=True, kw_only=True, tag="changed"):
    """Worker to node: a leg changed. Said again on a new connection until it is kept."""

    record: LegRecord
    number: int = 0
    """The worker's count of them, from 1 on: what :class:`~switch.wire.survival.Kept` names."""


class ReferAnswered(msgspec.Struct, frozen=True, kw_only=True, tag="refer_answered"):
    """Worker to node: the answer to a REFER."""

    refer_id: str
    sip_status: int


class Answered(msgspec.Struct, frozen=True, kw_only=True, tag="answered"):
    """Worker to node: the answer to a question of its own kind, as a SIP status.

    Such are :class:`Transfer`, :class:`Resume`, :class:`Record`, and all of
    :mod:`switch.wire.control`.
    """

    question: str
    sip_status: int


class AskingBack(msgspec.Struct, frozen=True, kw_only=True, tag="asking_back"):
    """Worker to node: may this rep be called back, or is he on another call?"""

    conversation_id: str
    rep: str


class AskingTransfer(msgspec.Struct, frozen=True, kw_only=True, tag="asking_transfer"):
    """Worker to node: a rep dialled this in the recall menu; a :class:`Transfer` is awaited."""

    conversation_id: str
    rep: str
    dialled: str


class Choosing(msgspec.Struct, frozen=True, kw_only=True, tag="choosing"):
    """Worker to node: what the transferor can choose now; None: nothing any more."""

    conversation_id: str
    choice: Choice | None


class Noted(msgspec.Struct, frozen=True, kw_only=True, tag="noted"):
    """Worker to node: the news of a hunt are taken in."""

    question: str


class Noticed(msgspec.Struct, frozen=True, kw_only=True, tag="noticed"):
    """Worker to node: something for the log and the counters."""

    level: Level
    event: str
    conversation_id: str | None = None
    detail: str | None = None


ToWorker = (
    Expect
    | Summon
    | Refer
    | ReferReplied
    | Attempts
    | Transfer
    | Resume
    | Record
    | HangUp
    | Hold
    | Mute
    | Back
    | Digit
    | Leave
    | Kept
    | MediaLost
    | Rescue
    | AdoptedEnded
)
FromWorker = (
    Hello
    | Standing
    | Salvaged
    | EndAdopted
    | Ready
    | Expecting
    | Resting
    | Changed
    | ReferAnswered
    | Answered
    | AskingBack
    | AskingTransfer
    | Choosing
    | Noted
    | Noticed
)

_TO_WORKER: msgspec.json.Decoder[ToWorker] = msgspec.json.Decoder(ToWorker)
_FROM_WORKER: msgspec.json.Decoder[FromWorker] = msgspec.json.Decoder(FromWorker)
_ENCODER = msgspec.json.Encoder()


def encode(message: ToWorker | FromWorker) -> bytes:
    """Return the message as one line."""
    return _ENCODER.encode(message) + b"\n"


def decode_for_worker(line: bytes) -> ToWorker:
    """Return what the node said.

    Raises:
        WireError: the line is torn, or no message of this version.
    """
    try:
        return _TO_WORKER.decode(line)
    except UNREADABLE as error:
        raise WireError(peer="node", problem=str(error)) from None


def decode_from_worker(line: bytes) -> FromWorker:
    """Return what a worker said.

    Raises:
        WireError: the line is torn, or no message of this version.
    """
    try:
        return _FROM_WORKER.decode(line)
    except UNREADABLE as error:
        raise WireError(peer="worker", problem=str(error)) from None
