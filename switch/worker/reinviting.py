"""Our own re-INVITEs: one at a time in each dialog, and once more after a glare.

A phone that is sending a re-INVITE itself answers ours with 491. Both wait then, we longer
if the Call-ID is ours, and who has waited asks again (RFC 3261 §14.1). A re-INVITE that
fails otherwise changes nothing: the two go on as they were, if their media still is.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Final, Protocol

from switch.call.ids import LegId
from switch.errors import SwitchError
from switch.worker.descriptions import same_media
from switch.worker.endpoint import StackError

_REQUEST_PENDING: Final = 491
_DIALOG_OVER: Final = frozenset({408, 481})
"""What ends the whole dialog (RFC 3261 §12.2.1.2, RFC 5057 §5.1); PJSIP sends the BYE."""
_STEPS_IF_OURS: Final = (210, 400)
_STEPS_IF_THEIRS: Final = (0, 200)
_STEP_S: Final = 0.01
_TRIES: Final = 10
"""Far more than two who wait at random ever need: a phone that says 491 for ever is broken."""


class Redescribing(Protocol):
    """What re-INVITEs need of the SIP stack."""

    def reinvite(self, leg_id: LegId, *, sdp: str) -> None:
        """Send a re-INVITE."""

    def answer_reinvite(self, leg_id: LegId, *, sdp: str) -> None:
        """Answer a re-INVITE, or raise ``StackError`` if none waits."""

    def is_up(self, leg_id: LegId) -> bool:
        """Whether the dialog of a leg still stands."""

    def called_by_us(self, leg_id: LegId) -> bool:
        """Whether a leg's Call-ID is ours."""


class ReinviteRefused(SwitchError):
    """A phone refused to take a new description, and keeps the old one."""

    def __init__(self, *, sip_status: int) -> None:
        """Keep what it answered."""
        super().__init__(sip_status)
        self.sip_status = sip_status

    def __str__(self) -> str:
        """Say what it answered."""
        return f"a re-INVITE of ours was answered with {self.sip_status}; the phone's media stay"


class Reinvites:
    """The re-INVITEs of one conversation."""

    def __init__(
        self,
        stack: Redescribing,
        *,
        next_to_tell: Callable[[LegId, str], str],
        told: Callable[[LegId, str], None],
        refused: Callable[[LegId, ReinviteRefused], None],
        draw: Callable[[int, int], int] = random.randint,
    ) -> None:
        """Send none yet.

        Args:
            stack: the SIP side.
            next_to_tell: makes a description the next of those that a phone was told.
            told: hears what a phone has taken.
            refused: hears what a phone has not taken, and keeps its old description.
            draw: picks a whole number between two, both included.
        """
        self._stack = stack
        self._next = next_to_tell
        self._told = told
        self._refused = refused
        self._draw = draw
        self._wanted: dict[LegId, str] = {}
        self._sent: dict[LegId, str] = {}
        self._tries: dict[LegId, int] = {}
        self._again: dict[LegId, asyncio.TimerHandle] = {}
        self._at_once: dict[LegId, str] = {}
        """What was answered to an offer before rtpengine had been asked."""

    def answered_at_once(self, leg_id: LegId, sdp: str) -> None:
        """Note that an offer of a leg's phone has got its answer already."""
        self._at_once[leg_id] = sdp

    def answer(self, leg_id: LegId, sdp: str) -> None:
        """Answer an offer of a leg's phone; if it has an answer that holds no more, tell it so.

        Raises:
            StackError: no offer waits.
        """
        at_once = self._at_once.pop(leg_id, None)
        try:
            self._stack.answer_reinvite(leg_id, sdp=sdp)
        except StackError:
            if at_once is None:
                raise
            if not same_media(at_once, sdp):
                self.send(leg_id, sdp)
                return
        self.drop(leg_id)

    def send(self, leg_id: LegId, sdp: str) -> None:
        """Tell a leg's phone a new description, as soon as that may be."""
        self.drop(leg_id)
        self._wanted[leg_id] = sdp
        if leg_id not in self._sent:
            self._send(leg_id)

    def drop(self, leg_id: LegId) -> None:
        """Tell the phone nothing: it was told in the answer to a re-INVITE of its own, or left."""
        self._wanted.pop(leg_id, None)
        self._tries.pop(leg_id, None)
        again = self._again.pop(leg_id, None)
        if again is not None:
            again.cancel()

    def answered(self, leg_id: LegId, sip_status: int) -> None:
        """Take the final answer to a re-INVITE of ours."""
        sent = self._sent.pop(leg_id, None)
        if sent is None:
            return
        if sip_status == _REQUEST_PENDING:
            if leg_id in self._wanted:
                self._wait(leg_id)
            return
        if sip_status in _DIALOG_OVER:
            self.drop(leg_id)
            return
        if sip_status // 100 == 2:  # noqa: PLR2004
            self._told(leg_id, sent)
        else:
            self._refused(leg_id, ReinviteRefused(sip_status=sip_status))
        if self._wanted.get(leg_id) == sent:
            self.drop(leg_id)
        elif leg_id in self._wanted:
            self._send(leg_id)

    def close(self) -> None:
        """Wait for nothing any more."""
        for leg_id in list(self._wanted):
            self.drop(leg_id)

    def _send(self, leg_id: LegId) -> None:
        self._again.pop(leg_id, None)
        # Its version is counted from what the phone has taken meanwhile (RFC 3264 §8).
        sdp = self._wanted[leg_id] = self._next(leg_id, self._wanted[leg_id])
        try:
            self._stack.reinvite(leg_id, sdp=sdp)
        except StackError:
            # The phone's own re-INVITE waits for our answer, or its ACK has not come yet.
            if self._stack.is_up(leg_id):
                self._wait(leg_id)
            else:
                self.drop(leg_id)
            return
        self._sent[leg_id] = sdp

    def _wait(self, leg_id: LegId) -> None:
        """Send it again after a time that the phone is not likely to draw too."""
        self._tries[leg_id] = self._tries.get(leg_id, 0) + 1
        if self._tries[leg_id] > _TRIES:
            self.drop(leg_id)
            self._refused(leg_id, ReinviteRefused(sip_status=_REQUEST_PENDING))
            return
        ours = self._stack.called_by_us(leg_id)
        steps = self._draw(*(_STEPS_IF_OURS if ours else _STEPS_IF_THEIRS))
        loop = asyncio.get_running_loop()
        self._again[leg_id] = loop.call_later(steps * _STEP_S, self._send, leg_id)
