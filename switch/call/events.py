"""Facts about the legs of a conversation: what drives the pure part.

Each is a noun and a past participle, and names the leg it is about.
"""

from __future__ import annotations

import dataclasses

from switch.call.ids import LegId
from switch.call.leg import Attempt
from switch.call.recording import Wish
from switch.call.target import Party, Refusal, Target


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LegEvent:
    """Is something that happened to one leg."""

    leg_id: LegId
    """The leg it happened to."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LegAlerted(LegEvent):
    """A leg that we placed rings: a provisional response above 100 came."""

    early_media: bool = False
    """It carried a session description: the far end plays its own ringing (183)."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LegAnswered(LegEvent):
    """A leg that we placed was answered with a 2xx."""

    rep: str | None = None
    """Who of a territory answered, as the edge says; None for a call to one party."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LegEnded(LegEvent):
    """The dialog of a leg is over, whoever ended it: nothing more comes of it."""

    by_party: bool
    """The other side ended it (BYE, CANCEL, or a final response); else it was us."""
    sip_status: int
    """The final status of the INVITE where it failed; 200 after a BYE."""
    asked: bool = False
    """The party asked for it by a command: all is as if it were so, but we have to see to it."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LegHeld(LegEvent):
    """A re-INVITE put the other side on hold (``sendonly``, ``inactive`` or ``0.0.0.0``)."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LegRetrieved(LegEvent):
    """A re-INVITE with media both ways: the end of a hold, or a change of address."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReferReceived(LegEvent):
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


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NotifyAnswered(LegEvent):
    """A NOTIFY that we sent was answered, or given up after its transaction timed out."""

    refer_id: str
    """The REFER that it belongs to."""
    final: bool
    """It was the last one, with ``Subscription-State: terminated``."""
    sip_status: int
    """What the phone answered; 408 if it answered nothing."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LegAttempted(LegEvent):
    """The hunt behind a leg has news: who was rung for it, and how that went."""

    attempts: tuple[Attempt, ...]
    """All of them so far."""
    party: Party | None = None
    """Who is called now in the territory's place: its overflow to an outside number."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TransferAsked(LegEvent):
    """Somebody asks for a transfer, not by REFER: at the desk, by a command, or by digits.

    The leg is the transferor's while he talks, else the transferee's.
    """

    question: str
    """Names it in our answer."""
    target: Target | Refusal
    fallbacks: tuple[Target, ...] = ()
    dialled: bool = False
    """It is what a chooser has dialled in his menu."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ResumeAsked(LegEvent):
    """The transferor wants the transferee back now. The leg is the transferee's."""

    question: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BackAllowed(LegEvent):
    """The transferor is on no other call: he may be called back to this transferee."""

    rep: str
    """Who: an answer that comes late may be about a transferor before him."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BackBarred(LegEvent):
    """The transferor is on another call; when that is over, :class:`BackAllowed` follows."""

    rep: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DigitPressed(LegEvent):
    """A phone sent a DTMF digit: RFC 4733, SIP INFO, or heard in its audio."""

    digit: str
    """One of ``0123456789*#ABCD``."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PromptEnded(LegEvent):
    """What was played to a leg once is over."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RecordingAsked(LegEvent):
    """Somebody wants the conversation recorded, or not. The leg is his, or any for a command."""

    question: str
    """Names it in our answer."""
    wish: Wish
    by_phone: bool = False
    """It came in the dialog of the leg (SIP INFO ``Record:``)."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HangUpAsked(LegEvent):
    """Somebody wants to hang up, by a command. The leg is his, or any for everybody's."""

    question: str
    """Names it in our answer."""
    everybody: bool = False
    """The conversation is to end."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HoldAsked(LegEvent):
    """A rep wants to hold whom he talks with, or no longer, by a command. The leg is his."""

    question: str
    on: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MuteAsked(LegEvent):
    """A rep wants to be heard by nobody, or again, by a command. The leg is his."""

    question: str
    on: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RecordingBegan(LegEvent):
    """rtpengine records; also after a pause. The leg is the caller's."""

    name: str
    """Where the recording is kept when it is over: day, conversation and ending."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFailed(LegEvent):
    """It cannot be recorded. The leg is the caller's."""

    no_room: bool = False
    """There is no room for another recording."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RecordingCut(LegEvent):
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
