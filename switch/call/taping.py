"""What the recording of a conversation is steered by, and which legs it is a recording of."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from msgspec import structs

from switch.call import leg as legs
from switch.call import recording
from switch.call.commands import AnswerAsk, PauseRecording, StartRecording, StopRecording
from switch.call.endings import OK
from switch.call.events import (
    DigitPressed,
    RecordingAsked,
    RecordingBegan,
    RecordingCut,
    RecordingFailed,
)
from switch.call.ids import LegId, Moment
from switch.call.leg import Leg
from switch.call.recording import INPUT_OF, STATES_WANTED, RecordingInput, RecordingState
from switch.call.roster import Part, Roster

_SHOWN: Final[Mapping[RecordingState, Literal["on", "paused"]]] = MappingProxyType(
    {RecordingState.ON: "on", RecordingState.PAUSED: "paused"}
)
_CODE: Final = "*"
_MEANING: Final = {"1": RecordingInput.TOGGLE, "2": RecordingInput.TOGGLE_PAUSE}
_CODE_WITHIN_S: Final = 3.0
"""A code's second key follows its first within this; later it is a key like any other."""
_FORBIDDEN: Final = 403
_NO_SUCH_CALL: Final = 481
_CANNOT: Final = 500
_NO_ROOM: Final = 503


def key_pressed(roster: Roster, event: DigitPressed, now: Moment) -> None:
    """Follow ``*1`` (start or stop recording) and ``*2`` (pause, go on) of a rep."""
    leg_id, digit = event.leg_id, event.digit
    if roster.legs[leg_id].party.role != "rep" or not roster.recording.policy.by_keys:
        return  # A customer may speak with a machine of ours that knows such keys itself.
    began_s = roster.recording.code_began_s.pop(leg_id, None)
    if digit == _CODE:
        roster.recording.code_began_s[leg_id] = now.monotonic_s
    elif began_s is not None and now.monotonic_s - began_s <= _CODE_WITHIN_S and digit in _MEANING:
        _happened(roster, _MEANING[digit], by_key_of=leg_id)


def asked(roster: Roster, event: RecordingAsked, _now: Moment) -> None:
    """Do what a rep's phone or a command wants; who wants it on is answered when it runs."""
    if event.by_phone and roster.legs[event.leg_id].party.role != "rep":
        _answer(roster, event.question, _FORBIDDEN)
        return
    _happened(roster, INPUT_OF[event.wish])
    state = roster.recording.state
    if state not in STATES_WANTED[event.wish]:
        _answer(roster, event.question, _NO_SUCH_CALL)
    elif state is RecordingState.ON and not roster.recording.is_running:
        roster.recording.questions.append(event.question)
    else:
        _answer(roster, event.question, OK)


def began(roster: Roster, event: RecordingBegan, _now: Moment) -> None:
    """Note that it is recorded, and where that is kept; the same after a pause."""
    if roster.recording.state is RecordingState.ON:
        roster.recording.name = event.name
        roster.recording.is_running = True
        _answer_all(roster, OK)
    elif roster.recording.state is RecordingState.STOPPED:
        # A start before it has failed, and nobody waits for this one.
        roster.commands.append(StopRecording())


def failed(roster: Roster, event: RecordingFailed, _now: Moment) -> None:
    """Note that it cannot be written: the call goes on without."""
    _happened(roster, RecordingInput.FAILED)
    _answer_all(roster, _NO_ROOM if event.no_room else _CANNOT)


def cut(roster: Roster, _event: RecordingCut, _now: Moment) -> None:
    """Stop what runs while there is room for its end; the call goes on without."""
    _happened(roster, RecordingInput.CUT)


def settle(roster: Roster, direction: str, now: Moment) -> None:
    """Follow the policy, and note of whoever talks now whether he is recorded."""
    talkers = [leg_id for leg_id, part in roster.parts.items() if part is Part.TALKER]
    if talkers and _is_policy(roster, talkers, direction):
        _happened(roster, RecordingInput.POLICY)
    for leg_id, leg in [one for one in roster.legs.items() if not one[1].is_over]:
        roster.legs[leg_id] = _as_recorded(roster, leg, talks=leg_id in talkers, now=now)


def _as_recorded(roster: Roster, leg: Leg, *, talks: bool, now: Moment) -> Leg:
    """Return a leg as the recording stands just now."""
    name, state = roster.recording.name, roster.recording.state
    taping = _SHOWN.get(state) if name is not None and talks else None
    if name is not None and talks and roster.recording.is_running:
        leg = legs.start_recorded(leg, name, now=now)
    else:
        leg = legs.end_recorded(leg, now=now)
        if taping == "on":
            taping = leg.taping  # Until it runs it is shown as it was.
    return leg if leg.taping == taping else structs.replace(leg, taping=taping)


def _is_policy(roster: Roster, talkers: list[LegId], direction: str) -> bool:
    policy = roster.recording.policy
    return direction in policy.directions or any(
        leg.party.rep in policy.reps or leg.territory in policy.territories
        for leg in (roster.legs[leg_id] for leg_id in talkers)
    )


def _happened(roster: Roster, happened: RecordingInput, *, by_key_of: LegId | None = None) -> None:
    before, now = roster.recording.state, recording.apply(roster.recording.state, happened)
    roster.recording.state = now
    if now is before:
        return
    roster.recording.is_running = False
    if now is not RecordingState.ON and happened is not RecordingInput.FAILED:
        # Whoever wanted it on has not what he wants any more.
        _answer_all(roster, _NO_SUCH_CALL)
    match before, now:
        case _, RecordingState.ON:
            roster.commands.append(StartRecording(by_key_of=by_key_of))
        case _, RecordingState.PAUSED:
            roster.commands.append(PauseRecording(by_key_of=by_key_of))
        case RecordingState.ON | RecordingState.PAUSED, _ if happened is not RecordingInput.FAILED:
            roster.commands.append(StopRecording(by_key_of=by_key_of))


def _answer_all(roster: Roster, sip_status: int) -> None:
    for question in roster.recording.questions:
        _answer(roster, question, sip_status)
    roster.recording.questions.clear()


def _answer(roster: Roster, question: str, sip_status: int) -> None:
    roster.commands.append(AnswerAsk(question=question, sip_status=sip_status))
