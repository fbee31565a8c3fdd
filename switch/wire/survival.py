"""Messages by which node and workers outlive each other.

A worker connects to the node and says who it is (:class:`Hello`); if its node is gone it goes
on with its conversation, connects to the next one and says so again. Then follow, for a
conversation that is up: its dialogs (:class:`Standing`), what was not
confirmed of its records, its :class:`Salvaged`, its choice.

When a worker dies, the node holds its port and answers for it (the caretaker); a transferee
it had on music is taken over by another worker (:class:`Rescue`).
"""

from __future__ import annotations

import msgspec

from switch.call.salvage import Salvage
from switch.call.target import Party
from switch.sip.dialog import SipDialog


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Is what a worker was told of its conversation, for a node that does not know of it.

    A node that dies within a moment of a call's coming has not written it down.
    """

    call_id: str
    """The Call-ID of the caller's INVITE."""
    caller: Party
    dialled: str
    user: str
    """Whom it was to call."""


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag="hello"):
    """Worker to node, first on each connection: who it is and what it is doing."""

    worker: str
    """Its name."""
    port: int
    """The UDP port of its SIP socket."""
    pid: int
    conversations: int
    """How many it has had."""
    conversation_id: str | None = None
    """The one that it has or expects; None: none."""
    is_resting: bool = False
    """One is just over; it will say Ready."""
    about: About | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True, tag="standing"):
    """Worker to node: what is to be known of a leg's dialog if I die.

    Said when the INVITE came or was sent, and again when that changes.
    """

    conversation_id: str
    leg_id: str
    dialog: SipDialog


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Is a transferee, and his media as rtpengine and his phone know them."""

    salvage: Salvage
    remote_sdp: str
    """What his phone has said last."""
    told_sdp: str
    """What it was told last."""


class Salvaged(msgspec.Struct, frozen=True, kw_only=True, tag="salvaged"):
    """Worker to node: who is to be won back if I die; None: nobody waits on music."""

    conversation_id: str
    waiting: Waiting | None


class Rescue(msgspec.Struct, frozen=True, kw_only=True, tag="rescue"):
    """Node to worker: take over a transferee whose worker has died.

    His dialog stays with the node: the worker says :class:`EndAdopted` to end it, and hears
    :class:`AdoptedEnded` when he hangs up. It answers :class:`~switch.wire.worker.Expecting`.
    """

    conversation_id: str
    waiting: Waiting
    ring_s: float
    response_s: float


class EndAdopted(msgspec.Struct, frozen=True, kw_only=True, tag="end_adopted"):
    """Worker to node: hang up on the leg that I have taken over."""

    conversation_id: str
    leg_id: str


class AdoptedEnded(msgspec.Struct, frozen=True, kw_only=True, tag="adopted_ended"):
    """Node to worker: the dialog of the leg that you took over has ended."""

    conversation_id: str
    leg_id: str
    by_party: bool


class Kept(msgspec.Struct, frozen=True, kw_only=True, tag="kept"):
    """Node to worker: your records up to this one are on disk; forget them."""

    number: int


class MediaLost(msgspec.Struct, frozen=True, kw_only=True, tag="media_lost"):
    """Node to worker: rtpengine was started anew and knows nothing of the one before."""

    began_s: float
    """When it was, at the latest; in seconds of the monotonic clock that all of a machine share."""
