"""How two legs come to hear each other."""

from __future__ import annotations

from switch.call.commands import JoinLegs, MuteLeg, UnmuteLeg
from switch.call.ids import LegId
from switch.call.roster import Roster


def join(roster: Roster, transferee: LegId, peer: LegId) -> None:
    """Let the transferee and a peer hear each other, but for whoever holds or is muted."""
    roster.unjoined -= {transferee, peer}
    roster.music_ended(transferee)
    roster.commands.append(JoinLegs(leg_id=transferee, peer=peer))
    for one, other in ((transferee, peer), (peer, transferee)):
        if roster.legs[one].is_silenced:
            roster.commands.append(MuteLeg(leg_id=one))
        if roster.legs[one].is_holding:
            roster.music(other, on=True)


def join_again(roster: Roster, transferee: LegId, transferor: LegId) -> None:
    """Join a transferee and a transferor who is back; one who holds goes back to that.

    The transferee hears music on until the transferor retrieves him.
    """
    if not roster.legs[transferor].is_holding:
        join(roster, transferee, transferor)
    elif roster.legs[transferee].is_holding:
        roster.music(transferor, on=True)


def retrieve(roster: Roster, holder: LegId, other: LegId) -> None:
    """Let two hear each other again of whom the first holds no longer, in whatever way.

    The other was muted too if a transfer has failed since; not if he holds us himself.
    """
    if holder in roster.unjoined:
        # He was called back, and held before he chose.
        join(roster, other, holder)
        return
    roster.music(other, on=False)
    for one in (holder, other):
        if not roster.legs[one].is_silenced:
            roster.commands.append(UnmuteLeg(leg_id=one))
