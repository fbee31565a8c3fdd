"""A dialog whose owner is dead, and somebody who answers in his place until it is over.

Rules of this file:

* Nobody here can do more than refuse, cancel and hang up. What cannot be done is refused so
  that the dialog lives on: never with 408 or 481, which end it (RFC 3261 §12.2.1.2), nor with
  what ends it or its usage by RFC 5057 §5.1 (404, 480, 489, 501 and others).
* A session that nobody can change stays as it is: a re-INVITE gets 488 (RFC 3261 §14.2). A 503
  would make a phone leave out the whole edge.
* Every cell (state, method) is decided in ``ANSWERS``.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from switch.sip import dialog as dialogs
from switch.sip.dialog import SipDialog
from switch.sip.message import SipRequest, SipResponse

RETRY_AFTER_S: Final = 5
_OK: Final = 200
_REFUSAL: Final = 300
_NO_DIALOG: Final = 481
_NOT_ACCEPTABLE: Final = 488
_SERVER_ERROR: Final = 500
UNAVAILABLE: Final = 503


class Keeping(enum.StrEnum):
    """What is being done with a dialog."""

    REFUSED = "refused"
    """A caller's INVITE. On entry: 503. Its ACK is awaited."""
    CANCELLED = "cancelled"
    """An INVITE of ours. On entry: CANCEL. What it is answered with is awaited."""
    STANDING = "standing"
    """It is let be: its party talks."""
    LEAVING = "leaving"
    """On entry: BYE. The answer is awaited."""
    OVER = "over"
    """Final. What is sent again is answered again."""


METHODS: Final = (
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "UPDATE",
    "OPTIONS",
    "PRACK",
    "INFO",
    "NOTIFY",
    "MESSAGE",
    "REFER",
    "other",
)
_LIVING: Final[Mapping[str, int | None]] = MappingProxyType(
    {
        "INVITE": _NOT_ACCEPTABLE,
        "ACK": None,
        "BYE": _OK,
        # There is no INVITE left that it could be about; that says nothing of the dialog.
        "CANCEL": _NO_DIALOG,
        "UPDATE": _NOT_ACCEPTABLE,
        "OPTIONS": _OK,
        "PRACK": _SERVER_ERROR,
        "INFO": _SERVER_ERROR,
        "NOTIFY": _SERVER_ERROR,
        "MESSAGE": _SERVER_ERROR,
        "REFER": _SERVER_ERROR,
        "other": _SERVER_ERROR,
    }
)
_ENDING: Final[Mapping[str, int | None]] = MappingProxyType(
    {**dict.fromkeys(METHODS, _NO_DIALOG), "ACK": None, "BYE": _OK}
)
ANSWERS: Final[Mapping[Keeping, Mapping[str, int | None]]] = MappingProxyType(
    {
        # RFC 3261 §9.2: a CANCEL changes nothing once the INVITE has its final answer.
        Keeping.REFUSED: {**_ENDING, "INVITE": UNAVAILABLE, "CANCEL": _OK},
        Keeping.CANCELLED: _ENDING,
        Keeping.STANDING: _LIVING,
        Keeping.LEAVING: _ENDING,
        Keeping.OVER: _ENDING,
    }
)
"""What a request of a dialog is answered with; None: not at all."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class KeptDialog:
    """Is a dialog that somebody answers for who has not begun it."""

    dialog: SipDialog
    state: Keeping
    repeats: bytes | None = None
    """What is sent again and again until it is answered; None: nothing is."""
    left: bool = False
    """Its party has hung up, or given up."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state is Keeping.OVER


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Is what comes of something that happened to a kept dialog."""

    kept: KeptDialog
    """As it is now."""
    says: tuple[bytes, ...] = ()
    """What is to be sent to the edge now, in this order."""


def let_be(dialog: SipDialog) -> KeptDialog:
    """Keep a confirmed dialog as it is."""
    return KeptDialog(dialog=dialog, state=Keeping.STANDING)


def end(dialog: SipDialog) -> Step:
    """End a dialog by whatever ends it: BYE, CANCEL, or a refusal of its INVITE."""
    if dialog.is_confirmed:
        return _say(dialog, Keeping.LEAVING, dialogs.bye(dialog))
    if dialog.side == "uas":
        refusal = dialogs.refusal_of_invite(dialog, UNAVAILABLE, retry_after_s=RETRY_AFTER_S)
        return _say(dialog, Keeping.REFUSED, refusal)
    return _say(dialog, Keeping.CANCELLED, dialogs.cancel(dialog))


def release(kept: KeptDialog) -> Step:
    """Hang up on somebody whose dialog was let be; nothing if it is being ended already."""
    return end(kept.dialog) if kept.state is Keeping.STANDING else Step(kept=kept)


def give_up(kept: KeptDialog) -> KeptDialog:
    """Wait for nothing any more (RFC 3261 §17.1.2.2, timer F): the other side is not there."""
    return dataclasses.replace(kept, state=Keeping.OVER, repeats=None)


def receive_request(kept: KeptDialog, request: SipRequest) -> Step:
    """Answer a request of the dialog.

    Raises:
        SipParseError: it says too little of itself to be answered.
    """
    method = request.method if request.method in METHODS else "other"
    status = ANSWERS[kept.state][method]
    after = kept
    match method:
        case "ACK" if kept.state is Keeping.REFUSED:
            after = give_up(kept)
        case "BYE" if kept.state in {Keeping.STANDING, Keeping.CANCELLED}:
            after = dataclasses.replace(give_up(kept), left=True)
        case "UPDATE" if kept.state is Keeping.STANDING and not request.body:
            # It refreshes the dialog and asks for nothing (RFC 3311 §5.1, RFC 4028 §7.4).
            status = _OK
    if status is None:
        return Step(kept=after)
    if status == UNAVAILABLE and kept.repeats is not None:
        return Step(kept=after, says=(kept.repeats,))
    return Step(kept=after, says=(dialogs.response_to(request, status, tag=kept.dialog.local_tag),))


def receive_response(kept: KeptDialog, response: SipResponse) -> Step:
    """Take the answer to a request of ours, or of the dead owner's.

    Raises:
        SipParseError: it says too little of itself.
    """
    method = response.cseq.method
    if response.status < _OK or (kept.dialog.side == "uas" and method == "INVITE"):
        return Step(kept=kept)
    if method == "INVITE" and response.status < _REFUSAL:
        return _answered(kept, response)
    if method == "INVITE":
        ack = dialogs.ack_of_refusal(kept.dialog, response)
        after = give_up(kept) if kept.state is Keeping.CANCELLED else kept
        return Step(kept=after, says=() if ack is None else (ack,))
    if method == "CANCEL" and kept.state is Keeping.CANCELLED:
        # What the INVITE itself is answered with comes behind.
        return Step(kept=dataclasses.replace(kept, repeats=None))
    if method == "BYE" and kept.state is Keeping.LEAVING:
        return Step(kept=give_up(kept))
    return Step(kept=kept)


def _answered(kept: KeptDialog, response: SipResponse) -> Step:
    """Acknowledge a 2xx to the dead owner's INVITE; end what nobody wants (RFC 3261 §13.2.2.4)."""
    confirmed = dialogs.responded(kept.dialog, response)
    ack = dialogs.ack(confirmed)
    if not kept.dialog.is_confirmed:
        step = end(confirmed)
        return dataclasses.replace(step, says=(ack, *step.says))
    if kept.dialog.remote_tag != response.to_tag:
        # A second phone has answered too: it is told that it was not meant.
        return Step(kept=kept, says=(ack, dialogs.bye(confirmed)))
    return Step(kept=kept, says=(ack,))


def _say(dialog: SipDialog, state: Keeping, message: bytes | None) -> Step:
    if message is None:
        return Step(kept=KeptDialog(dialog=dialog, state=Keeping.OVER))
    return Step(kept=KeptDialog(dialog=dialog, state=state, repeats=message), says=(message,))
