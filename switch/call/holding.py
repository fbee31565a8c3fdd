"""A rep who holds whom he talks with, or is muted, by a command: his phone takes no part in it."""

from __future__ import annotations

from typing import Final

from switch.call.commands import AnswerAsk, MuteLeg, UnmuteLeg
from switch.call.endings import OK
from switch.call.events import HoldAsked, MuteAsked
from switch.call.ids import Moment
from switch.call.joining import retrieve
from switch.call.roster import Roster

_FORBIDDEN: Final = 403
_NO_SUCH_CALL: Final = 481


def hold_asked(roster: Roster, event: HoldAsked, _now: Moment) -> None:
    """Play music to the other, and let nobody hear the rep; or let the two talk again."""
    leg_id, leg = event.leg_id, roster.legs[event.leg_id]
    if not _may(roster, event):
        return
    if event.on is leg.holds:
        return
    other = roster.other_talker(leg_id)
    roster.set_holds(leg_id, holds=event.on)
    if event.on:
        roster.commands.append(MuteLeg(leg_id=leg_id))
        roster.music(other, on=True)
    elif not leg.held:  # If his phone holds too, that must end first.
        retrieve(roster, leg_id, other)


def mute_asked(roster: Roster, event: MuteAsked, _now: Moment) -> None:
    """Let nobody hear the rep, who goes on hearing; or let him be heard again."""
    leg_id, leg = event.leg_id, roster.legs[event.leg_id]
    if not _may(roster, event):
        return
    if event.on is leg.muted:
        return
    roster.set_muted(leg_id, muted=event.on)
    if event.on:
        roster.commands.append(MuteLeg(leg_id=leg_id))
    elif not leg.is_holding:
        roster.commands.append(UnmuteLeg(leg_id=leg_id))


def refuse_asked(roster: Roster, event: HoldAsked | MuteAsked, _now: Moment) -> None:
    """Refuse what is asked of somebody who talks with nobody just now."""
    roster.commands.append(AnswerAsk(question=event.question, sip_status=_NO_SUCH_CALL))


def _may(roster: Roster, event: HoldAsked | MuteAsked) -> bool:
    """Answer: a rep may; what is so already is done as well."""
    is_rep = roster.legs[event.leg_id].party.role == "rep"
    status = OK if is_rep else _FORBIDDEN
    roster.commands.append(AnswerAsk(question=event.question, sip_status=status))
    return is_rep
