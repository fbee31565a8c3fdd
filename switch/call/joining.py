"""How two legs come to hear each other."""

from __future__ import annotations

from switch.call.commands import JoinLegs, MuteLeg
from switch.call.ids import LegId
from switch.call.roster import Roster


def join(roster: Roster, transferee: LegId, peer: LegId) -> None:
    """Let the transferee hear a peer who holds nobody, and be heard unless he holds us."""
    roster.unjoined -= {transferee, peer}
    roster.music_ended(transferee)
    roster.commands.append(JoinLegs(leg_id=transferee, peer=peer))
    if roster.legs[transferee].held:
        roster.commands.append(MuteLeg(leg_id=transferee))
        roster.music(peer, on=True)


def join_again(roster: Roster, transferee: LegId, transferor: LegId) -> None:
    """Join a transferee and a transferor who is back; one who holds goes back to that.

    The transferee hears music on until the transferor retrieves him.
    """
    if not roster.legs[transferor].held:
        join(roster, transferee, transferor)
    elif roster.legs[transferee].held:
        roster.music(transferor, on=True)
