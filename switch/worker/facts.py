"""What the SIP stack reports of its dialogs, before anybody makes sense of it."""

from __future__ import annotations

import dataclasses
from typing import Literal

from switch.call.ids import LegId
from switch.sip.dialog import SipDialog


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Is something that happened to one dialog."""

    leg_id: LegId


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Stands(Fact):
    """What is to be known of the dialog if its worker dies; it means nothing to the call."""

    dialog: SipDialog


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Invited(Fact):
    """The INVITE that was expected came; its dialog bears the id of the caller's leg."""

    sdp: str | None
    """The offer; None for a late one (RFC 3264 by way of RFC 3261 §13.2.1)."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Provisional(Fact):
    """18x to an INVITE of ours."""

    sip_status: int
    sdp: str | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Fact):
    """2xx to an INVITE of ours."""

    sdp: str | None
    rep: str | None = None
    """Who of a territory answered: the edge says so in X-Rep."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged(Fact):
    """The ACK to our 2xx; with a description if the offer was ours."""

    sdp: str | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Reinvited(Fact):
    """A re-INVITE that waits for our answer, or the offer of an UPDATE."""

    sdp: str | None
    answered: str | None = None
    """What it was answered with already; None: it waits."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReinviteAnswered(Fact):
    """A re-INVITE of ours got its final answer, or its transaction timed out."""

    sip_status: int
    sdp: str | None
    """What the phone says of itself then; None if it refused."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed(Fact):
    """The phone says that a key was pressed."""

    digit: str
    way: Literal["rtp", "info"]
    lasted_s: float = 0.0
    """How long it was held down, until now; 0 if that is not known."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NotifyDone(Fact):
    """A NOTIFY was answered, or its transaction timed out."""

    refer_id: str
    final: bool
    sip_status: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected(Fact):
    """The dialog is over."""

    by_party: bool
    sip_status: int
