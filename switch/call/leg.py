"""One leg: an INVITE dialog, or the attempt at one, between the switch and one user agent.

Rules of this file: whatever decides in which state a leg is stands here, in two tables;
nothing here knows what the other legs of the conversation do.

A leg is *offered* to us (we are UAS) or *placed* by us (we are UAC). It may be alerted,
it may be answered. It is *released* when we have asked for its end (BYE, CANCEL or a
refusal is on its way) and *ended* when its dialog is over. A leg that the other side
ends goes straight to ended.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import msgspec
from msgspec import structs

from switch.call.endings import TEMPORARILY_UNAVAILABLE, EndReason, reason_of_refusal
from switch.call.ids import LegId, Moment
from switch.call.target import Party


class LegState(enum.StrEnum):
    """Where a leg is in its life."""

    OFFERED = "offered"
    """Its INVITE came in; we have sent 100 at most."""
    PLACED = "placed"
    """We sent its INVITE; nothing above 100 came back."""
    ALERTED = "alerted"
    """It rings: 18x was received (placed) or sent (offered)."""
    ANSWERED = "answered"
    """2xx was received or sent: the dialog is confirmed."""
    RELEASED = "released"
    """We asked for its end; what crosses that on the wire changes nothing."""
    ENDED = "ended"
    """The dialog is over. Final."""


class LegInput(enum.StrEnum):
    """What can happen to a leg."""

    ALERTED = "alerted"
    ANSWERED = "answered"
    RELEASED = "released"
    """We asked for its end."""
    ENDED = "ended"


PENDING: Final = "pending"
"""The outcome of an attempt that goes on."""

_S = LegState
_I = LegInput

TRANSITIONS: Final[Mapping[tuple[LegState, LegInput], LegState]] = MappingProxyType(
    {
        (_S.OFFERED, _I.ALERTED): _S.ALERTED,
        (_S.OFFERED, _I.ANSWERED): _S.ANSWERED,
        (_S.OFFERED, _I.RELEASED): _S.RELEASED,
        (_S.OFFERED, _I.ENDED): _S.ENDED,
        (_S.PLACED, _I.ALERTED): _S.ALERTED,
        (_S.PLACED, _I.ANSWERED): _S.ANSWERED,
        (_S.PLACED, _I.RELEASED): _S.RELEASED,
        (_S.PLACED, _I.ENDED): _S.ENDED,
        (_S.ALERTED, _I.ALERTED): _S.ALERTED,
        (_S.ALERTED, _I.ANSWERED): _S.ANSWERED,
        (_S.ALERTED, _I.RELEASED): _S.RELEASED,
        (_S.ALERTED, _I.ENDED): _S.ENDED,
        (_S.ANSWERED, _I.RELEASED): _S.RELEASED,
        (_S.ANSWERED, _I.ENDED): _S.ENDED,
        (_S.RELEASED, _I.ENDED): _S.ENDED,
    }
)

IGNORED: Final[Mapping[tuple[LegState, LegInput], str]] = MappingProxyType(
    {
        (_S.ANSWERED, _I.ALERTED): "a 180 that UDP brought after its 200",
        (_S.ANSWERED, _I.ANSWERED): "a retransmitted 200, or the 200 of a second fork",
        (_S.RELEASED, _I.ALERTED): "a 180 that crossed our CANCEL",
        (_S.RELEASED, _I.ANSWERED): "a 200 that crossed our CANCEL: it gets ACK and BYE",
        (_S.RELEASED, _I.RELEASED): "its end has been asked for already",
        (_S.ENDED, _I.ALERTED): "a late 180 of a dialog that is over",
        (_S.ENDED, _I.ANSWERED): "a late 200 of a dialog that is over: it gets ACK and BYE",
        (_S.ENDED, _I.RELEASED): "it ended by itself before we could ask",
        (_S.ENDED, _I.ENDED): "both sides ended it at once (crossing BYEs)",
    }
)


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """Is a time in which two legs were joined and could hear each other."""

    with_leg: LegId
    started_s: float
    """UTC seconds."""
    ended_s: float | None = None
    """UTC seconds; None while it lasts."""


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """Is a time in which a leg talked and what it said was recorded."""

    from_s: float
    """UTC seconds."""
    to_s: float | None = None
    """UTC seconds; None while it lasts."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """Is one rep who was rung for a leg that was placed to a territory."""

    rep: str
    from_s: float
    """UTC seconds of when his phones began to be called."""
    to_s: float | None
    """UTC seconds of when that was over; None while they ring."""
    outcome: str
    """``answered``, ``elsewhere``, ``pending``, or an end reason."""


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """Is one leg and all that has happened to it."""

    leg_id: LegId
    party: Party
    """The one at the far end."""
    side: Literal["caller", "callee"]
    """``caller``: offered to us; ``callee``: placed by us."""
    why: Literal["call", "transfer", "hunt", "recall", "fallback"]
    """What it came into being for."""
    from_leg: LegId | None
    """The leg that caused it: the caller's for a call, the transferor's for a transfer."""
    dialled: str
    """The user part that was dialled, by the caller or by us."""
    kind: Literal["rep", "territory", "outside"] | None
    """What was dialled, for a placed leg."""
    state: LegState
    offered_s: float
    """UTC seconds of its INVITE."""
    alerted_s: float | None = None
    answered_s: float | None = None
    ended_s: float | None = None
    territory: str | None = None
    """The territory that was called, if it was one."""
    attempts: tuple[Attempt, ...] = ()
    """Who was rung for it, in a territory."""
    talks: tuple[Talk, ...] = ()
    held: bool = False
    """The other side has put us on hold."""
    holds: bool = False
    """It was asked by a command to hold whom it talks with; its phone knows nothing of it."""
    muted: bool = False
    """It was asked by a command that nobody hears it."""
    end_reason: EndReason | None = None
    """Why it is over, from the moment that was decided: the first reason stays."""
    ended_by: Literal["party", "switch"] | None = None
    sip_status: int | None = None
    """The final status of its INVITE, or 200 after a BYE."""
    recording: str | None = None
    """Where the recording of its conversation is kept, if the leg is in it."""
    recorded: tuple[Recorded, ...] = ()
    """When it was recorded; pauses, and music, lie between."""
    taping: Literal["on", "paused"] | None = None
    """Whether what is said to it and by it is being recorded; None: it is not, nor to go on."""
    revision: int = 1
    """Grows with every change that is published."""

    @property
    def was_answered(self) -> bool:
        """Whether it was ever answered."""
        return self.answered_s is not None

    @property
    def is_up(self) -> bool:
        """Whether it is answered and nobody has asked for its end."""
        return self.state is LegState.ANSWERED

    @property
    def is_holding(self) -> bool:
        """Whether whom it talks with is to hear music: by its phone, a command, or both."""
        return self.held or self.holds

    @property
    def is_silenced(self) -> bool:
        """Whether nobody is to hear it."""
        return self.is_holding or self.muted

    @property
    def is_over(self) -> bool:
        """Whether its dialog has ended."""
        return self.state is LegState.ENDED


def apply(leg: Leg, happened: LegInput, *, now: Moment) -> Leg:
    """Return the leg as it is after that: every cell is in one of the two tables."""
    cell = (leg.state, happened)
    if cell in IGNORED:
        return leg
    state = TRANSITIONS[cell]
    match happened:
        case LegInput.ALERTED:
            alerted_s = now.utc_s if leg.alerted_s is None else leg.alerted_s
            return structs.replace(leg, state=state, alerted_s=alerted_s)
        case LegInput.ANSWERED:
            return structs.replace(leg, state=state, answered_s=now.utc_s)
        case LegInput.ENDED:
            ended = structs.replace(leg, state=state, ended_s=now.utc_s)
            return close_attempts(ended, now=now)
        case _:
            return close_attempts(structs.replace(leg, state=state), now=now)


def close_attempts(leg: Leg, *, now: Moment) -> Leg:
    """Return a leg that has no use for an answer any more, with nobody being rung for it.

    The hunt says so too, but the last it says may come when the conversation is over.
    """
    closed = tuple(
        structs.replace(one, to_s=now.utc_s, outcome=_outcome_at_end(leg, one.rep))
        if one.outcome == PENDING
        else one
        for one in leg.attempts
    )
    return leg if closed == leg.attempts else structs.replace(leg, attempts=closed)


def _outcome_at_end(leg: Leg, rep: str) -> str:
    if leg.was_answered:
        return "answered" if rep == leg.party.rep else "elsewhere"
    return EndReason.NO_ANSWER if leg.end_reason is EndReason.NO_ANSWER else EndReason.CANCELLED


def reason_of_failure(leg: Leg, sip_status: int) -> EndReason:
    """Return why a placed leg that got this final status was not answered.

    A hunt that rang somebody in vain ends with 480 like one that found nobody to ring;
    who was rung tells the two apart.
    """
    rang_in_vain = any(one.outcome == EndReason.NO_ANSWER for one in leg.attempts)
    if sip_status == TEMPORARILY_UNAVAILABLE and rang_in_vain:
        return EndReason.NO_ANSWER
    return reason_of_refusal(sip_status)


def decide_end(
    leg: Leg, reason: EndReason, *, by: Literal["party", "switch"], sip_status: int
) -> Leg:
    """Return the leg with why it is over; what was decided first stays."""
    if leg.end_reason is not None:
        return leg
    return structs.replace(leg, end_reason=reason, ended_by=by, sip_status=sip_status)


def start_talk(leg: Leg, peer: LegId, *, now: Moment) -> Leg:
    """Return the leg as it talks with its peer from now on."""
    return structs.replace(leg, talks=(*leg.talks, Talk(with_leg=peer, started_s=now.utc_s)))


def end_talk(leg: Leg, *, now: Moment) -> Leg:
    """Return the leg with its last talk ended, if it had one that lasts, and not recorded."""
    leg = end_recorded(leg, now=now)
    if not leg.talks or leg.talks[-1].ended_s is not None:
        return leg
    last = structs.replace(leg.talks[-1], ended_s=now.utc_s)
    return structs.replace(leg, talks=(*leg.talks[:-1], last))


def start_recorded(leg: Leg, name: str, *, now: Moment) -> Leg:
    """Return the leg as it is recorded from now on, if it is not already.

    Args:
        leg: the leg.
        name: where the recording is kept when it is over.
        now: when.
    """
    spans = leg.recorded
    if not spans or spans[-1].to_s is not None:
        spans = (*spans, Recorded(from_s=now.utc_s))
    return structs.replace(leg, recording=name, recorded=spans)


def end_recorded(leg: Leg, *, now: Moment) -> Leg:
    """Return the leg as it is not recorded any more."""
    if not leg.recorded or leg.recorded[-1].to_s is not None:
        return leg
    last = structs.replace(leg.recorded[-1], to_s=now.utc_s)
    return structs.replace(leg, recorded=(*leg.recorded[:-1], last))
