"""A call that is hung up by a command: by a rep for himself, or by an operator for everybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from switch.call import calling, recalling, summoning, talking, transferring
from switch.call.commands import AnswerAsk
from switch.call.endings import DECLINE, OK, REQUEST_TERMINATED, TEMPORARILY_UNAVAILABLE, EndReason
from switch.call.events import HangUpAsked, LegEnded
from switch.call.ids import Moment
from switch.call.roster import Part, Roster

_FORBIDDEN: Final = 403
_NO_SUCH_CALL: Final = 481

_BY_PHONE: Final[Mapping[Part, tuple[Callable[[Roster, LegEnded, Moment], None], int]]] = (
    MappingProxyType(
        {
            Part.SUMMONED: (summoning.summoned_failed, DECLINE),
            Part.DIALLER: (summoning.dialler_left, OK),
            Part.CALLER: (calling.caller_gave_up, REQUEST_TERMINATED),
            Part.CALLEE: (calling.callee_failed, DECLINE),
            Part.TALKER: (talking.talker_hung_up, OK),
            Part.TRANSFEREE: (transferring.transferee_left, OK),
            Part.TRANSFEROR: (transferring.transferor_left, OK),
            Part.TARGET: (transferring.target_failed, DECLINE),
            Part.RECALLED: (recalling.recalled_failed, DECLINE),
            Part.CHOOSER: (recalling.chooser_left, OK),
        }
    )
)
"""What it means if the phone does it, and the status that says so."""


def hang_up_asked(roster: Roster, event: HangUpAsked, now: Moment) -> None:
    """End the leg as if its phone had, or decline what rings; or end everything."""
    leg_id = event.leg_id
    if event.everybody:
        _end_all(roster, event, now)
        return
    if roster.legs[leg_id].party.role != "rep":
        _answer(roster, event, _FORBIDDEN)
        return
    _answer(roster, event, OK)
    happens, status = _BY_PHONE[roster.parts[leg_id]]
    happens(roster, LegEnded(leg_id=leg_id, by_party=True, sip_status=status, asked=True), now)


def leaver_hang_up_asked(roster: Roster, event: HangUpAsked, now: Moment) -> None:
    """Refuse it to one whose leg is being ended; end everything, if that is asked for."""
    if event.everybody:
        _end_all(roster, event, now)
    else:
        _answer(roster, event, _NO_SUCH_CALL)


def end_all(roster: Roster, now: Moment, *, reason: EndReason | None = None) -> bool:
    """End every leg that nobody has ended yet; returns whether there was one.

    Args:
        roster: the conversation.
        now: the moment.
        reason: why; None: whatever fits, for somebody wants it.
    """
    roster.deadline = None
    had_any = False
    for leg_id, part in list(roster.parts.items()):
        leg = roster.legs[leg_id]
        had_any = had_any or part is not Part.LEAVER
        why = reason or (EndReason.COMPLETED if leg.was_answered else EndReason.CANCELLED)
        if part is Part.CALLER:
            roster.reject(leg_id, why, TEMPORARILY_UNAVAILABLE, now)
        else:
            roster.release(leg_id, why, OK if leg.was_answered else REQUEST_TERMINATED, now)
    return had_any


def _end_all(roster: Roster, event: HangUpAsked, now: Moment) -> None:
    _answer(roster, event, OK if end_all(roster, now) else _NO_SUCH_CALL)


def _answer(roster: Roster, event: HangUpAsked, sip_status: int) -> None:
    roster.commands.append(AnswerAsk(question=event.question, sip_status=sip_status))
