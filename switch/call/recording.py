"""Whether a conversation is being recorded: what was wanted of it, by whomever.

A policy may want it from the start. People start and stop it by key (``*1``), by SIP INFO, or by
command; they pause it while a card number is said (``*2``). It is one recording, whatever becomes
of the call: transfers and recalls do not end it.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from switch.call.ids import LegId


class RecordingState(enum.StrEnum):
    """Where the recording of a conversation stands."""

    OFF = "off"
    """Nobody has wanted it, and nobody has forbidden it."""
    ON = "on"
    """On entry: rtpengine records."""
    PAUSED = "paused"
    """On entry: rtpengine stops; it is meant to go on."""
    STOPPED = "stopped"
    """Somebody did not want it, or it failed: no policy starts it again, people can."""


class RecordingInput(enum.StrEnum):
    """What can happen to the recording of a conversation."""

    POLICY = "policy"
    """Two talk with each other, and the policy wants that recorded."""
    START = "start"
    """SIP INFO ``Record: on``, or a command."""
    STOP = "stop"
    PAUSE = "pause"
    RESUME = "resume"
    TOGGLE = "*1"
    TOGGLE_PAUSE = "*2"
    FAILED = "failed"
    """It could not be written."""
    CUT = "cut"
    """The disk is nearly full."""


_S = RecordingState
_I = RecordingInput

TRANSITIONS: Final[Mapping[tuple[RecordingState, RecordingInput], RecordingState]] = (
    MappingProxyType(
        {
            (_S.OFF, _I.POLICY): _S.ON,
            (_S.OFF, _I.START): _S.ON,
            (_S.OFF, _I.STOP): _S.STOPPED,
            (_S.OFF, _I.TOGGLE): _S.ON,
            (_S.ON, _I.STOP): _S.STOPPED,
            (_S.ON, _I.PAUSE): _S.PAUSED,
            (_S.ON, _I.TOGGLE): _S.STOPPED,
            (_S.ON, _I.TOGGLE_PAUSE): _S.PAUSED,
            (_S.ON, _I.FAILED): _S.STOPPED,
            (_S.ON, _I.CUT): _S.STOPPED,
            (_S.PAUSED, _I.START): _S.ON,
            (_S.PAUSED, _I.STOP): _S.STOPPED,
            (_S.PAUSED, _I.RESUME): _S.ON,
            (_S.PAUSED, _I.TOGGLE): _S.STOPPED,
            (_S.PAUSED, _I.TOGGLE_PAUSE): _S.ON,
            (_S.STOPPED, _I.START): _S.ON,
            (_S.STOPPED, _I.TOGGLE): _S.ON,
        }
    )
)

_NOTHING: Final = "nothing is recorded that could be paused"
_IS_SO: Final = "it is so already"
_UNWRITTEN: Final = "nothing is written just now"

IGNORED: Final[Mapping[tuple[RecordingState, RecordingInput], str]] = MappingProxyType(
    {
        (_S.OFF, _I.PAUSE): _NOTHING,
        (_S.OFF, _I.RESUME): _NOTHING,
        (_S.OFF, _I.TOGGLE_PAUSE): _NOTHING,
        (_S.OFF, _I.FAILED): "a start that nobody waits for any more",
        (_S.OFF, _I.CUT): _UNWRITTEN,
        (_S.ON, _I.POLICY): _IS_SO,
        (_S.ON, _I.START): _IS_SO,
        (_S.ON, _I.RESUME): _IS_SO,
        (_S.PAUSED, _I.POLICY): "the pause is somebody's wish",
        (_S.PAUSED, _I.PAUSE): _IS_SO,
        (_S.PAUSED, _I.FAILED): "it is tried again when the pause is over",
        (_S.PAUSED, _I.CUT): _UNWRITTEN,
        (_S.STOPPED, _I.POLICY): "somebody has stopped it, or it cannot be written",
        (_S.STOPPED, _I.STOP): _IS_SO,
        (_S.STOPPED, _I.PAUSE): _NOTHING,
        (_S.STOPPED, _I.RESUME): _NOTHING,
        (_S.STOPPED, _I.TOGGLE_PAUSE): _NOTHING,
        (_S.STOPPED, _I.FAILED): "it was stopped meanwhile",
        (_S.STOPPED, _I.CUT): _UNWRITTEN,
    }
)

Wish = Literal["on", "off", "pause", "resume"]
"""What SIP INFO and commands can ask for."""

INPUT_OF: Final[Mapping[Wish, RecordingInput]] = MappingProxyType(
    {"on": _I.START, "off": _I.STOP, "pause": _I.PAUSE, "resume": _I.RESUME}
)

STATES_WANTED: Final[Mapping[Wish, frozenset[RecordingState]]] = MappingProxyType(
    {
        "on": frozenset({_S.ON}),
        "off": frozenset({_S.STOPPED}),
        "pause": frozenset({_S.PAUSED}),
        "resume": frozenset({_S.ON}),
    }
)
"""A wish is granted if the recording is in one of these then."""


class RecordingPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Is what is always recorded, and whether reps may steer it by keys."""

    directions: tuple[str, ...] = ()
    """Conversations of these directions."""
    reps: tuple[str, ...] = ()
    """Whatever these reps say, from then on."""
    territories: tuple[str, ...] = ()
    """Calls that came to these, from when they are answered on."""
    by_keys: bool = True
    """``*1`` and ``*2`` mean something while a rep talks."""


NO_POLICY: Final = RecordingPolicy()
"""Nothing is recorded that nobody asks for."""


@dataclasses.dataclass(slots=True)
class Recording:
    """Is how the recording of one conversation stands."""

    policy: RecordingPolicy
    """What is recorded."""
    state: RecordingState = RecordingState.OFF
    """What is wanted."""
    is_running: bool = False
    """Whether rtpengine records just now, as far as it has said."""
    name: str | None = None
    """Where the recording is kept when it is over; None: it has not begun."""
    questions: list[str] = dataclasses.field(default_factory=list)
    """Who asked for it, and waits until it runs."""
    code_began_s: dict[LegId, float] = dataclasses.field(default_factory=dict)
    """Who has pressed the first key of a code, and when, in monotonic seconds."""


def apply(state: RecordingState, happened: RecordingInput) -> RecordingState:
    """Return the state after that: every cell is in one of the two tables."""
    cell = (state, happened)
    return state if cell in IGNORED else TRANSITIONS[cell]
