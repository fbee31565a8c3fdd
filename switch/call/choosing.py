"""What a rep chooses by desk, command or digits: transfer, resume, or transfer elsewhere."""

from __future__ import annotations

from typing import Final

from switch.call import recalling
from switch.call.commands import AnswerAsk, AskTransfer, PlayPrompt, Prompt
from switch.call.endings import OK, REQUEST_TERMINATED, EndReason
from switch.call.events import DigitPressed, ResumeAsked, TransferAsked
from switch.call.ids import LegId, Moment
from switch.call.recall import RecallInput, RecallState
from switch.call.referring import begin
from switch.call.roster import Part, Roster
from switch.call.target import Refusal
from switch.call.transferring import transfer_failed

_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_NO_SUCH_CALL: Final = 481
_LOOP_DETECTED: Final = 482
_REQUEST_PENDING: Final = 491
_RESUME: Final = "1"
_TRANSFER: Final = "2"
_DONE: Final = "#"
_AGAIN: Final = "*"


def transfer_asked(roster: Roster, event: TransferAsked, now: Moment) -> None:
    """Transfer the other talker, and release this one at once."""
    transferor = roster.legs[event.leg_id].party
    match event.target:
        case _ if event.dialled:
            # He dialled it in the menu, and has resumed since.
            _answer(roster, event, _NO_SUCH_CALL)
        case Refusal(sip_status=sip_status):
            _answer(roster, event, sip_status)
        case _ if transferor.role != "rep":
            _answer(roster, event, _FORBIDDEN)
        case target if target.rep is not None and target.rep == transferor.rep:
            _answer(roster, event, _LOOP_DETECTED)
        case target:
            _answer(roster, event, OK)
            roster.fallbacks = event.fallbacks
            begin(
                roster,
                target,
                transferor=event.leg_id,
                transferee=roster.other_talker(event.leg_id),
                now=now,
            )
            roster.release(event.leg_id, EndReason.TRANSFERRED, OK, now)


def retarget_asked(roster: Roster, event: TransferAsked, now: Moment) -> None:
    """Call somebody else for a transferee whom nobody took; stop what rings instead."""
    recall = roster.recall
    if recall is None or not recall.is_under_way:
        # Two clicks at once, or a click behind a REFER: the first counts.
        _answer(roster, event, _REQUEST_PENDING)
        return
    match event.target:
        case Refusal(sip_status=sip_status):
            _answer(roster, event, sip_status)
            for leg_id, part in roster.parts.items():
                if part is Part.CHOOSER and event.dialled:
                    roster.commands.append(PlayPrompt(leg_id=leg_id, prompt=Prompt.WRONG))
        case target if target.rep is not None and target.rep == recall.transferor.rep:
            _answer(roster, event, OK)
            _resume_now(roster, now)
        case target:
            _answer(roster, event, OK)
            recalling.stop(roster, RecallInput.TARGET_ASKED, now)
            begin(
                roster,
                target,
                transferor=recall.transferor_leg,
                transferee=recall.transferee,
                now=now,
            )


def resume_asked(roster: Roster, event: ResumeAsked, now: Moment) -> None:
    """Give the transferee back now: stop the target, skip whatever is waited for."""
    transfer, recall = roster.transfer, roster.recall
    if recall is not None and recall.is_under_way:
        if not recalling.can_be_called(roster, recall.transferor_leg):
            _answer(roster, event, _NOT_FOUND)
            return
        _answer(roster, event, OK)
        _resume_now(roster, now)
        return
    assert transfer is not None
    is_there = transfer.transferor_present
    if not is_there and not recalling.can_be_called(roster, transfer.transferor):
        _answer(roster, event, _NOT_FOUND)
        return
    _answer(roster, event, OK)
    roster.release(transfer.target, EndReason.CANCELLED, REQUEST_TERMINATED, now)
    transfer_failed(roster, REQUEST_TERMINATED, EndReason.CANCELLED, now)
    if not is_there:
        _resume_now(roster, now)


def refuse_asked(roster: Roster, event: TransferAsked | ResumeAsked, _now: Moment) -> None:
    """Refuse what fits no longer: the call it was about has changed meanwhile."""
    _answer(roster, event, _NO_SUCH_CALL)


def digit_pressed(roster: Roster, event: DigitPressed, now: Moment) -> None:
    """Follow the menu: ``1`` resumes, ``2``, an extension and ``#`` transfer, ``*`` begins anew."""
    recall = roster.recall
    assert recall is not None
    assert roster.timers.menu_s is not None
    roster.wait_for(event.leg_id, roster.timers.menu_s, now)
    match roster.dialled, event.digit:
        case _, digit if digit == _AGAIN:
            _prompt(roster, event.leg_id, Prompt.MENU)
        case "", digit if digit == _RESUME:
            recalling.resume(roster, event.leg_id, now)
        case "", digit if digit == _TRANSFER:
            roster.dialled = digit
        case "", _:
            _prompt(roster, event.leg_id, Prompt.WRONG)
        case dialled, digit if digit == _DONE:
            roster.dialled = ""
            roster.commands.append(
                AskTransfer(
                    leg_id=recall.transferee,
                    rep=recall.transferor.user,
                    dialled=dialled.removeprefix(_TRANSFER),
                )
            )
        case _:
            roster.dialled += event.digit


def chooser_silent(roster: Roster, leg_id: LegId, now: Moment) -> None:
    """Resume for a transferor who does not choose: he has answered, after all."""
    recalling.resume(roster, leg_id, now)


def _resume_now(roster: Roster, now: Moment) -> None:
    recall = roster.recall
    assert recall is not None
    match recall.state:
        case RecallState.RINGING:
            roster.recall_input(RecallInput.RESUME_ASKED)
        case RecallState.CHOOSING:
            recalling.resume(roster, roster.only(Part.CHOOSER), now)
        case _:
            recalling.stop(roster, RecallInput.RESUME_ASKED, now)
            roster.music(recall.transferee, on=True)
            recalling.ring(roster, now)


def _prompt(roster: Roster, leg_id: LegId, prompt: Prompt) -> None:
    roster.dialled = ""
    roster.commands.append(PlayPrompt(leg_id=leg_id, prompt=prompt))


def _answer(roster: Roster, event: TransferAsked | ResumeAsked, sip_status: int) -> None:
    roster.commands.append(AnswerAsk(question=event.question, sip_status=sip_status))
