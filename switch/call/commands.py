"""Wishes of the pure part: what the worker is to do, in this order.

Each is a verb and a noun. What comes of it returns as an event, never as a value.
"""

from __future__ import annotations

import enum
from typing import Literal

import msgspec

from switch.call.ids import LegId
from switch.call.target import Party, Target


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Is something the worker shall do now."""


class PlaceLeg(Command, frozen=True, kw_only=True):
    """Send an INVITE to the target, through the edge."""

    leg_id: LegId
    target: Target
    persona: Party
    """The face that the target's phone shows: the one on the other side."""
    offered_from: LegId | None
    """The leg whose session description is offered to the target; None: there is nobody yet."""
    keep_codecs: bool
    """Offer only what that leg has already agreed to, so that it needs no re-INVITE."""
    referred_by: str | None = None
    """The rep who transferred, for Referred-By (RFC 3892); None for a call."""
    why: Literal["call", "summons", "transfer", "recall", "fallback"] = "call"
    """What for; a recall may ring in a way of its own (Alert-Info)."""
    without: tuple[str, ...] = ()
    """Reps whom a hunt shall not ring: they have just declined this very call."""


class AlertLeg(Command, frozen=True, kw_only=True):
    """Tell the caller that it rings: 180, or 183 with the callee's early media."""

    leg_id: LegId
    early_media_from: LegId | None


class AnswerLeg(Command, frozen=True, kw_only=True):
    """Answer the caller with 200 and the session description of the leg that answered."""

    leg_id: LegId
    answered_by: LegId


class RejectLeg(Command, frozen=True, kw_only=True):
    """Refuse the caller with a final status."""

    leg_id: LegId
    sip_status: int


class HangUpLeg(Command, frozen=True, kw_only=True):
    """End a leg: BYE if it was answered, CANCEL or a refusal if it was not."""

    leg_id: LegId


class JoinLegs(Command, frozen=True, kw_only=True):
    """Let the transferee and another leg hear each other, and nobody else.

    Stops music, and sends the transferee a re-INVITE only if its media changed.
    """

    leg_id: LegId
    """The one who stays: the transferee."""
    peer: LegId
    """The transfer target that answered, or the transferor who is back."""


class MuteLeg(Command, frozen=True, kw_only=True):
    """Let nobody hear a leg; some phones go on sending while they hold or are transferred."""

    leg_id: LegId


class UnmuteLeg(Command, frozen=True, kw_only=True):
    """Let its peer hear a leg again."""

    leg_id: LegId


class PlayMusic(Command, frozen=True, kw_only=True):
    """Play music on hold to a leg until it is stopped."""

    leg_id: LegId
    territory: str | None = None
    """Whose music, if it has one of its own; None: nobody's in particular."""


class PlayRinging(Command, frozen=True, kw_only=True):
    """Let a leg that was called hear that whom it calls is rung, until it is joined."""

    leg_id: LegId


class StopMusic(Command, frozen=True, kw_only=True):
    """Stop the music of a leg."""

    leg_id: LegId


class StartRecording(Command, frozen=True, kw_only=True):
    """Record the conversation from now on; also after a pause."""

    by_key_of: LegId | None = None
    """The leg whose key it was; None: it came by another way, or the policy wants it."""


class PauseRecording(Command, frozen=True, kw_only=True):
    """Record nothing for a while."""

    by_key_of: LegId | None = None


class StopRecording(Command, frozen=True, kw_only=True):
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


class PlayPrompt(Command, frozen=True, kw_only=True):
    """Play something to a leg once, in the place of what it hears; its end is an event."""

    leg_id: LegId
    prompt: Prompt


class AnswerReinvite(Command, frozen=True, kw_only=True):
    """Answer the re-INVITE that a leg waits for, without disturbing its peer's dialog."""

    leg_id: LegId
    peer: LegId | None
    """The leg it talks with, or None while it talks with nobody."""


class AnswerRefer(Command, frozen=True, kw_only=True):
    """Answer a REFER; on refusal no subscription exists (RFC 3515 §2.4.4)."""

    leg_id: LegId
    refer_id: str
    accepted: bool
    sip_status: int
    """The status of a refusal; an acceptance uses the configured 202 or 200."""


class SendNotify(Command, frozen=True, kw_only=True):
    """Tell the transferor how his transfer goes: a NOTIFY with a sipfrag of this status."""

    leg_id: LegId
    refer_id: str
    sip_status: int
    final: bool
    """It is the last: ``Subscription-State: terminated;reason=noresource``."""


class AnswerAsk(Command, frozen=True, kw_only=True):
    """Answer who asked for a transfer or a resume, in the terms of SIP: 200, or why not."""

    question: str
    sip_status: int


class AskBack(Command, frozen=True, kw_only=True):
    """Ask whether the transferor may be called back: he may be on another call by now."""

    leg_id: LegId
    """The transferee's."""
    rep: str


class AskTransfer(Command, frozen=True, kw_only=True):
    """Ask the dialplan whom dialled digits mean; the transfer to him comes as an event."""

    leg_id: LegId
    """The transferee's."""
    rep: str
    """Who dialled them."""
    dialled: str


class CloseConversation(Command, frozen=True, kw_only=True):
    """Forget the conversation: every leg has ended."""
