"""The leg record: a leg's whole state at one revision.

Rules of this file:

* A record says everything about its leg, so the record of the highest revision
  replaces all the others: order and repetition on the bus do no harm.
* Instants are UTC, ISO 8601, with milliseconds and ``Z``. Written like that they
  sort as text.
* A field that a later release adds has a default, so that records written
  before it can still be read.
"""

from typing import Annotated, Literal

import msgspec

from switch.call.endings import EndReason

Instant = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")]
"""A moment in UTC, such as ``2026-11-22T12:45:01.250Z``."""

Identifier = Annotated[str, msgspec.Meta(pattern=r"^[^/+#\s\x00-\x1f]{1,128}\Z")]
"""The name of a leg or conversation: any text that can be one level of a topic."""

Direction = Literal["inbound", "outbound", "internal"]
Role = Literal["customer", "rep", "external"]
Why = Literal["call", "transfer", "hunt", "recall", "fallback"]
Side = Literal["caller", "callee"]
State = Literal["offered", "placed", "alerted", "answered", "released", "ended"]


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time in which two legs heard each other."""

    with_leg: Identifier
    """The other leg; its own record holds a talk with the same instants."""

    started_at: Instant
    """When the two were joined."""

    ended_at: Instant | None = None
    """When they were parted; ``None`` while they talk."""


class Recorded(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename={"from_at": "from", "to_at": "to"},
):
    """A stretch of time in which the leg talked and what it said was recorded."""

    from_at: Instant
    """When it began."""

    to_at: Instant | None = None
    """When it was over: a pause, a transfer, the end; left out while it lasts."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One member of a hunt group who was called for this leg and did not take it."""

    rep: str
    """Who was called."""

    from_at: Instant
    """When the call to this member began."""

    to_at: Instant | None = None
    """When it was given up or answered; ``None`` while it rings."""

    outcome: str
    """How it went: an end reason, ``pending`` or ``answered``."""


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """How well a party heard: what its phone reported by RTCP (RFC 3550), and MOS made of it.

    The way is the whole one, from the other phone through the switch to this one. All but
    ``packets`` is ``None`` if the phone reported nothing.
    """

    packets: Annotated[int, msgspec.Meta(ge=0)]
    """Packets of audio that came from the party."""

    lost_pct: float | None = None
    """How many of those for it got lost, in percent."""

    jitter_ms: float | None = None
    """How unevenly they came, in milliseconds (RFC 3550 §6.4.1)."""

    round_trip_ms: float | None = None
    """How long from the switch to the party's phone and back, in milliseconds."""

    mos: float | None = None
    """Mean opinion score: 4.4 is as good as G.711 can be, below 3.5 people complain."""


class LegRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One INVITE dialog, or attempt at one, between the switch and one user agent."""

    leg_id: Identifier
    """Which leg; no two legs of a switch share an id."""

    revision: Annotated[int, msgspec.Meta(ge=1, lt=2**31)]
    """1 for the first record of a leg, then one more for each change."""

    conversation_id: Identifier
    """The conversation, and so the thread, this leg is part of."""

    direction: Direction
    """Of the conversation: from a customer, to a customer, or between reps."""

    role: Role
    """Who is at the other end; ``external`` is an outside number that a call was transferred to."""

    rep: str | None = None
    """The rep's name; ``None`` if nobody of ours is at the other end."""

    number: str | None = None
    """The party's own number, in E.164 where it is one; ``None`` if withheld or unknown."""

    name: str | None = None
    """The party's display name as given; ``None`` if there is none."""

    dialled: str | None = None
    """What the party dialled (caller) or the user part this leg was placed to (callee)."""

    trunk: str | None = None
    """The trunk the leg came in or went out by; ``None`` for a rep's phone."""

    territory: str | None = None
    """The territory on whose behalf the party was called; ``None`` if none."""

    why: Why
    """What brought this leg about."""

    from_leg: Identifier | None = None
    """The leg that caused it: the caller's for a call, the transferor's for a transfer.

    ``None`` for the caller's own leg.
    """

    side: Side
    """``caller``: offered to us, we are the UAS. ``callee``: placed by us, we are the UAC."""

    state: State
    """How far it has come; ``released``: we sent BYE and await its answer."""

    offered_at: Instant
    """When its INVITE arrived or was sent."""

    alerted_at: Instant | None = None
    """When the party began to ring; ``None`` if it did not (yet)."""

    answered_at: Instant | None = None
    """When it was answered; ``None`` if it was not (yet)."""

    ended_at: Instant | None = None
    """When the dialog was over; ``None`` while the leg is open."""

    talks: tuple[Talk, ...] = ()
    """With whom it talked and when, in order of time."""

    end_reason: EndReason | None = None
    """Why it is over; ``None`` while the leg is open."""

    ended_by: Literal["party", "switch"] | None = None
    """Who said goodbye first; ``None`` while the leg is open."""

    sip_status: int | None = None
    """The final SIP status of its INVITE, 200 after a BYE; ``None`` while the leg is open."""

    attempts: tuple[Attempt, ...] = ()
    """The members of a hunt group called for this leg who did not take it."""

    unattended_since: Instant | None = None
    """When the worker that had the leg died while it talked: the two went on talking, but nobody
    could signal for them until one hung up. ``None`` if that has not happened."""

    recording: str | None = None
    """Where the recording is kept when the conversation is over, in the folder or bucket of
    recordings: ``2026/11/28/20261128-101500-k3.flac``. ``None`` if the leg is in none."""

    recorded: tuple[Recorded, ...] = ()
    """When the leg was recorded, in order of time; a pause is a gap. Each rep who talked has his
    own."""

    recording_state: Literal["on", "paused"] | None = None
    """Whether the leg is being recorded, or that is paused; ``None``: neither, or it is over."""

    held: bool = False
    """Whether the party holds whom it talks with, who hears music: by its phone, or a command."""

    muted: bool = False
    """Whether a command has it that nobody hears the party."""

    srtp: bool = False
    """Whether the audio between the switch and the party is encrypted."""

    codec: str | None = None
    """The codec agreed on, such as ``PCMU``; ``None`` before there is one."""

    quality: Quality | None = None
    """How well the party heard; ``None`` while the leg is open, and if nobody knows."""
