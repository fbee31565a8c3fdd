"""A call that a rep has made for him, by a command: his phone is called first, then the other's.

It is his call, as if he had dialled: his leg is the caller's, though it was we who placed it. When
he has answered he hears it ring, and nothing is asked of his phone again.
"""

from __future__ import annotations

from switch.call import calling
from switch.call.commands import PlaceLeg, PlayRinging
from switch.call.endings import REQUEST_TERMINATED, REQUEST_TIMEOUT, EndReason
from switch.call.events import LegAlerted, LegAnswered, LegEnded
from switch.call.ids import LegId, Moment
from switch.call.leg import LegInput, reason_of_failure
from switch.call.placing import target_of
from switch.call.roster import Part, Roster
from switch.call.target import Party, Target


def begin(
    roster: Roster,
    *,
    caller: Party,
    presented: Party,
    dialled: str,
    target: Target,
    now: Moment,
) -> None:
    """Call the rep; his phone shows whom he is about to call."""
    summoned = roster.add(
        party=caller,
        side="caller",
        why="call",
        from_leg=None,
        dialled=dialled,
        part=Part.SUMMONED,
        now=now,
    )
    roster.summons = (target, presented)
    roster.wait_for(summoned, roster.timers.ring_s, now)
    roster.commands.append(
        PlaceLeg(
            leg_id=summoned,
            target=target_of(caller),
            persona=_face_of(target),
            offered_from=None,
            keep_codecs=False,
            why="summons",
        )
    )


def summoned_rings(roster: Roster, event: LegAlerted, now: Moment) -> None:
    """Note that the rep's phone rings."""
    roster.move(event.leg_id, LegInput.ALERTED, now)


def summoned_answered(roster: Roster, event: LegAnswered, now: Moment) -> None:
    """Call whom the rep wants, and let him hear it ring."""
    assert roster.summons is not None
    target, presented = roster.summons
    roster.move(event.leg_id, LegInput.ANSWERED, now)
    roster.parts[event.leg_id] = Part.DIALLER
    roster.commands.append(PlayRinging(leg_id=event.leg_id))
    calling.call(
        roster,
        target,
        caller=event.leg_id,
        presented=presented,
        keep_codecs=True,
        now=now,
    )


def summoned_failed(roster: Roster, event: LegEnded, now: Moment) -> None:
    """Give it up: the rep has declined, or his phone cannot be reached."""
    roster.deadline = None
    roster.ended(event, reason_of_failure(roster.legs[event.leg_id], event.sip_status), now)


def summoned_silent(roster: Roster, leg_id: LegId, now: Moment) -> None:
    """Stop ringing a rep who does not answer; nobody is called for him."""
    roster.release(leg_id, EndReason.NO_ANSWER, REQUEST_TIMEOUT, now)


def dialler_left(roster: Roster, event: LegEnded, now: Moment) -> None:
    """Stop the phone of whom he calls: nobody wants him any more."""
    roster.deadline = None
    reason = EndReason.CANCELLED if event.by_party else EndReason.SWITCH_ERROR
    callee = roster.only(Part.CALLEE)
    roster.ended(event, reason, now)
    roster.release(callee, EndReason.CANCELLED, REQUEST_TERMINATED, now)


def _face_of(target: Target) -> Party:
    """Return what the rep's phone shows: the number, and that it is his own call."""
    number = target.number or target.user
    return Party(role="external", number=number, name=f"your call to {target.name or number}")
