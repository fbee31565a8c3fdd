"""How a transferee is given back whose transferor has hung up: see :mod:`switch.call.recall`."""

from __future__ import annotations

from typing import Final

from switch.call.commands import AskBack, MuteLeg, PlayPrompt, Prompt, StopMusic
from switch.call.endings import OK, REQUEST_TERMINATED, REQUEST_TIMEOUT, EndReason
from switch.call.events import (
    BackAllowed,
    BackBarred,
    LegAlerted,
    LegAnswered,
    LegEnded,
    PromptEnded,
)
from switch.call.ids import LegId, Moment
from switch.call.joining import join_again
from switch.call.leg import LegInput, reason_of_failure
from switch.call.placing import place_recall, place_target, target_of
from switch.call.recall import Recall, RecallInput, RecallState
from switch.call.roster import Part, Roster
from switch.call.transfer import Failure, Transfer, TransferInput

_GOODBYE_WITHIN_S: Final = 30.0
"""An announcement whose end nobody reports is over by then."""


def begin(
    roster: Roster, *, transferor: LegId, transferee: LegId, failure: Failure, now: Moment
) -> None:
    """Begin to give a transferee back; he is on music already, or goes on it now."""
    roster.returning = None
    if roster.parts[transferee] is not Part.TRANSFEREE:
        roster.parts[transferee] = Part.TRANSFEREE
        roster.set_holds(transferee, holds=False)
        roster.commands.append(MuteLeg(leg_id=transferee))
    roster.music(transferee, on=True)
    roster.recall = Recall(
        transferor=target_of(roster.legs[transferor].party),
        transferor_leg=transferor,
        transferee=transferee,
        failure=failure,
        tries_left=1 + roster.timers.recall_retries,
        fallbacks=roster.fallbacks,
    )
    if can_be_called(roster, transferor):
        _ask(roster, roster.recall, now)
    else:
        _go_on(roster, now, RecallInput.TRIES_OVER)


def can_be_called(roster: Roster, transferor: LegId) -> bool:
    """Tell whether there is anybody to call back.

    There is not if he answered for a territory and the dialplan does not know him.
    """
    return roster.legs[transferor].party.rep is not None


def back_allowed(roster: Roster, event: BackAllowed, now: Moment) -> None:
    """Call the transferor back: he is free."""
    if roster.recall is None or event.rep != roster.recall.transferor.user:
        return
    before = roster.recall.state
    if roster.recall_input(RecallInput.ALLOWED).state is not before:
        ring(roster, now)


def back_barred(roster: Roster, event: BackBarred, _now: Moment) -> None:
    """Wait for a transferor who is on another call; the deadline stands already."""
    if roster.recall is not None and event.rep == roster.recall.transferor.user:
        roster.recall_input(RecallInput.BARRED)


def ring(roster: Roster, now: Moment) -> None:
    """Place the leg back to the transferor."""
    recall = roster.recall
    assert recall is not None
    place_recall(
        roster,
        recall.transferor,
        recall.failure,
        from_leg=recall.transferor_leg,
        transferee=recall.transferee,
        now=now,
    )


def recalled_rings(roster: Roster, event: LegAlerted, now: Moment) -> None:
    """Note that the transferor's phone rings."""
    roster.move(event.leg_id, LegInput.ALERTED, now)


def recalled_answered(roster: Roster, event: LegAnswered, now: Moment) -> None:
    """Join the two, or let the transferor choose first, if he has not chosen yet."""
    recall = roster.recall
    assert recall is not None
    roster.move(event.leg_id, LegInput.ANSWERED, now)
    if roster.timers.menu_s is None or recall.resume_asked:
        resume(roster, event.leg_id, now)
        return
    roster.recall_input(RecallInput.ANSWERED_TO_CHOOSE)
    roster.parts[event.leg_id] = Part.CHOOSER
    roster.unjoined.add(event.leg_id)
    roster.dialled = ""
    roster.wait_for(event.leg_id, roster.timers.menu_s, now)
    roster.commands.append(PlayPrompt(leg_id=event.leg_id, prompt=Prompt.MENU))


def resume(roster: Roster, recalled: LegId, now: Moment) -> None:
    """Join transferor and transferee: the call goes on."""
    if roster.parts[recalled] is Part.CHOOSER:
        roster.commands.append(StopMusic(leg_id=recalled))
    recall = roster.recall_input(RecallInput.ANSWERED)
    roster.returning = None
    roster.deadline = None
    roster.start_talking(recall.transferee, recalled, now)
    join_again(roster, recall.transferee, recalled)


def recalled_failed(roster: Roster, event: LegEnded, now: Moment) -> None:
    """Try again later, or go on to the fallbacks: he declined, or has no phone."""
    reason = reason_of_failure(roster.legs[event.leg_id], event.sip_status)
    roster.ended(event, reason, now)
    _try_failed(roster, now)


def recalled_silent(roster: Roster, leg_id: LegId, now: Moment) -> None:
    """Stop ringing a transferor who does not answer."""
    roster.release(leg_id, EndReason.NO_ANSWER, REQUEST_TIMEOUT, now)
    _try_failed(roster, now)


def chooser_left(roster: Roster, event: LegEnded, now: Moment) -> None:
    """Try again later, or go on to the fallbacks: he hung up and has chosen nothing."""
    roster.ended(event, EndReason.COMPLETED, now)
    _try_failed(roster, now)


def _try_failed(roster: Roster, now: Moment) -> None:
    """Pause before the next try, or go on without the transferor."""
    recall = roster.recall
    assert recall is not None
    if not recall.tries_left:
        _go_on(roster, now, RecallInput.TRIES_OVER)
        return
    roster.recall_input(RecallInput.TRY_FAILED)
    roster.wait_for(recall.transferee, roster.timers.recall_pause_s, now)


def transferee_waited(roster: Roster, _leg_id: LegId, now: Moment) -> None:
    """Act on the deadline of a transferee: a pause, a wait or a goodbye is over."""
    recall = roster.recall
    assert recall is not None
    match recall.state:
        case RecallState.PAUSING:
            _ask(roster, roster.recall_input(RecallInput.PAUSE_OVER), now)
        case RecallState.GOODBYE:
            _part(roster, now)
        case _:
            _go_on(roster, now, RecallInput.TRIES_OVER)


def fallback_failed(roster: Roster, now: Moment) -> None:
    """Go on to the next fallback, or say goodbye."""
    _go_on(roster, now, RecallInput.FALLBACK_FAILED)


def goodbye_said(roster: Roster, _event: PromptEnded, now: Moment) -> None:
    """Let a transferee go who has heard why."""
    recall = roster.recall
    if recall is not None and recall.state is RecallState.GOODBYE:
        _part(roster, now)


def stop(roster: Roster, happened: RecallInput, now: Moment) -> Recall:
    """Stop whatever rings for a recall, because the transferee goes another way, or away."""
    recall = roster.recall_input(happened)
    left = happened is RecallInput.TRANSFEREE_LEFT
    roster.deadline = None
    if roster.transfer is not None:  # A fallback may be under way.
        roster.transfer_input(
            TransferInput.TRANSFEREE_LEFT if left else TransferInput.TARGET_FAILED
        )
    for leg_id, part in list(roster.parts.items()):
        if part in {Part.RECALLED, Part.TARGET}:
            reason = EndReason.ABANDONED if left else EndReason.CANCELLED
            roster.release(leg_id, reason, REQUEST_TERMINATED, now)
        elif part is Part.CHOOSER:
            reason = EndReason.ABANDONED if left else EndReason.TRANSFERRED
            roster.release(leg_id, reason, OK, now)
    return recall


def _ask(roster: Roster, recall: Recall, now: Moment) -> None:
    """Ask whether he is on another call; until the answer he is waited for, as if he were."""
    roster.wait_for(recall.transferee, roster.timers.recall_wait_s, now)
    roster.commands.append(AskBack(leg_id=recall.transferee, rep=recall.transferor.user))


def _go_on(roster: Roster, now: Moment, happened: RecallInput) -> None:
    """Call the next fallback; if none is left, say goodbye."""
    recall = roster.recall
    assert recall is not None
    if not recall.fallbacks:
        roster.recall_input(RecallInput.NO_WAY_LEFT)
        roster.music_ended(recall.transferee)
        roster.commands.append(PlayPrompt(leg_id=recall.transferee, prompt=Prompt.GOODBYE))
        roster.wait_for(recall.transferee, _GOODBYE_WITHIN_S, now)
        return
    roster.recall_input(happened)
    placed = place_target(
        roster,
        recall.fallbacks[0],
        why="fallback",
        transferor=recall.transferor_leg,
        transferee=recall.transferee,
        now=now,
    )
    roster.transfer = Transfer(
        refer_id="",
        transferor=recall.transferor_leg,
        transferee=recall.transferee,
        target=placed,
        notifies=False,
        why="fallback",
        transferor_present=False,
    )


def _part(roster: Roster, now: Moment) -> None:
    recall = roster.recall_input(RecallInput.GOODBYE_SAID)
    roster.deadline = None
    roster.release(recall.transferee, EndReason.TRANSFER_FAILED, OK, now)
