"""Wishes of the pure part: what the worker is to do, in this order.

Each is a verb and a noun. What comes of it returns as an event, never as a value.
"""

from __future__ import annotations

import dataclasses
import enum
from typing import Literal

from switch.call.ids import LegId
from switch.call.target import Party, Target


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Is something the worker shall do now."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLeg(Command):
    """Send an INVITE to the target, through the edge."""

    leg_id: LegId
    target: Target
    persona: Party
    """The face that the target's phone shows: the one on the other side."""
    offered_from: LegId
    """The leg whose session description is offered to the target."""
    keep_codecs: bool
    """Offer only what that leg has already agreed to, so that it needs no re-INVITE."""
    referred_by: str | None = None
    """The rep who transferred, for Referred-By (RFC 3892); None for a call."""
    why: Literal["call", "transfer", "recall", "fallback"] = "call"
    """What for; a recall may ring in a way of its own (Alert-Info)."""
    without: tuple[str, ...] = ()
    """Reps whom a hunt shall not ring: they have just declined this very call."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AlertLeg(Command):
    """Tell the caller that it rings: 180, or 183 with the callee's early media."""

    leg_id: LegId
    early_media_from: LegId | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLeg(Command):
    """Answer the caller with 200 and the session description of the leg that answered."""

    leg_id: LegId
    answered_by: LegId


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RejectLeg(Command):
    """Refuse the caller with a final status."""

    leg_id: LegId
    sip_status: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HangUpLeg(Command):
    """End a leg: BYE if it was answered, CANCEL or a refusal if it was not."""

    leg_id: LegId


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class JoinLegs(Command):
    """Let the transferee and another leg hear each other, and nobody else.

    Stops music, and sends the transferee a re-INVITE only if its media changed.
    """

    leg_id: LegId
    """The one who stays: the transferee."""
    peer: LegId
    """The transfer target that answered, or the transferor who is back."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MuteLeg(Command):
    """Let nobody hear a leg; some phones go on sending while they hold or are transferred."""

    leg_id: LegId


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class UnmuteLeg(Command):
    """Let its peer hear a leg again."""

    leg_id: LegId


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PlayMusic(Command):
    """Play music on hold to a leg until it is stopped."""

    leg_id: LegId
    territory: str | None = None
    """Whose music, if it has one of its own; None: nobody's in particular."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StopMusic(Command):
    """Stop the music of a leg."""

    leg_id: LegId


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StartRecording(Command):
    """Record the conversation from now on; also after a pause."""

    by_key_of: LegId | None = None
    """The leg whose key it was; None: it came by another way, or the policy wants it."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PauseRecording(Command):
    """Record nothing for a while."""

    by_key_of: LegId | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StopRecording(Command):
    """Record nothing from now on."""

    by_key_of: LegId | None = None


class Prompt(enum.StrEnum):
    """What can be played once."""

    MENU = "menu"
    """To a transferor who was called back: press 1, or 2 and somebody's extension."""
    WRONG = "wrong"
    """What was dialled leads nowhere."""
    GOODBYE = "goodbye"
    """To a transferee: nobody can take the call."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PlayPrompt(Command):
    """Play something to a leg once, in the place of what it hears; its end is an event."""

    leg_id: LegId
    prompt: Prompt


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AnswerReinvite(Command):
    """Answer the re-INVITE that a leg waits for, without disturbing its peer's dialog."""

    leg_id: LegId
    peer: LegId | None
    """The leg it talks with, or None while it talks with nobody."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRefer(Command):
    """Answer a REFER; on refusal no subscription exists (RFC 3515 §2.4.4)."""

    leg_id: LegId
    refer_id: str
    accepted: bool
    sip_status: int
    """The status of a refusal; an acceptance uses the configured 202 or 200."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SendNotify(Command):
    """Tell the transferor how his transfer goes: a NOTIFY with a sipfrag of this status."""

    leg_id: LegId
    refer_id: str
    sip_status: int
    final: bool
    """It is the last: ``Subscription-State: terminated;reason=noresource``."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AnswerAsk(Command):
    """Answer who asked for a transfer or a resume, in the terms of SIP: 200, or why not."""

    question: str
    sip_status: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AskBack(Command):
    """Ask whether the transferor may be called back: he may be on another call by now."""

    leg_id: LegId
    """The transferee's."""
    rep: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AskTransfer(Command):
    """Ask the dialplan whom dialled digits mean; the transfer to him comes as an event."""

    leg_id: LegId
    """The transferee's."""
    rep: str
    """Who dialled them."""
    dialled: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CloseConversation(Command):
    """Forget the conversation: every leg has ended."""
