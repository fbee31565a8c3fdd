"""What a leg is in its conversation just now, and what each event means to it there.

Rules of this file: every cell (part, event) stands in exactly one of three tables.
``REACTIONS`` names the method of ``Conversation`` that answers it, ``IGNORED`` says why
nothing is to be done, ``IMPOSSIBLE`` says why it cannot come; if it does, the fault is
ours and that one conversation is ended.

    caller ──► talker ──► transferee ──► talker
    callee ──► talker ──► transferor ──► leaver     (or talker again: the target failed)
                          target     ──► talker     (or leaver: it failed)
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from switch.call.events import (
    LegAlerted,
    LegAnswered,
    LegEnded,
    LegEvent,
    LegHeld,
    LegRetrieved,
    NotifyAnswered,
    ReferReceived,
)


class Part(enum.StrEnum):
    """What a leg is in its conversation."""

    CALLER = "caller"
    """Its INVITE came in and is not answered yet."""
    CALLEE = "callee"
    """It is being called for the caller. A ring deadline is pending."""
    TALKER = "talker"
    """It is joined with the other talker; one of them may have the other on hold."""
    TRANSFEREE = "transferee"
    """It hears music until the transfer is over."""
    TRANSFEROR = "transferor"
    """It sent a REFER, is heard by nobody, and waits for the outcome."""
    TARGET = "target"
    """It is being called for a transfer. A response deadline is pending."""
    LEAVER = "leaver"
    """It has no part any more; its dialog is being ended, or has ended."""


_P = Part
_Cell = tuple[Part, type[LegEvent]]

REACTIONS: Final[Mapping[_Cell, str]] = MappingProxyType(
    {
        (_P.CALLER, LegEnded): "caller_gave_up",
        (_P.CALLER, ReferReceived): "refuse_refer",
        (_P.CALLEE, LegAlerted): "callee_rings",
        (_P.CALLEE, LegAnswered): "callee_answered",
        (_P.CALLEE, LegEnded): "callee_failed",
        (_P.CALLEE, ReferReceived): "refuse_refer",
        (_P.TALKER, LegEnded): "talker_hung_up",
        (_P.TALKER, LegHeld): "talker_held",
        (_P.TALKER, LegRetrieved): "talker_retrieved",
        (_P.TALKER, ReferReceived): "refer",
        (_P.TRANSFEREE, LegEnded): "transferee_left",
        (_P.TRANSFEREE, LegHeld): "reinvited_alone",
        (_P.TRANSFEREE, LegRetrieved): "reinvited_alone",
        (_P.TRANSFEREE, ReferReceived): "refuse_second_refer",
        (_P.TRANSFEROR, LegEnded): "transferor_left",
        (_P.TRANSFEROR, LegHeld): "reinvited_alone",
        (_P.TRANSFEROR, LegRetrieved): "reinvited_alone",
        (_P.TRANSFEROR, ReferReceived): "refuse_second_refer",
        (_P.TRANSFEROR, NotifyAnswered): "notify_answered",
        (_P.TARGET, LegAlerted): "target_rings",
        (_P.TARGET, LegAnswered): "target_answered",
        (_P.TARGET, LegEnded): "target_failed",
        (_P.TARGET, ReferReceived): "refuse_refer",
        (_P.LEAVER, LegEnded): "leaver_ended",
        (_P.LEAVER, LegHeld): "reinvited_alone",
        (_P.LEAVER, LegRetrieved): "reinvited_alone",
        (_P.LEAVER, ReferReceived): "refuse_refer",
        (_P.LEAVER, NotifyAnswered): "leaver_was_told",
    }
)

_LATE_180: Final = "a 180 that UDP brought after its 200"
_LATE_200: Final = "a retransmitted 200, or the 200 of a second fork"
_NO_NOTIFY: Final = "the answer to a NOTIFY of an earlier transfer"

IGNORED: Final[Mapping[_Cell, str]] = MappingProxyType(
    {
        (_P.CALLER, NotifyAnswered): _NO_NOTIFY,
        (_P.CALLEE, NotifyAnswered): _NO_NOTIFY,
        (_P.TARGET, NotifyAnswered): _NO_NOTIFY,
        (_P.TALKER, LegAlerted): _LATE_180,
        (_P.TALKER, LegAnswered): _LATE_200,
        (_P.TALKER, NotifyAnswered): "his transfer failed and he is back: nothing hangs on it",
        (_P.TRANSFEREE, LegAlerted): _LATE_180,
        (_P.TRANSFEREE, LegAnswered): _LATE_200,
        (_P.TRANSFEREE, NotifyAnswered): _NO_NOTIFY,
        (_P.TRANSFEROR, LegAlerted): _LATE_180,
        (_P.TRANSFEROR, LegAnswered): _LATE_200,
        (_P.LEAVER, LegAlerted): "a 180 that crossed our CANCEL",
        (_P.LEAVER, LegAnswered): "a 200 that crossed our CANCEL: it gets ACK and BYE",
    }
)

_OFFERED: Final = "a leg that is offered to us is alerted and answered by us"
_UNCONFIRMED: Final = "PJSIP itself answers a re-INVITE before the 2xx with 500"

IMPOSSIBLE: Final[Mapping[_Cell, str]] = MappingProxyType(
    {
        (_P.CALLER, LegAlerted): _OFFERED,
        (_P.CALLER, LegAnswered): _OFFERED,
        (_P.CALLER, LegHeld): _UNCONFIRMED,
        (_P.CALLER, LegRetrieved): _UNCONFIRMED,
        (_P.CALLEE, LegHeld): _UNCONFIRMED,
        (_P.CALLEE, LegRetrieved): _UNCONFIRMED,
        (_P.TARGET, LegHeld): _UNCONFIRMED,
        (_P.TARGET, LegRetrieved): _UNCONFIRMED,
    }
)
