"""What two legs that talk can do: hang up, hold, and retrieve."""

from __future__ import annotations

from switch.call.commands import AnswerReinvite, MuteLeg
from switch.call.endings import OK, EndReason
from switch.call.events import LegEnded, LegHeld, LegRetrieved
from switch.call.ids import Moment
from switch.call.joining import retrieve
from switch.call.returning import returner_left
from switch.call.roster import Roster


def talker_hung_up(roster: Roster, event: LegEnded, now: Moment) -> None:
    """Release the other: the call is over, unless it was a phone that means its transfer."""
    if returner_left(roster, event, now):
        return
    other = roster.other_talker(event.leg_id)
    roster.stop_talking(event.leg_id, other, now)
    # Nobody hung up and we had not asked for it: the worker could not go on.
    reason = EndReason.COMPLETED if event.by_party else EndReason.SWITCH_ERROR
    roster.ended(event, reason, now)
    roster.release(other, reason, OK, now)


def talker_held(roster: Roster, event: LegHeld, _now: Moment) -> None:
    """Play music to the other; his own phone hears of nothing."""
    other = roster.other_talker(event.leg_id)
    roster.set_held(event.leg_id, held=True)
    roster.commands.append(AnswerReinvite(leg_id=event.leg_id, peer=other))
    roster.commands.append(MuteLeg(leg_id=event.leg_id))
    roster.music(other, on=True)


def talker_retrieved(roster: Roster, event: LegRetrieved, _now: Moment) -> None:
    """Let the two hear each other again, unless he was asked by a command to hold as well."""
    leg_id = event.leg_id
    other = roster.other_talker(leg_id)
    roster.set_held(leg_id, held=False)
    peer = None if leg_id in roster.unjoined else other
    roster.commands.append(AnswerReinvite(leg_id=leg_id, peer=peer))
    if not roster.legs[leg_id].holds:
        retrieve(roster, leg_id, other)


def reinvited_alone(roster: Roster, event: LegHeld | LegRetrieved, _now: Moment) -> None:
    """Answer a re-INVITE of somebody who talks with nobody just now."""
    roster.set_held(event.leg_id, held=isinstance(event, LegHeld))
    roster.commands.append(AnswerReinvite(leg_id=event.leg_id, peer=None))
