"""What each event means to a leg, by what the leg is in its conversation just then.

Rules of this file: every cell (part, event) stands in exactly one of three tables.
``REACTIONS`` names the function that answers it, ``IGNORED`` says why
nothing is to be done, ``IMPOSSIBLE`` says why it cannot come; if it does, the fault is
ours and that one conversation is ended.

    summoned ──► dialler ──► talker
    caller ──► talker ──► transferee ──► talker
    callee ──► talker ──► transferor ──► leaver     (or talker again: the target failed)
                          target     ──► talker     (or leaver: it failed)
                          recalled   ──► talker     (or chooser first; or leaver)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from switch.call import (
    calling,
    choosing,
    hanging_up,
    holding,
    recalling,
    referring,
    returning,
    summoning,
    talking,
    taping,
    transferring,
)
from switch.call.events import (
    BackAllowed,
    BackBarred,
    DigitPressed,
    HangUpAsked,
    HoldAsked,
    LegAlerted,
    LegAnswered,
    LegAttempted,
    LegEnded,
    LegEvent,
    LegHeld,
    LegRetrieved,
    MuteAsked,
    NotifyAnswered,
    PromptEnded,
    RecordingAsked,
    RecordingBegan,
    RecordingCut,
    RecordingFailed,
    ReferReceived,
    ResumeAsked,
    TransferAsked,
)
from switch.call.ids import LegId, Moment
from switch.call.roster import Part, Roster

_P = Part
_Cell = tuple[Part, type[LegEvent]]

Reaction = Callable[[Roster, Any, Moment], None]
"""Takes an event of the type that its column says."""

REACTIONS: Final[Mapping[_Cell, Reaction]] = MappingProxyType(
    {
        (_P.SUMMONED, LegAlerted): summoning.summoned_rings,
        (_P.SUMMONED, LegAnswered): summoning.summoned_answered,
        (_P.SUMMONED, LegEnded): summoning.summoned_failed,
        (_P.SUMMONED, ReferReceived): referring.refuse_refer,
        (_P.DIALLER, LegEnded): summoning.dialler_left,
        (_P.DIALLER, LegHeld): talking.reinvited_alone,
        (_P.DIALLER, LegRetrieved): talking.reinvited_alone,
        (_P.DIALLER, ReferReceived): referring.refuse_refer,
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
        (_P.TALKER, NotifyAnswered): returning.returner_was_told,
        (_P.TALKER, TransferAsked): choosing.transfer_asked,
        (_P.TRANSFEREE, TransferAsked): choosing.retarget_asked,
        (_P.TRANSFEREE, ResumeAsked): choosing.resume_asked,
        (_P.TRANSFEREE, BackAllowed): recalling.back_allowed,
        (_P.TRANSFEREE, BackBarred): recalling.back_barred,
        (_P.TRANSFEREE, PromptEnded): recalling.goodbye_said,
        (_P.RECALLED, LegAlerted): recalling.recalled_rings,
        (_P.RECALLED, LegAnswered): recalling.recalled_answered,
        (_P.RECALLED, LegEnded): recalling.recalled_failed,
        (_P.RECALLED, ReferReceived): referring.refuse_refer,
        (_P.CHOOSER, LegEnded): recalling.chooser_left,
        (_P.CHOOSER, LegHeld): talking.reinvited_alone,
        (_P.CHOOSER, LegRetrieved): talking.reinvited_alone,
        (_P.CHOOSER, ReferReceived): referring.refer_of_chooser,
        (_P.CHOOSER, DigitPressed): choosing.digit_pressed,
        (_P.TALKER, DigitPressed): taping.key_pressed,
        **{(part, RecordingAsked): taping.asked for part in Part},
        **{(part, RecordingBegan): taping.began for part in Part},
        **{(part, RecordingFailed): taping.failed for part in Part},
        **{(part, RecordingCut): taping.cut for part in Part},
        **{(part, HangUpAsked): hanging_up.hang_up_asked for part in Part if part is not _P.LEAVER},
        (_P.LEAVER, HangUpAsked): hanging_up.leaver_hang_up_asked,
        (_P.TALKER, HoldAsked): holding.hold_asked,
        (_P.TALKER, MuteAsked): holding.mute_asked,
        **{
            (part, asked): holding.refuse_asked
            for part in Part
            for asked in (HoldAsked, MuteAsked)
            if part is not _P.TALKER
        },
        **{
            (part, asked): choosing.refuse_asked
            for part in Part
            for asked in (TransferAsked, ResumeAsked)
            if (part, asked)
            not in {
                (_P.TALKER, TransferAsked),
                (_P.TRANSFEREE, TransferAsked),
                (_P.TRANSFEREE, ResumeAsked),
            }
        },
    }
)

DEADLINES: Final[Mapping[Part, Callable[[Roster, LegId, Moment], None]]] = MappingProxyType(
    {
        _P.SUMMONED: summoning.summoned_silent,
        _P.CALLEE: calling.callee_silent,
        _P.TARGET: transferring.target_silent,
        _P.RECALLED: recalling.recalled_silent,
        _P.CHOOSER: choosing.chooser_silent,
        _P.TRANSFEREE: recalling.transferee_waited,
    }
)
"""What is done when a deadline passes, by the part of the leg that is waited for."""

_LATE_180: Final = "a 180 that UDP brought after its 200"
_LATE_200: Final = "a retransmitted 200, or the 200 of a second fork"
_NO_NOTIFY: Final = "the answer to a NOTIFY of an earlier transfer"
_GIVEN_BACK: Final = "the transferee talks again: nobody is to be called back"
_NO_MENU: Final = "digits mean something to the far end, or to nobody"
_PROMPT_ENDED: Final = "nothing hangs on it"

IGNORED: Final[Mapping[_Cell, str]] = MappingProxyType(
    {
        (_P.SUMMONED, NotifyAnswered): _NO_NOTIFY,
        (_P.DIALLER, LegAlerted): _LATE_180,
        (_P.DIALLER, LegAnswered): _LATE_200,
        (_P.DIALLER, NotifyAnswered): _NO_NOTIFY,
        (_P.CALLER, NotifyAnswered): _NO_NOTIFY,
        (_P.CALLEE, NotifyAnswered): _NO_NOTIFY,
        (_P.TARGET, NotifyAnswered): _NO_NOTIFY,
        (_P.TALKER, LegAlerted): _LATE_180,
        (_P.TALKER, LegAnswered): _LATE_200,
        (_P.TRANSFEREE, LegAlerted): _LATE_180,
        (_P.TRANSFEREE, LegAnswered): _LATE_200,
        (_P.TRANSFEREE, NotifyAnswered): _NO_NOTIFY,
        (_P.TRANSFEROR, LegAlerted): _LATE_180,
        (_P.TRANSFEROR, LegAnswered): _LATE_200,
        (_P.RECALLED, NotifyAnswered): _NO_NOTIFY,
        (_P.CHOOSER, NotifyAnswered): _NO_NOTIFY,
        (_P.CHOOSER, LegAlerted): _LATE_180,
        (_P.CHOOSER, LegAnswered): _LATE_200,
        (_P.TALKER, BackAllowed): _GIVEN_BACK,
        (_P.TALKER, BackBarred): _GIVEN_BACK,
        (_P.TRANSFEROR, BackAllowed): _GIVEN_BACK,
        (_P.TRANSFEROR, BackBarred): _GIVEN_BACK,
        (_P.LEAVER, BackAllowed): "he is waited for no longer",
        (_P.LEAVER, BackBarred): "he is waited for no longer",
        **{(part, DigitPressed): _NO_MENU for part in Part if part not in {_P.CHOOSER, _P.TALKER}},
        **{(part, PromptEnded): _PROMPT_ENDED for part in Part if part is not _P.TRANSFEREE},
        (_P.LEAVER, LegAlerted): "a 180 that crossed our CANCEL",
        (_P.LEAVER, LegAnswered): "a 200 that crossed our CANCEL: it gets ACK and BYE",
    }
)

_OFFERED: Final = "a leg that is offered to us is alerted and answered by us"
_UNCONFIRMED: Final = "PJSIP itself answers a re-INVITE before the 2xx with 500"
_NO_HUNT: Final = "a rep is called, not a territory"

IMPOSSIBLE: Final[Mapping[_Cell, str]] = MappingProxyType(
    {
        (_P.CALLER, LegAlerted): _OFFERED,
        (_P.CALLER, LegAnswered): _OFFERED,
        (_P.CALLER, LegAttempted): _OFFERED,
        (_P.CALLER, LegHeld): _UNCONFIRMED,
        (_P.CALLER, LegRetrieved): _UNCONFIRMED,
        (_P.SUMMONED, LegHeld): _UNCONFIRMED,
        (_P.SUMMONED, LegRetrieved): _UNCONFIRMED,
        (_P.SUMMONED, LegAttempted): _NO_HUNT,
        (_P.DIALLER, LegAttempted): _NO_HUNT,
        (_P.CALLEE, LegHeld): _UNCONFIRMED,
        (_P.CALLEE, LegRetrieved): _UNCONFIRMED,
        (_P.TARGET, LegHeld): _UNCONFIRMED,
        (_P.TARGET, LegRetrieved): _UNCONFIRMED,
        (_P.RECALLED, LegHeld): _UNCONFIRMED,
        (_P.RECALLED, LegRetrieved): _UNCONFIRMED,
        (_P.RECALLED, LegAttempted): _NO_HUNT,
        (_P.CHOOSER, LegAttempted): _NO_HUNT,
        **{
            (part, answer): "nobody is asked about a leg that nobody has transferred"
            for part in (
                _P.SUMMONED,
                _P.DIALLER,
                _P.CALLER,
                _P.CALLEE,
                _P.TARGET,
                _P.RECALLED,
                _P.CHOOSER,
            )
            for answer in (BackAllowed, BackBarred)
        },
    }
)
