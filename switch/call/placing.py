"""How a leg is placed for a transferee: to a target, back to the transferor, to a fallback."""

from __future__ import annotations

from typing import Final, Literal

from switch.call.commands import PlaceLeg
from switch.call.endings import EndReason
from switch.call.ids import LegId, Moment
from switch.call.roster import Part, Roster
from switch.call.target import Party, Target
from switch.call.transfer import Failure

_WORDS: Final = {
    EndReason.BUSY: "busy",
    EndReason.DECLINED: "declined",
    EndReason.NO_ANSWER: "no answer",
    EndReason.UNREACHABLE: "not reachable",
    EndReason.NOT_FOUND: "unknown",
    EndReason.FORBIDDEN: "not allowed",
    EndReason.CANCELLED: "taken back",
}


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
        media=target.media,
    )


def target_of(party: Party) -> Target:
    """Return how to call a rep back."""
    return Target(
        user=party.rep or "",
        kind="rep",
        rep=party.rep,
        number=party.number,
        name=party.name,
        media=party.media,
    )


def place_target(
    roster: Roster,
    target: Target,
    *,
    why: Literal["transfer", "fallback"],
    transferor: LegId,
    transferee: LegId,
    now: Moment,
) -> LegId:
    """Call whom the transferee is to talk with next; a response deadline is pending then."""
    placed = roster.add(
        party=party_of(target, outside="external"),
        side="callee",
        why=why,
        from_leg=transferor,
        dialled=target.user,
        part=Part.TARGET,
        now=now,
        target=target,
    )
    roster.wait_for(placed, target.ring_s or roster.timers.response_s, now)
    roster.commands.append(
        PlaceLeg(
            leg_id=placed,
            target=target,
            persona=_persona(target, roster.legs[transferee].party),
            offered_from=transferee,
            keep_codecs=True,
            referred_by=roster.legs[transferor].party.rep,
            why=why,
            without=tuple(rep for rep in roster.decliners if rep != target.rep),
        )
    )
    return placed


def place_recall(
    roster: Roster,
    transferor: Target,
    failure: Failure,
    *,
    from_leg: LegId,
    transferee: LegId,
    now: Moment,
) -> LegId:
    """Call the transferor back; his phone says who the transferee is, and why he is back."""
    placed = roster.add(
        party=party_of(transferor, outside="external"),
        side="callee",
        why="recall",
        from_leg=from_leg,
        dialled=transferor.user,
        part=Part.RECALLED,
        now=now,
        target=transferor,
    )
    roster.wait_for(placed, roster.timers.recall_ring_s, now)
    roster.commands.append(
        PlaceLeg(
            leg_id=placed,
            target=transferor,
            persona=recall_face(failure, roster.legs[transferee].party),
            offered_from=transferee,
            keep_codecs=True,
            why="recall",
        )
    )
    return placed


def recall_face(failure: Failure, transferee: Party) -> Party:
    """Return what the transferor's phone shows: the number, and ``saul declined: +1480…``."""
    words = _WORDS.get(failure.reason, "failed")
    who = transferee.number or "anonymous"
    return Party(
        role=transferee.role,
        rep=transferee.rep,
        number=transferee.number,
        name=f"{failure.who} {words}: {who}",
        trunk=transferee.trunk,
    )


def _persona(target: Target, transferee: Party) -> Party:
    """Return whom the target sees: the transferee; outside, whom the trunk's policy allows."""
    if target.kind != "outside":
        return transferee
    return Party(role="external", number=target.shown)
