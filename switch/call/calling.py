"""How a first call goes: the caller waits, the callee rings, and answers or does not."""

from __future__ import annotations

from msgspec import structs

from switch.call import leg as legs
from switch.call.commands import AlertLeg, AnswerLeg, PlaceLeg
from switch.call.endings import (
    OK,
    REQUEST_TERMINATED,
    REQUEST_TIMEOUT,
    TEMPORARILY_UNAVAILABLE,
    EndReason,
    reason_of_refusal,
    status_for_caller,
)
from switch.call.events import LegAlerted, LegAnswered, LegAttempted, LegEnded
from switch.call.ids import LegId, Moment
from switch.call.joining import join
from switch.call.leg import LegInput, LegState, reason_of_failure
from switch.call.placing import party_of
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
    """Take the caller's leg, and place the callee's."""
    calls = roster.add(
        party=caller,
        side="caller",
        why="call",
        from_leg=None,
        dialled=dialled,
        part=Part.CALLER,
        now=now,
    )
    call(roster, target, caller=calls, presented=presented, keep_codecs=False, now=now)


def call(
    roster: Roster,
    target: Target,
    *,
    caller: LegId,
    presented: Party,
    keep_codecs: bool,
    now: Moment,
) -> None:
    """Place the callee's leg; a ring deadline is pending then."""
    placed = roster.add(
        party=party_of(target, outside="customer"),
        side="callee",
        why="call",
        from_leg=caller,
        dialled=target.user,
        part=Part.CALLEE,
        now=now,
        target=target,
    )
    roster.wait_for(placed, target.ring_s or roster.timers.ring_s, now)
    roster.commands.append(
        PlaceLeg(
            leg_id=placed,
            target=target,
            persona=presented,
            offered_from=caller,
            keep_codecs=keep_codecs,
        )
    )


def callee_rings(roster: Roster, event: LegAlerted, now: Moment) -> None:
    """Pass the ringing on, with early media if there are; who was summoned hears it already."""
    roster.move(event.leg_id, LegInput.ALERTED, now)
    if _dialler(roster) is not None:
        return
    caller = roster.only(Part.CALLER)
    roster.move(caller, LegInput.ALERTED, now)
    early = event.leg_id if event.early_media else None
    roster.commands.append(AlertLeg(leg_id=caller, early_media_from=early))


def callee_answered(roster: Roster, event: LegAnswered, now: Moment) -> None:
    """Answer the caller, or join who was summoned: the two talk."""
    roster.deadline = None
    roster.answered_by(event.leg_id, event.rep)
    roster.move(event.leg_id, LegInput.ANSWERED, now)
    dialler = _dialler(roster)
    if dialler is not None:
        roster.start_talking(dialler, event.leg_id, now)
        join(roster, dialler, event.leg_id)
        return
    caller = roster.only(Part.CALLER)
    roster.move(caller, LegInput.ANSWERED, now)
    roster.commands.append(AnswerLeg(leg_id=caller, answered_by=event.leg_id))
    roster.start_talking(caller, event.leg_id, now)


def callee_failed(roster: Roster, event: LegEnded, now: Moment) -> None:
    """Tell the caller what the callee's phone said."""
    reason = reason_of_failure(roster.legs[event.leg_id], event.sip_status)
    roster.ended(event, reason, now)
    call_failed(roster, status_for_caller(event.sip_status), reason, now)


def call_failed(roster: Roster, sip_status: int, reason: EndReason, now: Moment) -> None:
    """Refuse the caller, or let go who was summoned: there is nobody to talk to."""
    roster.deadline = None
    dialler = _dialler(roster)
    if dialler is not None:
        roster.release(dialler, reason, OK, now)
        return
    roster.reject(roster.only(Part.CALLER), reason, sip_status, now)


def callee_silent(roster: Roster, leg_id: LegId, now: Moment) -> None:
    """Stop ringing a callee who has not answered in time, and tell the caller so."""
    roster.release(leg_id, EndReason.NO_ANSWER, REQUEST_TIMEOUT, now)
    call_failed(roster, TEMPORARILY_UNAVAILABLE, EndReason.NO_ANSWER, now)


def caller_gave_up(roster: Roster, event: LegEnded, now: Moment) -> None:
    """Stop the callee's phone: nobody wants him any more."""
    callee = roster.only(Part.CALLEE)
    roster.deadline = None
    if not event.by_party:  # The worker has refused the caller's offer.
        reason = reason_of_refusal(event.sip_status)
    elif roster.legs[event.leg_id].party.role == "rep":
        reason = EndReason.CANCELLED
    else:
        reason = EndReason.ABANDONED
    roster.ended(event, reason, now)
    roster.release(callee, EndReason.CANCELLED, REQUEST_TERMINATED, now)


def attempted(roster: Roster, event: LegAttempted, now: Moment) -> None:
    """Note who was rung for a leg, and who is called in his place."""
    leg = roster.legs[event.leg_id]
    party = leg.party if event.party is None else event.party
    leg = structs.replace(leg, attempts=event.attempts, party=party)
    if leg.state in {LegState.RELEASED, LegState.ENDED}:
        leg = legs.close_attempts(leg, now=now)
    roster.legs[event.leg_id] = leg


def leaver_ended(roster: Roster, event: LegEnded, now: Moment) -> None:
    """Note the end of a dialog that had no part any more."""
    roster.ended(event, EndReason.COMPLETED, now)


def _dialler(roster: Roster) -> LegId | None:
    """Return the leg of who was summoned and has answered, if the callee is called for him."""
    return next((one for one, part in roster.parts.items() if part is Part.DIALLER), None)
