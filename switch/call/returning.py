"""A transferor who is back because his transfer failed, and whose phone may not know it yet."""

from __future__ import annotations

from typing import Final

from msgspec import structs

from switch.call import recalling
from switch.call.endings import EndReason
from switch.call.events import LegEnded, NotifyAnswered
from switch.call.ids import LegId, Moment
from switch.call.leg import Leg
from switch.call.roster import Roster
from switch.call.transfer import Failure, Returning

_MACHINE_S: Final = 1.0
"""Who hangs up so soon after the news is a phone, not a person."""


def failure_of(leg: Leg, reason: EndReason) -> Failure:
    """Return what the transferor is told of a target that did not take the call."""
    return Failure(
        who=leg.territory or leg.party.rep or leg.party.number or leg.dialled, reason=reason
    )


def give_back(
    roster: Roster,
    *,
    transferor: LegId,
    refer_id: str,
    notifies: bool,
    failure: Failure,
    now: Moment,
) -> None:
    """Note that the transferor has the transferee back, and is told so now, if he is told."""
    roster.returning = Returning(
        transferor=transferor,
        refer_id=refer_id,
        failure=failure,
        until_s=None if notifies else now.monotonic_s + _MACHINE_S,
    )


def returner_was_told(roster: Roster, event: NotifyAnswered, now: Moment) -> None:
    """Note that a transferor's phone knows that he is back."""
    returning = roster.returning
    if returning is None or not event.final or event.refer_id != returning.refer_id:
        return
    roster.returning = structs.replace(returning, until_s=now.monotonic_s + _MACHINE_S)


def returner_left(roster: Roster, event: LegEnded, now: Moment) -> bool:
    """Call a transferor back whose phone hung up before he can have known of the failure.

    Returns:
        Whether it was so; if not, somebody has ended the call.
    """
    returning = roster.returning
    if returning is None or returning.transferor != event.leg_id or not event.by_party:
        return False
    if event.asked:  # Nobody's phone does that by itself.
        return False
    if returning.until_s is not None and now.monotonic_s > returning.until_s:
        return False
    transferee = roster.other_talker(event.leg_id)
    roster.stop_talking(event.leg_id, transferee, now)
    roster.ended(event, EndReason.TRANSFERRED, now)
    recalling.begin(
        roster,
        transferor=event.leg_id,
        transferee=transferee,
        failure=returning.failure,
        now=now,
    )
    return True
