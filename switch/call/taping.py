"""What the recording of a conversation is steered by, and which legs it is a recording of."""

from __future__ import annotations

import dataclasses
from typing import Final

from switch.call import recording
from switch.call.commands import AnswerAsk, PauseRecording, StartRecording, StopRecording
from switch.call.endings import OK
from switch.call.events import DigitPressed, RecordingAsked, RecordingBegan, RecordingFailed
from switch.call.ids import LegId, Moment
from switch.call.recording import INPUT_OF, STATES_WANTED, RecordingInput, RecordingState
from switch.call.roster import Part, Roster

_CODE: Final = "*"
_MEANING: Final = {"1": RecordingInput.TOGGLE, "2": RecordingInput.TOGGLE_PAUSE}
_CODE_WITHIN_S: Final = 3.0
"""A code's second key follows its first within this; later it is a key like any other."""
_FORBIDDEN: Final = 403
_NO_SUCH_CALL: Final = 481


def key_pressed(roster: Roster, event: DigitPressed, now: Moment) -> None:
    """Follow ``*1`` (start or stop recording) and ``*2`` (pause, go on) of a rep."""
    leg_id, digit = event.leg_id, event.digit
    if roster.legs[leg_id].party.role != "rep" or not roster.policy.by_keys:
        return  # A customer may speak with a machine of ours that knows such keys itself.
    began_s = roster.code_began_s.pop(leg_id, None)
    if digit == _CODE:
        roster.code_began_s[leg_id] = now.monotonic_s
    elif began_s is not None and now.monotonic_s - began_s <= _CODE_WITHIN_S and digit in _MEANING:
        _happened(roster, _MEANING[digit], by_key_of=leg_id)


def asked(roster: Roster, event: RecordingAsked, _now: Moment) -> None:
    """Do what a rep's phone or a command wants of the recording."""
    if event.by_phone and roster.legs[event.leg_id].party.role != "rep":
        roster.commands.append(AnswerAsk(question=event.question, sip_status=_FORBIDDEN))
        return
    _happened(roster, INPUT_OF[event.wish])
    is_granted = roster.recording in STATES_WANTED[event.wish]
    status = OK if is_granted else _NO_SUCH_CALL
    roster.commands.append(AnswerAsk(question=event.question, sip_status=status))


def began(roster: Roster, event: RecordingBegan, _now: Moment) -> None:
    """Note where the recording is kept; the same after a pause."""
    roster.recording_name = event.name


def failed(roster: Roster, _event: RecordingFailed, _now: Moment) -> None:
    """Note that it cannot be written: the call goes on without."""
    roster.recording = recording.apply(roster.recording, RecordingInput.FAILED)


def settle(roster: Roster, direction: str) -> None:
    """Follow the policy, and note of whoever talks now that he is recorded, if he is."""
    talkers = [leg_id for leg_id, part in roster.parts.items() if part is Part.TALKER]
    if talkers and _is_policy(roster, talkers, direction):
        _happened(roster, RecordingInput.POLICY)
    if roster.recording is not RecordingState.ON or roster.recording_name is None:
        return
    for leg_id in talkers:
        leg = roster.legs[leg_id]
        roster.legs[leg_id] = dataclasses.replace(leg, recording=roster.recording_name)


def _is_policy(roster: Roster, talkers: list[LegId], direction: str) -> bool:
    policy = roster.policy
    return direction in policy.directions or any(
        leg.party.rep in policy.reps or leg.territory in policy.territories
        for leg in (roster.legs[leg_id] for leg_id in talkers)
    )


def _happened(roster: Roster, happened: RecordingInput, *, by_key_of: LegId | None = None) -> None:
    before, roster.recording = roster.recording, recording.apply(roster.recording, happened)
    match before, roster.recording:
        case was, now if was is now:
            pass
        case _, RecordingState.ON:
            roster.commands.append(StartRecording(by_key_of=by_key_of))
        case _, RecordingState.PAUSED:
            roster.commands.append(PauseRecording(by_key_of=by_key_of))
        case RecordingState.ON | RecordingState.PAUSED, _:
            roster.commands.append(StopRecording(by_key_of=by_key_of))
