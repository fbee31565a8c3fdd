"""Facts about the legs of a conversation: what drives the pure part.

Each is a noun and a past participle, and names the leg it is about.
"""

from __future__ import annotations

import msgspec

from switch.call.ids import LegId
from switch.call.leg import Attempt
from switch.call.recording import Wish
from switch.call.target import Party, Refusal, Target


class LegEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Is something that happened to one leg."""

    leg_id: LegId
    """The leg it happened to."""


class LegAlerted(LegEvent, frozen=True, kw_only=True):
    """A leg that we placed rings: a provisional response above 100 came."""

    early_media: bool = False
    """It carried a session description: the far end plays its own ringing (183)."""


class LegAnswered(LegEvent, frozen=True, kw_only=True):
    """A leg that we placed was answered with a 2xx."""

    rep: str | None = None
    """Who of a territory answered, as the edge says; None for a call to one party."""


class LegEnded(LegEvent, frozen=True, kw_only=True):
    """The dialog of a leg is over, whoever ended it: nothing more comes of it."""

    by_party: bool
    """The other side ended it (BYE, CANCEL, or a final response); else it was us."""
    sip_status: int
    """The final status of the INVITE where it failed; 200 after a BYE."""
    asked: bool = False
    """The party asked for it by a command: all is as if it were so, but we have to see to it."""


class LegHeld(LegEvent, frozen=True, kw_only=True):
    """A re-INVITE put the other side on hold (``sendonly``, ``inactive`` or ``0.0.0.0``)."""


class LegRetrieved(LegEvent, frozen=True, kw_only=True):
    """A re-INVITE with media both ways: the end of a hold, or a change of address."""


class ReferReceived(LegEvent, frozen=True, kw_only=True):
    """A REFER came in the dialog of a leg; the edge holds its transaction open."""

    refer_id: str
    """Names this REFER in our answer and in the NOTIFYs."""
    target: Target | Refusal
    """Whom the dialplan found for the Refer-To, or why it found nobody."""
    notifies: bool = True
    """The transferor wants NOTIFYs; false after ``Refer-Sub: false`` (RFC 4488)."""
    fallbacks: tuple[Target, ...] = ()
    """Where the transferee goes, one after the other, if nobody takes him and he cannot be
    given back."""


class NotifyAnswered(LegEvent, frozen=True, kw_only=True):
    """A NOTIFY that we sent was answered, or given up after its transaction timed out."""

    refer_id: str
    """The REFER that it belongs to."""
    final: bool
    """It was the last one, with ``Subscription-State: terminated``."""
    sip_status: int
    """What the phone answered; 408 if it answered nothing."""


class LegAttempted(LegEvent, frozen=True, kw_only=True):
    """The hunt behind a leg has news: who was rung for it, and how that went."""

    attempts: tuple[Attempt, ...]
    """All of them so far."""
    party: Party | None = None
    """Who is called now in the territory's place: its overflow to an outside number."""


class TransferAsked(LegEvent, frozen=True, kw_only=True):
    """Somebody asks for a transfer, not by REFER: at the desk, by a command, or by digits.

    The leg is the transferor's while he talks, else the transferee's.
    """

    question: str
    """Names it in our answer."""
    target: Target | Refusal
    fallbacks: tuple[Target, ...] = ()
    dialled: bool = False
    """It is what a chooser has dialled in his menu."""


class ResumeAsked(LegEvent, frozen=True, kw_only=True):
    """The transferor wants the transferee back now. The leg is the transferee's."""

    question: str


class BackAllowed(LegEvent, frozen=True, kw_only=True):
    """The transferor is on no other call: he may be called back to this transferee."""

    rep: str
    """Who: an answer that comes late may be about a transferor before him."""


class BackBarred(LegEvent, frozen=True, kw_only=True):
    """The transferor is on another call; when that is over, :class:`BackAllowed` follows."""

    rep: str


class DigitPressed(LegEvent, frozen=True, kw_only=True):
    """A phone sent a DTMF digit: RFC 4733, SIP INFO, or heard in its audio."""

    digit: str
    """One of ``0123456789*#ABCD``."""


class PromptEnded(LegEvent, frozen=True, kw_only=True):
    """What was played to a leg once is over."""


class RecordingAsked(LegEvent, frozen=True, kw_only=True):
    """Somebody wants the conversation recorded, or not. The leg is his, or any for a command."""

    question: str
    """Names it in our answer."""
    wish: Wish
    by_phone: bool = False
    """It came in the dialog of the leg (SIP INFO ``Record:``)."""


class HangUpAsked(LegEvent, frozen=True, kw_only=True):
    """Somebody wants to hang up, by a command. The leg is his, or any for everybody's."""

    question: str
    """Names it in our answer."""
    everybody: bool = False
    """The conversation is to end."""


class HoldAsked(LegEvent, frozen=True, kw_only=True):
    """A rep wants to hold whom he talks with, or no longer, by a command. The leg is his."""

    question: str
    on: bool


class MuteAsked(LegEvent, frozen=True, kw_only=True):
    """A rep wants to be heard by nobody, or again, by a command. The leg is his."""

    question: str
    on: bool


class RecordingBegan(LegEvent, frozen=True, kw_only=True):
    """rtpengine records; also after a pause. The leg is the caller's."""

    name: str
    """Where the recording is kept when it is over: day, conversation and ending."""


class RecordingFailed(LegEvent, frozen=True, kw_only=True):
    """It cannot be recorded. The leg is the caller's."""

    no_room: bool = False
    """There is no room for another recording."""


class RecordingCut(LegEvent, frozen=True, kw_only=True):
    """What is being recorded must end: the disk is nearly full. The leg is the caller's."""


ALL_EVENTS: tuple[type[LegEvent], ...] = (
    LegAlerted,
    LegAnswered,
    LegEnded,
    LegHeld,
    LegRetrieved,
    ReferReceived,
    NotifyAnswered,
    LegAttempted,
    TransferAsked,
    ResumeAsked,
    BackAllowed,
    BackBarred,
    DigitPressed,
    PromptEnded,
    RecordingAsked,
    RecordingBegan,
    RecordingFailed,
    RecordingCut,
    HangUpAsked,
    HoldAsked,
    MuteAsked,
)
"""Every event, in the order in which STATES.md shows them."""
