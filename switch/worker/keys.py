"""Keys that were pressed: one press is one digit, by however many ways a phone sends it."""

from __future__ import annotations

from typing import Final

import msgspec

from switch.call.ids import LegId
from switch.worker.facts import KeyPressed

_TOGETHER_S: Final = 0.2
"""Two ways of one press are told of within this; RTP tells when the key is let go."""


class _Press(msgspec.Struct, frozen=True, kw_only=True):
    """Is one press that was told of one way, and may yet be told of another way."""

    pressed: KeyPressed
    from_s: float
    to_s: float


class Keys:
    """The keys of one conversation, as far as they lie together in time."""

    def __init__(self) -> None:
        self._presses: dict[LegId, list[_Press]] = {}

    def is_new(self, pressed: KeyPressed, *, now_s: float) -> bool:
        """Return whether this is a press that was not told of before, by another way.

        The same digit twice by the same way is two presses, however quickly they follow.
        """
        press = _Press(pressed=pressed, from_s=now_s - pressed.lasted_s, to_s=now_s)
        recent = [
            one
            for one in self._presses.get(pressed.leg_id, [])
            if one.to_s >= press.from_s - _TOGETHER_S
        ]
        told_of = next((one for one in recent if _is_same(one, press)), None)
        if told_of is None:
            recent.append(press)
        else:
            # Once only: the next one that comes this way is another press.
            recent.remove(told_of)
        self._presses[pressed.leg_id] = recent
        return told_of is None


def _is_same(one: _Press, other: _Press) -> bool:
    return (
        one.pressed.digit == other.pressed.digit
        and one.pressed.way != other.pressed.way
        and one.from_s - _TOGETHER_S <= other.to_s
        and other.from_s - _TOGETHER_S <= one.to_s
    )
