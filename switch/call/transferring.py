"""How a transfer goes on and ends: whoever answers, fails, or leaves meanwhile."""

from __future__ import annotations

from typing import Final

from msgspec import structs

from switch.call import leg as legs
from switch.call import recalling
from switch.call.endings import (
    OK,
    REQUEST_TERMINATED,
    REQUEST_TIMEOUT,
    TEMPORARILY_UNAVAILABLE,
    EndReason,
)
from switch.call.events import LegAlerted, LegAnswered, LegEnded, NotifyAnswered
from switch.call.ids import LegId, Moment
from switch.call.joining import join, join_again
from switch.call.leg import Leg, LegInput, reason_of_failure
from switch.call.recall import RecallInput
from switch.call.returning import failure_of, give_back
from switch.call.roster import Part, Roster
from switch.call.transfer import Transfer, TransferInput

_RINGING: Final = 180
_FIRST_FAILURE: Final = 300
_DECLINED: Final = frozenset({EndReason.BUSY, EndReason.DECLINED})
# RFC 6665 §4.2.2: a NOTIFY answered so ends the subscription; no further one is sent.
_UNSUBSCRIBED: Final = frozenset({404, 405, 410, 416, *range(480, 486), 489, 501, 604})


def target_rings(roster: Roster, event: LegAlerted, now: Moment) -> None:
    """Tell the transferor that it rings."""
    roster.move(event.leg_id, LegInput.ALERTED, now)
    before = roster.transfer
    transfer = roster.transfer_input(TransferInput.TARGET_ALERTED)
    # One 180 is enough: phones repeat theirs, and several phones of the target may ring.
    if transfer != before:
        _notify(roster, transfer, _RINGING, final=False)


def target_answered(roster: Roster, event: LegAnswered, now: Moment) -> None:
    """Join transferee and target, and release the transferor."""
    transfer = roster.transfer_input(TransferInput.TARGET_ANSWERED)
    if transfer.why == "fallback":
        roster.recall_input(RecallInput.FALLBACK_ANSWERED)
    roster.deadline = None
    roster.decliners = ()
    roster.answered_by(event.leg_id, event.rep)
    roster.move(event.leg_id, LegInput.ANSWERED, now)
    roster.start_talking(transfer.transferee, event.leg_id, now)
    join(roster, transfer.transferee, event.leg_id)
    _dismiss_transferor(roster, transfer, OK, now)


def target_failed(roster: Roster, event: LegEnded, now: Moment) -> None:
    """Give the transferee back, for the reason that the target's phone gave."""
    reason = reason_of_failure(roster.legs[event.leg_id], event.sip_status)
    roster.ended(event, reason, now)
    # A 2xx that we could not use is no answer; a NOTIFY that repeats it would be a lie.
    failed = event.sip_status >= _FIRST_FAILURE
    status = event.sip_status if failed else TEMPORARILY_UNAVAILABLE
    transfer_failed(roster, status, reason, now)


def target_silent(roster: Roster, leg_id: LegId, now: Moment) -> None:
    """Stop ringing a target that has not answered in time, and give the transferee back."""
    roster.release(leg_id, EndReason.NO_ANSWER, REQUEST_TIMEOUT, now)
    transfer_failed(roster, REQUEST_TIMEOUT, EndReason.NO_ANSWER, now)


def transfer_failed(roster: Roster, sip_status: int, reason: EndReason, now: Moment) -> None:
    """Give the transferee back: at once if the transferor is still there, else by a recall."""
    transfer = roster.transfer_input(TransferInput.TARGET_FAILED)
    roster.deadline = None
    transferee, transferor = transfer.transferee, transfer.transferor
    target = roster.legs[transfer.target]
    _note_decliners(roster, target, reason)
    if transfer.why == "fallback":
        recalling.fallback_failed(roster, now)
        return
    failure = failure_of(target, reason)
    if not transfer.transferor_present:
        recalling.begin(
            roster, transferor=transferor, transferee=transferee, failure=failure, now=now
        )
        return
    _notify(roster, transfer, sip_status, final=True)
    roster.start_talking(transferee, transferor, now)
    join_again(roster, transferee, transferor)
    give_back(
        roster,
        transferor=transferor,
        refer_id=transfer.refer_id,
        notifies=transfer.notifies,
        failure=failure,
        now=now,
    )


def _note_decliners(roster: Roster, target: Leg, reason: EndReason) -> None:
    """Keep who has just declined: "somebody else" does not mean him."""
    declined = [one.rep for one in target.attempts if one.outcome in _DECLINED]
    if target.party.rep is not None and reason in _DECLINED:
        declined.append(target.party.rep)
    roster.decliners = tuple(dict.fromkeys((*roster.decliners, *declined)))


def transferor_left(roster: Roster, event: LegEnded, now: Moment) -> None:
    """Go on without the transferor: he may hang up once his REFER is accepted."""
    roster.transfer_input(TransferInput.TRANSFEROR_LEFT)
    roster.ended(event, EndReason.TRANSFERRED, now)


def transferee_left(roster: Roster, event: LegEnded, now: Moment) -> None:
    """Stop it all: the one it was for is gone."""
    roster.ended(event, EndReason.ABANDONED, now)
    if roster.recall is not None and roster.recall.is_under_way:
        recalling.stop(roster, RecallInput.TRANSFEREE_LEFT, now)
        return
    transfer = roster.transfer_input(TransferInput.TRANSFEREE_LEFT)
    roster.deadline = None
    roster.release(transfer.target, EndReason.ABANDONED, REQUEST_TERMINATED, now)
    _dismiss_transferor(roster, transfer, REQUEST_TERMINATED, now)


def notify_answered(roster: Roster, event: NotifyAnswered, _now: Moment) -> None:
    """Send no further NOTIFY to a phone that knows of no subscription."""
    transfer = roster.transfer
    assert transfer is not None
    if event.refer_id == transfer.refer_id and event.sip_status in _UNSUBSCRIBED:
        roster.transfer = structs.replace(transfer, notifies=False)


def leaver_was_told(roster: Roster, event: NotifyAnswered, now: Moment) -> None:
    """Release a transferor who knows the outcome; our BYE never overtakes that NOTIFY."""
    is_last = event.refer_id == roster.last_refers.get(event.leg_id)
    if is_last and (event.final or event.sip_status in _UNSUBSCRIBED):
        roster.release(event.leg_id, EndReason.TRANSFERRED, OK, now)


def _dismiss_transferor(roster: Roster, transfer: Transfer, sip_status: int, now: Moment) -> None:
    """Tell the transferor the outcome, if he is there; his BYE waits for the answer."""
    if not transfer.transferor_present:
        return
    transferor = transfer.transferor
    if not transfer.notifies:
        roster.release(transferor, EndReason.TRANSFERRED, OK, now)
        return
    roster.legs[transferor] = legs.decide_end(
        roster.legs[transferor], EndReason.TRANSFERRED, by="switch", sip_status=OK
    )
    roster.parts[transferor] = Part.LEAVER
    roster.last_refers[transferor] = transfer.refer_id
    _notify(roster, transfer, sip_status, final=True)


def _notify(roster: Roster, transfer: Transfer, sip_status: int, *, final: bool) -> None:
    if transfer.notifies and transfer.transferor_present:
        roster.notify(transfer.transferor, transfer.refer_id, sip_status, final=final)
