"""How a transfer begins: a REFER is accepted or refused, and the target is called."""

from __future__ import annotations

from typing import Final

from switch.call import recalling
from switch.call.commands import AnswerRefer, MuteLeg, StopMusic
from switch.call.endings import OK, reason_of_refusal
from switch.call.events import LegEnded, ReferReceived
from switch.call.ids import LegId, Moment
from switch.call.placing import party_of, place_target
from switch.call.recall import RecallInput
from switch.call.returning import failure_of, give_back
from switch.call.roster import Part, Roster
from switch.call.target import Party, Refusal, Target
from switch.call.transfer import Transfer

_TRYING: Final = 100
_FORBIDDEN: Final = 403
_LOOP_DETECTED: Final = 482
_REQUEST_PENDING: Final = 491
_STILL_DECLINED_S: Final = 60.0
"""Whoever transfers again so soon after a failure means somebody else than who declined. Those who
have talked for longer since may as well mean him again: he may have time now."""


def refer(roster: Roster, event: ReferReceived, now: Moment) -> None:
    """Accept a rep's REFER: call the target, or say at once why that cannot be.

    Whom the dialplan does not know is a matter for the final NOTIFY, not for the answer
    to the REFER: that says only that we try (RFC 3515 §2.4.4).
    """
    transferor = roster.legs[event.leg_id].party
    if transferor.role != "rep":
        refuse_refer(roster, event, now)
        return
    _answer(roster, event, accepted=True, sip_status=OK)
    match event.target:
        case Refusal(user=user, sip_status=sip_status):
            _refuse_target(roster, event, Party(role="external", number=user), sip_status, now)
        case Target(rep=rep) as target if rep is not None and rep == transferor.rep:
            _refuse_target(roster, event, party_of(target, outside="external"), _LOOP_DETECTED, now)
        case target:
            _begin(roster, event, target, roster.other_talker(event.leg_id), now)


def refuse_refer(roster: Roster, event: ReferReceived, _now: Moment) -> None:
    """Refuse a REFER from one who has nobody to transfer, or no right to."""
    _answer(roster, event, accepted=False, sip_status=_FORBIDDEN)


def refuse_second_refer(roster: Roster, event: ReferReceived, _now: Moment) -> None:
    """Refuse a REFER while a transfer is under way."""
    _answer(roster, event, accepted=False, sip_status=_REQUEST_PENDING)


def refer_of_chooser(roster: Roster, event: ReferReceived, now: Moment) -> None:
    """Take the REFER of a transferor who was called back as his choice."""
    match event.target:
        case Target(rep=rep) as target if rep != roster.legs[event.leg_id].party.rep:
            _answer(roster, event, accepted=True, sip_status=OK)
            roster.parts[event.leg_id] = Part.TRANSFEROR
            roster.commands += [StopMusic(leg_id=event.leg_id), MuteLeg(leg_id=event.leg_id)]
            recall = recalling.stop(roster, RecallInput.TARGET_ASKED, now)
            _begin(roster, event, target, recall.transferee, now)
        case _:
            refer(roster, event, now)


def begin(
    roster: Roster,
    target: Target,
    *,
    transferor: LegId,
    transferee: LegId,
    now: Moment,
    refer: ReferReceived | None = None,
) -> None:
    """Call a transfer target; the transferor is heard by nobody, the transferee hears music.

    Without a REFER the transferor waits for no outcome: whoever asked for the transfer
    learns of it on the bus.
    """
    roster.returning = None
    talked = roster.parts[transferee] is not Part.TRANSFEREE
    if talked and now.monotonic_s - roster.talking_since_s > _STILL_DECLINED_S:
        roster.decliners = ()
    roster.decliners = tuple(rep for rep in roster.decliners if rep != target.rep)
    if talked:
        roster.stop_talking(transferor, transferee, now)
        roster.commands.append(MuteLeg(leg_id=transferor))
    placed = place_target(
        roster, target, why="transfer", transferor=transferor, transferee=transferee, now=now
    )
    roster.parts[transferee] = Part.TRANSFEREE
    roster.set_holds(transferee, holds=False)  # Whom he held has transferred him.
    roster.transfer = Transfer(
        refer_id="" if refer is None else refer.refer_id,
        transferor=transferor,
        transferee=transferee,
        target=placed,
        notifies=refer is not None and refer.notifies,
        transferor_present=refer is not None,
    )
    # After the INVITE: the target's phone rings no later for any of these.
    if talked:
        roster.commands.append(MuteLeg(leg_id=transferee))
    roster.music(transferor, on=False)
    roster.music(transferee, on=True)


def _begin(
    roster: Roster, event: ReferReceived, target: Target, transferee: LegId, now: Moment
) -> None:
    roster.fallbacks = event.fallbacks
    begin(
        roster,
        target,
        transferor=event.leg_id,
        transferee=transferee,
        now=now,
        refer=event,
    )
    roster.parts[event.leg_id] = Part.TRANSFEROR
    _notify(roster, event, _TRYING, final=False)


def _refuse_target(
    roster: Roster, event: ReferReceived, party: Party, sip_status: int, now: Moment
) -> None:
    """Record a target that cannot be called; the two go on talking."""
    refused = roster.add(
        party=party,
        side="callee",
        why="transfer",
        from_leg=event.leg_id,
        dialled=party.rep or party.number or "",
        part=Part.LEAVER,
        now=now,
    )
    ended = LegEnded(leg_id=refused, by_party=False, sip_status=sip_status)
    roster.ended(ended, reason_of_refusal(sip_status), now)
    _notify(roster, event, _TRYING, final=False)
    _notify(roster, event, sip_status, final=True)
    roster.fallbacks = event.fallbacks
    give_back(
        roster,
        transferor=event.leg_id,
        refer_id=event.refer_id,
        notifies=event.notifies,
        failure=failure_of(roster.legs[refused], reason_of_refusal(sip_status)),
        now=now,
    )


def _answer(roster: Roster, event: ReferReceived, *, accepted: bool, sip_status: int) -> None:
    roster.commands.append(
        AnswerRefer(
            leg_id=event.leg_id,
            refer_id=event.refer_id,
            accepted=accepted,
            sip_status=sip_status,
        )
    )


def _notify(roster: Roster, event: ReferReceived, sip_status: int, *, final: bool) -> None:
    if event.notifies:
        roster.notify(event.leg_id, event.refer_id, sip_status, final=final)
