"""What each event means to a leg, by what the leg is in its conversation just then.

Rules of this file: every cell (part, event) stands in exactly one of three tables.
``REACTIONS`` names the function that answers it, ``IGNORED`` says why
nothing is to be done, ``IMPOSSIBLE`` says why it cannot come; if it does, the fault is
ours and that one conversation is ended.

    caller ──► talker ──► transferee ──► talker
    callee ──► talker ──► transferor ──► leaver     (or talker again: the target failed)
                          target     ──► talker     (or leaver: it failed)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from switch.call import calling, referring, talking, transferring
from switch.call.events import (
    LegAlerted,
    LegAnswered,
    LegAttempted,
    LegEnded,
    LegEvent,
    LegHeld,
    LegRetrieved,
    NotifyAnswered,
    ReferReceived,
)
from switch.call.ids import Moment
from switch.call.roster import Part, Roster

_P = Part
_Cell = tuple[Part, type[LegEvent]]

Reaction = Callable[[Roster, Any, Moment], None]
"""Takes an event of the type that its column says."""

REACTIONS: Final[Mapping[_Cell, Reaction]] = MappingProxyType(
    {
        (_P.CALLER, LegEnded): calling.caller_gave_up,
        (_P.CALLER, ReferReceived): referring.refuse_refer,
        (_P.CALLEE, LegAlerted): calling.callee_rings,
        (_P.CALLEE, LegAnswered): calling.callee_answered,
        (_P.CALLEE, LegEnded): calling.callee_failed,
        (_P.CALLEE, ReferReceived): referring.refuse_refer,
        (_P.TALKER, LegEnded): talking.talker_hung_up,
        (_P.TALKER, LegHeld): talking.talker_held,
        (_P.TALKER, LegRetrieved): talking.talker_retrieved,
        (_P.TALKER, ReferReceived): referring.refer,
        (_P.TRANSFEREE, LegEnded): transferring.transferee_left,
        (_P.TRANSFEREE, LegHeld): talking.reinvited_alone,
        (_P.TRANSFEREE, LegRetrieved): talking.reinvited_alone,
        (_P.TRANSFEREE, ReferReceived): referring.refuse_second_refer,
        (_P.TRANSFEROR, LegEnded): transferring.transferor_left,
        (_P.TRANSFEROR, LegHeld): talking.reinvited_alone,
        (_P.TRANSFEROR, LegRetrieved): talking.reinvited_alone,
        (_P.TRANSFEROR, ReferReceived): referring.refuse_second_refer,
        (_P.TRANSFEROR, NotifyAnswered): transferring.notify_answered,
        (_P.TARGET, LegAlerted): transferring.target_rings,
        (_P.TARGET, LegAnswered): transferring.target_answered,
        (_P.TARGET, LegEnded): transferring.target_failed,
        (_P.TARGET, ReferReceived): referring.refuse_refer,
        (_P.LEAVER, LegEnded): calling.leaver_ended,
        (_P.LEAVER, LegHeld): talking.reinvited_alone,
        (_P.LEAVER, LegRetrieved): talking.reinvited_alone,
        (_P.LEAVER, ReferReceived): referring.refuse_refer,
        (_P.LEAVER, NotifyAnswered): transferring.leaver_was_told,
        (_P.CALLEE, LegAttempted): calling.attempted,
        (_P.TALKER, LegAttempted): calling.attempted,
        (_P.TRANSFEREE, LegAttempted): calling.attempted,
        (_P.TRANSFEROR, LegAttempted): calling.attempted,
        (_P.TARGET, LegAttempted): calling.attempted,
        (_P.LEAVER, LegAttempted): calling.attempted,
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
        (_P.CALLER, LegAttempted): _OFFERED,
        (_P.CALLER, LegHeld): _UNCONFIRMED,
        (_P.CALLER, LegRetrieved): _UNCONFIRMED,
        (_P.CALLEE, LegHeld): _UNCONFIRMED,
        (_P.CALLEE, LegRetrieved): _UNCONFIRMED,
        (_P.TARGET, LegHeld): _UNCONFIRMED,
        (_P.TARGET, LegRetrieved): _UNCONFIRMED,
    }
)
