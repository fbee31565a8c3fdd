"""What the SIP stack reports of its dialogs, before anybody makes sense of it."""

from __future__ import annotations

from typing import Literal

import msgspec

from switch.call.ids import LegId
from switch.sip.dialog import SipDialog


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Is something that happened to one dialog."""

    leg_id: LegId


class Stands(Fact, frozen=True, kw_only=True):
    """What is to be known of the dialog if its worker dies; it means nothing to the call."""

    dialog: SipDialog


class Invited(Fact, frozen=True, kw_only=True):
    """The INVITE that was expected came; its dialog bears the id of the caller's leg."""

    sdp: str | None
    """The offer; None for a late one (RFC 3264 by way of RFC 3261 §13.2.1)."""


class Provisional(Fact, frozen=True, kw_only=True):
    """18x to an INVITE of ours."""

    sip_status: int
    sdp: str | None


class Answered(Fact, frozen=True, kw_only=True):
    """2xx to an INVITE of ours."""

    sdp: str | None
    rep: str | None = None
    """Who of a territory answered: the edge says so in X-Rep."""


class Acknowledged(Fact, frozen=True, kw_only=True):
    """The ACK to our 2xx; with a description if the offer was ours."""

    sdp: str | None


class Reinvited(Fact, frozen=True, kw_only=True):
    """A re-INVITE that waits for our answer, or the offer of an UPDATE."""

    sdp: str | None
    answered: str | None = None
    """What it was answered with already; None: it waits."""


class ReinviteAnswered(Fact, frozen=True, kw_only=True):
    """A re-INVITE of ours got its final answer, or its transaction timed out."""

    sip_status: int
    sdp: str | None
    """What the phone says of itself then; None if it refused."""


class KeyPressed(Fact, frozen=True, kw_only=True):
    """The phone says that a key was pressed."""

    digit: str
    way: Literal["rtp", "info"]
    lasted_s: float = 0.0
    """How long it was held down, until now; 0 if that is not known."""


class NotifyDone(Fact, frozen=True, kw_only=True):
    """A NOTIFY was answered, or its transaction timed out."""

    refer_id: str
    final: bool
    sip_status: int


class Disconnected(Fact, frozen=True, kw_only=True):
    """The dialog is over."""

    by_party: bool
    sip_status: int
