"""Going on for a transferee who heard music when the worker of his conversation died.

His dialog is kept by the node, and his media by rtpengine; all other legs are ended by the
node, which publishes that. Another worker goes on as if the target had just been named by
somebody who has left; if the target had failed, the recall begins anew.
"""

from __future__ import annotations

from msgspec import structs

from switch.call import leg as legs
from switch.call import recalling, referring
from switch.call.commands import MuteLeg
from switch.call.endings import OK, REQUEST_TERMINATED, EndReason
from switch.call.ids import Moment
from switch.call.leg import Leg, LegInput
from switch.call.roster import Part, Roster
from switch.call.salvage import Salvage


def salvage_of(roster: Roster) -> Salvage | None:
    """Return who is to be won back if the worker dies now; None: nobody waits on music."""
    transfer, recall = roster.transfer, roster.recall
    if recall is not None and recall.is_under_way:
        transferor, transferee = recall.transferor_leg, recall.transferee
        target, failure = None, recall.failure
    elif transfer is not None and transfer.is_under_way:
        transferor, transferee = transfer.transferor, transfer.transferee
        target, failure = roster.target_of(transfer.target), None
    else:
        return None
    if roster.parts[transferee] is not Part.TRANSFEREE:
        return None  # The switch stops, and has ended them all.
    return Salvage(
        legs=tuple(roster.legs.values()),
        transferee=transferee,
        transferor=transferor,
        target=target,
        failure=failure,
        fallbacks=roster.fallbacks,
        decliners=roster.decliners,
        recording=roster.recording.state,
        recording_name=roster.recording.name,
        is_recorded=roster.recording.is_running,
    )


def take_over(roster: Roster, salvage: Salvage, now: Moment) -> None:
    """Take in all legs: for numbering and names; only the transferee's goes on."""
    for leg in salvage.legs:
        is_saved = leg.leg_id == salvage.transferee
        roster.legs[leg.leg_id] = leg if is_saved else _ended(leg, now)
        roster.parts[leg.leg_id] = Part.TRANSFEREE if is_saved else Part.LEAVER
    roster.fallbacks = salvage.fallbacks
    roster.decliners = salvage.decliners
    roster.recording.state = salvage.recording
    roster.recording.name = salvage.recording_name
    roster.recording.is_running = salvage.is_recorded


def go_on(roster: Roster, salvage: Salvage, now: Moment) -> None:
    """Call the target anew; or the transferor, if the target had failed already."""
    # Whether he was muted already, or hears a goodbye, nobody knows any more.
    roster.commands.append(MuteLeg(leg_id=salvage.transferee))
    if salvage.target is not None:
        referring.begin(
            roster,
            salvage.target,
            transferor=salvage.transferor,
            transferee=salvage.transferee,
            now=now,
        )
        return
    assert salvage.failure is not None
    recalling.begin(
        roster,
        transferor=salvage.transferor,
        transferee=salvage.transferee,
        failure=salvage.failure,
        now=now,
    )


def _ended(leg: Leg, now: Moment) -> Leg:
    """Return a leg as the node has published its end, in the revision after its last."""
    if leg.is_over:
        return leg
    status = OK if leg.was_answered else REQUEST_TERMINATED
    leg = legs.decide_end(leg, EndReason.WORKER_LOST, by="switch", sip_status=status)
    ended = legs.apply(legs.end_talk(leg, now=now), LegInput.ENDED, now=now)
    return structs.replace(ended, revision=leg.revision + 1)
