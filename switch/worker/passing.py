"""Which keys go on to the other side that the audio does not carry there by itself.

Those that came by SIP INFO, and those of a leg whose keys are kept, as far as they are no code of
ours (``*1``, ``*2``). A ``*`` waits until it is known what follows.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from switch.call.commands import Command
from switch.call.conversation import Conversation
from switch.call.ids import LegId
from switch.call.roster import Part
from switch.worker.facts import KeyPressed
from switch.worker.key_relay import KeyRelay
from switch.worker.keys import Keys
from switch.worker.moving import OpenToKeys, PressKey

_CODE: Final = "*"
_MEANT_FOR_US: Final = frozenset("12")
_CODE_WITHIN_S: Final = 3.0
"""As long as call control waits for the second key of a code."""
_TOLD_WITHIN_S: Final = 2.0
"""rtpengine tells of a key that it presses for us as of any other, within this."""


class Passing:
    """The keys of one conversation on their way."""

    def __init__(
        self, conversation: Conversation, relay: KeyRelay, command: Callable[[Command], None]
    ) -> None:
        """Begin with none pressed.

        Args:
            conversation: knows who talks with whom.
            relay: knows whose keys are kept.
            command: has a key pressed, after what was commanded before.
        """
        self._conversation = conversation
        self._relay = relay
        self._command = command
        self._keys = Keys()
        self._ours: deque[tuple[LegId, str, float]] = deque()
        self._begun: dict[LegId, tuple[KeyPressed, asyncio.TimerHandle]] = {}
        """The first key of a code, and the end of waiting for the second."""

    def is_new(self, pressed: KeyPressed) -> bool:
        """Take a key; returns whether somebody has pressed it, and it was not told of before."""
        now_s = time.monotonic()
        if pressed.way == "rtp" and self._is_ours(pressed, now_s):
            return False
        if not self._keys.is_new(pressed, now_s=now_s):
            return False
        if self._relay.are_kept(pressed.leg_id):
            self._take(pressed)
        elif pressed.way == "info":
            self._pass(pressed)
        return True

    def _take(self, pressed: KeyPressed) -> None:
        leg_id = pressed.leg_id
        begun, waiting = self._begun.pop(leg_id, (None, None))
        if begun is not None and waiting is not None:
            waiting.cancel()
            if pressed.digit in _MEANT_FOR_US:
                return
            self._pass(begun)
        if pressed.digit != _CODE:
            self._pass(pressed)
            return
        peer = self._peer_of(leg_id)
        if peer is not None:
            self._command(OpenToKeys(leg_id=leg_id, peer=peer))
        loop = asyncio.get_running_loop()
        waiting = loop.call_later(_CODE_WITHIN_S, self._no_code, leg_id)
        self._begun[leg_id] = pressed, waiting

    def _no_code(self, leg_id: LegId) -> None:
        pressed, _waiting = self._begun.pop(leg_id)
        self._pass(pressed)

    def _pass(self, pressed: KeyPressed) -> None:
        leg_id, digit = pressed.leg_id, pressed.digit
        peer = self._peer_of(leg_id)
        if peer is not None:
            self._ours.append((leg_id, digit, time.monotonic() + _TOLD_WITHIN_S))
            key = PressKey(leg_id=leg_id, peer=peer, digit=digit, lasted_s=pressed.lasted_s)
            self._command(key)

    def _peer_of(self, leg_id: LegId) -> LegId | None:
        """Return whom a key is for; in the menu, and while one is transferred, it is nobody."""
        parts = {
            one: self._conversation.part_of(one)
            for one, leg in self._conversation.legs.items()
            if not leg.is_over
        }
        peers = [one for one, part in parts.items() if part is Part.TALKER and one != leg_id]
        return peers[0] if parts.get(leg_id) is Part.TALKER and len(peers) == 1 else None

    def _is_ours(self, pressed: KeyPressed, now_s: float) -> bool:
        while self._ours and self._ours[0][2] < now_s:
            self._ours.popleft()
        for one in self._ours:
            if one[:2] == (pressed.leg_id, pressed.digit):
                self._ours.remove(one)
                return True
        return False
