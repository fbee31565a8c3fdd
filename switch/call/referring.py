"""How a transfer begins: a REFER is accepted or refused, and the target is called."""

from __future__ import annotations

from typing import Final, Literal

from switch.call.commands import AnswerRefer, MuteLeg, PlaceLeg
from switch.call.endings import OK, reason_of_refusal
from switch.call.events import LegEnded, ReferReceived
from switch.call.ids import Moment
from switch.call.roster import Part, Roster
from switch.call.target import Party, Refusal, Target
from switch.call.transfer import Transfer

_TRYING: Final = 100
_FORBIDDEN: Final = 403
_LOOP_DETECTED: Final = 482
_REQUEST_PENDING: Final = 491


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
            _begin(roster, event, target, now)


def refuse_refer(roster: Roster, event: ReferReceived, _now: Moment) -> None:
    """Refuse a REFER from one who has nobody to transfer, or no right to."""
    _answer(roster, event, accepted=False, sip_status=_FORBIDDEN)


def refuse_second_refer(roster: Roster, event: ReferReceived, _now: Moment) -> None:
    """Refuse a REFER while a transfer is under way."""
    _answer(roster, event, accepted=False, sip_status=_REQUEST_PENDING)


def party_of(target: Target, *, outside: Literal["customer", "external"]) -> Party:
    """Return the human behind a target, as other phones may be told of him.

    Whoever is called outside is the customer; whoever a customer is transferred to is not.
    """
    return Party(
        role=outside if target.kind == "outside" else "rep",
        rep=target.rep,
        number=target.number,
        name=target.name,
        trunk=target.trunk,
    )


def _begin(roster: Roster, event: ReferReceived, target: Target, now: Moment) -> None:
    transferor = event.leg_id
    transferee = roster.other_talker(transferor)
    roster.stop_talking(transferor, transferee, now)
    roster.commands.append(MuteLeg(leg_id=transferor))
    placed = roster.add(
        party=party_of(target, outside="external"),
        side="callee",
        why="transfer",
        from_leg=transferor,
        dialled=target.user,
        part=Part.TARGET,
        now=now,
        target=target,
    )
    roster.parts[transferor] = Part.TRANSFEROR
    roster.parts[transferee] = Part.TRANSFEREE
    roster.transfer = Transfer(
        refer_id=event.refer_id,
        transferor=transferor,
        transferee=transferee,
        target=placed,
        notifies=event.notifies,
    )
    roster.deadline = (placed, now.monotonic_s + (target.ring_s or roster.timers.response_s))
    roster.commands.append(
        PlaceLeg(
            leg_id=placed,
            target=target,
            persona=_persona(target, roster.legs[transferee].party),
            offered_from=transferee,
            keep_codecs=True,
            referred_by=roster.legs[transferor].party.rep,
        )
    )
    # After the INVITE: the target's phone rings no later for any of these.
    roster.commands.append(MuteLeg(leg_id=transferee))
    roster.music(transferor, on=False)
    roster.music(transferee, on=True)
    _notify(roster, event, _TRYING, final=False)


def _persona(target: Target, transferee: Party) -> Party:
    """Return whom the target sees: the transferee; outside, whom the trunk's policy allows."""
    if target.kind != "outside":
        return transferee
    return Party(role="external", number=target.shown)


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
