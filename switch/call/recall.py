"""Giving a transferee back whom nobody took, when the transferor has hung up already.

He is called back. He answers, and resumes; or he does not, and is called again; or he is
on another call by then, and is waited for. When all that was in vain, the transferee goes
to one fallback after the other, and at last hears a goodbye. At any moment the transferor
may choose otherwise, without answering: *now*, or *to somebody else*.

All that time the transferee hears music.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec
from msgspec import structs

from switch.call.ids import LegId
from switch.call.target import Target
from switch.call.transfer import Failure


class RecallState(enum.StrEnum):
    """Where a recall stands. In each but the final ones a deadline is pending."""

    ASKING = "asking"
    """On entry: the node is asked whether the transferor is on another call."""
    WAITING = "waiting"
    """He is. When that is over we hear of it."""
    RINGING = "ringing"
    """On entry: INVITE to the transferor."""
    CHOOSING = "choosing"
    """He has answered and hears a menu. The transferee still hears music."""
    PAUSING = "pausing"
    """He did not answer; on entry a pause begins before the next try."""
    FALLING_BACK = "falling back"
    """On entry: INVITE to the next fallback."""
    GOODBYE = "goodbye"
    """On entry: the transferee hears an announcement."""
    RESUMED = "resumed"
    """On entry: transferor and transferee joined. Final."""
    RETARGETED = "retargeted"
    """On entry: a transfer to somebody else begins. Final."""
    TAKEN = "taken"
    """A fallback answered and talks with the transferee. Final."""
    GIVEN_UP = "given up"
    """On entry: BYE to the transferee, who was told. Final."""
    ABANDONED = "abandoned"
    """The transferee hung up; on entry whoever rings is cancelled. Final."""


class RecallInput(enum.StrEnum):
    """What can happen to a recall."""

    ALLOWED = "allowed"
    """The transferor is on no other call."""
    BARRED = "barred"
    """He is on one."""
    ANSWERED = "answered"
    """He answered, and to answer is to resume; or he chose to resume."""
    ANSWERED_TO_CHOOSE = "answered to choose"
    TRY_FAILED = "try failed"
    """He declined, did not answer or hung up, and may be called again."""
    TRIES_OVER = "tries over"
    """That was the last try, or he was waited for in vain; a fallback is left."""
    FALLBACK_FAILED = "fallback failed"
    """Another is left."""
    NO_WAY_LEFT = "no way left"
    """A try or a fallback failed, and nothing is left to try."""
    FALLBACK_ANSWERED = "fallback answered"
    PAUSE_OVER = "pause over"
    RESUME_ASKED = "resume asked"
    """The transferor asks to be called now, whatever he is doing."""
    TARGET_ASKED = "target asked"
    """The transferor names somebody else."""
    GOODBYE_SAID = "goodbye said"
    TRANSFEREE_LEFT = "transferee left"


_S = RecallState
_I = RecallInput

_ANY: Final = {
    _I.RESUME_ASKED: _S.RINGING,
    _I.TARGET_ASKED: _S.RETARGETED,
    _I.TRANSFEREE_LEFT: _S.ABANDONED,
}
_IN_VAIN: Final = {_I.TRIES_OVER: _S.FALLING_BACK, _I.NO_WAY_LEFT: _S.GOODBYE}
_UNDER_WAY: Final[Mapping[RecallState, Mapping[RecallInput, RecallState]]] = MappingProxyType(
    {
        _S.ASKING: {
            **_ANY,
            **_IN_VAIN,
            _I.ALLOWED: _S.RINGING,
            _I.BARRED: _S.WAITING,
        },
        _S.WAITING: {
            **_ANY,
            **_IN_VAIN,
            _I.ALLOWED: _S.RINGING,
            _I.BARRED: _S.WAITING,
        },
        _S.RINGING: {
            **_ANY,
            **_IN_VAIN,
            _I.ANSWERED: _S.RESUMED,
            _I.ANSWERED_TO_CHOOSE: _S.CHOOSING,
            _I.TRY_FAILED: _S.PAUSING,
        },
        _S.CHOOSING: {
            **_ANY,
            **_IN_VAIN,
            _I.ANSWERED: _S.RESUMED,
            _I.TRY_FAILED: _S.PAUSING,
            _I.RESUME_ASKED: _S.RESUMED,
        },
        _S.PAUSING: {**_ANY, _I.PAUSE_OVER: _S.ASKING},
        _S.FALLING_BACK: {
            **_ANY,
            _I.FALLBACK_ANSWERED: _S.TAKEN,
            _I.FALLBACK_FAILED: _S.FALLING_BACK,
            _I.NO_WAY_LEFT: _S.GOODBYE,
        },
        _S.GOODBYE: {**_ANY, _I.GOODBYE_SAID: _S.GIVEN_UP},
    }
)

TRANSITIONS: Final[Mapping[tuple[RecallState, RecallInput], RecallState]] = MappingProxyType(
    {
        (state, happened): after
        for state, moves in _UNDER_WAY.items()
        for happened, after in moves.items()
    }
)

_OVER: Final = "the recall is over; the conversation no longer asks it"
_NOT_NOW: Final[Mapping[RecallInput, str]] = MappingProxyType(
    {
        _I.ALLOWED: "he is being called, or somebody else is",
        _I.BARRED: "a late answer: he is being called, or somebody else is",
        _I.ANSWERED: "nobody is being called back",
        _I.ANSWERED_TO_CHOOSE: "nobody is being called back",
        _I.TRY_FAILED: "nobody is being called back",
        _I.TRIES_OVER: "nobody is being called back",
        _I.FALLBACK_FAILED: "no fallback is being called",
        _I.NO_WAY_LEFT: "nothing has failed",
        _I.FALLBACK_ANSWERED: "no fallback is being called",
        _I.PAUSE_OVER: "there is no pause",
        _I.GOODBYE_SAID: "no goodbye is being said",
    }
)

IGNORED: Final[Mapping[tuple[RecallState, RecallInput], str]] = MappingProxyType(
    {
        (state, happened): _NOT_NOW[happened] if state in _UNDER_WAY else _OVER
        for state in RecallState
        for happened in RecallInput
        if (state, happened) not in TRANSITIONS
    }
)


class Recall(msgspec.Struct, frozen=True, kw_only=True):
    """Is one recall."""

    transferor: Target
    """Who is called back."""
    transferor_leg: LegId
    """The leg by which he transferred; it is over."""
    transferee: LegId
    failure: Failure
    """What he is told: who did not take the call, and why."""
    tries_left: int
    fallbacks: tuple[Target, ...]
    """The ways that are left after him."""
    resume_asked: bool = False
    """He has asked to be called: to answer is to resume, there is nothing to choose."""
    state: RecallState = RecallState.ASKING

    @property
    def is_under_way(self) -> bool:
        """Whether the transferee still waits."""
        return self.state in _UNDER_WAY


def apply(recall: Recall, happened: RecallInput) -> Recall:
    """Return the recall as it is after that: every cell is in one of the two tables."""
    cell = (recall.state, happened)
    if cell in IGNORED:
        return recall
    after = TRANSITIONS[cell]
    tries_left, fallbacks = recall.tries_left, recall.fallbacks
    if after is RecallState.RINGING and recall.state is not RecallState.RINGING:
        tries_left = max(0, tries_left - 1)
    if after is RecallState.FALLING_BACK:
        fallbacks = fallbacks[1:]
    ringing_on = recall.resume_asked and after is RecallState.RINGING
    return structs.replace(
        recall,
        state=after,
        tries_left=tries_left,
        fallbacks=fallbacks,
        resume_asked=ringing_on or happened is RecallInput.RESUME_ASKED,
    )
