"""What the API takes and answers."""

from __future__ import annotations

from typing import Annotated

import msgspec

from switch.call.recording import Wish
from switch.desk.contacts import Contact
from switch.desk.notes import LONGEST, Note
from switch.records.choice import ChoiceRecord
from switch.records.commands import Switched
from switch.threads.view import ThreadView

_Rep = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class RepOut(msgspec.Struct, frozen=True, kw_only=True):
    """Is a rep."""

    name: str
    display_name: str
    extension: str
    state: str
    """available, on_call, ringing, away, wrap_up or offline."""
    territories: list[str]


class TerritoryOut(msgspec.Struct, frozen=True, kw_only=True):
    """Is a territory."""

    name: str
    display_name: str
    extension: str
    strategy: str
    members: list[str]
    available: int
    """Members who could be rung now."""


class LiveOut(msgspec.Struct, frozen=True, kw_only=True):
    """Is a conversation that goes on."""

    conversation: ThreadView
    choice: ChoiceRecord | None
    """What its transferor can choose, if the customer hears music."""


class PageOut(msgspec.Struct, frozen=True, kw_only=True):
    """Is a page of conversations, the one that started last first."""

    conversations: list[ThreadView]
    next: str | None
    """Give it as ``before`` to get the next page; null: this was the last."""


class ConversationOut(msgspec.Struct, frozen=True, kw_only=True):
    """Is a conversation, with all that was written of it."""

    conversation: ThreadView
    contact: Contact | None
    notes: list[Note]


class ContactOut(msgspec.Struct, frozen=True, kw_only=True):
    """Is a Lead or Contact, with a page of his conversations."""

    contact: Contact
    conversations: list[ThreadView]
    next: str | None


class StartedOut(msgspec.Struct, frozen=True, kw_only=True):
    """Says that what was asked is being done; the live conversation tells how it goes."""

    conversation: str
    """Its whole id."""


class TransferIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Says to whom a call is to be transferred."""

    target: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    """What a rep would dial: a name, an extension, an outside number."""
    rep: _Rep | None = None
    """The rep whose call it must be; left out: whoever's it is."""


class ResumeIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Says whose call is to be given back."""

    rep: _Rep | None = None
    """The rep whose call it must be; left out: whoever's it is."""


class HangUpIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Says who hangs up."""

    rep: _Rep | None = None
    """The rep who hangs up, of a call of his; left out: it is ended for everybody."""


class OnOffIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Says whether a rep's other party is held, or the rep muted."""

    action: Switched
    """What is so already stays so."""
    rep: _Rep | None = None
    """The rep who wants it, in a call of his; left out: the one who talks in it."""


class RecordingIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Says whether a conversation is recorded from now on."""

    action: Wish
    """``pause`` leaves out what is said until ``resume``."""
    rep: _Rep | None = None
    """The rep who wants it, in a call of his; left out: whoever's it is."""


class NewCallIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Says who is to be called, and for whom."""

    rep: _Rep
    """Whose phones ring first; it is his call, as if he had dialled."""
    target: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    """What he would dial: a name, an extension, an outside number."""


class PresenceIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Says whether a rep is away."""

    away: bool
    """true: no territory rings him, who dials him does. false: he is back, also from the notes
    that he was left time for."""


class PresenceOut(msgspec.Struct, frozen=True, kw_only=True):
    """Says what was understood; what he is doing then is told by ``/presence``."""

    rep: str
    away: bool


class NoteIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Is what is to be written of a conversation, in the place of what its author wrote before."""

    text: Annotated[str, msgspec.Meta(max_length=LONGEST)]
    disposition: str | None = None
    """One of ``[desk] dispositions``; null: unsaid."""
    rep: _Rep | None = None
    """The rep who writes it, of a conversation of his; left out: the token does, by its name."""
    revision: Annotated[int, msgspec.Meta(ge=0, lt=2**31)] | None = None
    """The revision it is based on (0: there was none): if there is a newer one, 409. Null: the
    newest is replaced."""


class TokenOut(msgspec.Struct, frozen=True, kw_only=True):
    """Is what is known of a token; not the token itself."""

    name: str
    scopes: list[str]
    made_at: float
    """UTC seconds."""
    used_at: float | None
