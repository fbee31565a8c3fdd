"""A stack in which one leg is not PJSIP's: its dialog has outlived another worker.

The node answers for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from switch.call.ids import LegId
from switch.wire.survival import EndAdopted
from switch.wire.worker import FromWorker
from switch.worker.endpoint import StackError
from switch.worker.perform import Signalling

_CANNOT = "its dialog was begun by a worker that has died"


class ServingStack(Signalling, Protocol):
    """What a conversation needs of the SIP stack."""

    def leg_of(self, call_id: str) -> LegId | None:
        """Return the leg with that Call-ID."""


class AdoptingStack:
    """Hands on whatever is about PJSIP's own legs; of the other, it can ask for the end."""

    def __init__(
        self,
        stack: ServingStack,
        *,
        adopted: LegId,
        conversation_id: str,
        say: Callable[[FromWorker], None],
    ) -> None:
        """Take in a leg.

        Args:
            stack: PJSIP's.
            adopted: the leg that is not in it.
            conversation_id: of its conversation.
            say: tells the node something.
        """
        self._stack = stack
        self._adopted = adopted
        self._end = EndAdopted(conversation_id=conversation_id, leg_id=adopted)
        self._say = say
        self._is_up = True

    def adopted_ended(self) -> None:
        """Note that the dialog of the adopted leg is over."""
        self._is_up = False

    # ------------------------------------------------------------ as a stack

    def place(
        self, leg_id: LegId, *, uri: str, persona: str, headers: dict[str, str], sdp: str
    ) -> None:
        """Send an INVITE."""
        self._stack.place(leg_id, uri=uri, persona=persona, headers=headers, sdp=sdp)

    def answer(self, leg_id: LegId, sip_status: int, *, sdp: str | None = None) -> None:
        """Answer an INVITE."""
        self._stack.answer(self._own(leg_id, "answer"), sip_status, sdp=sdp)

    def answer_reinvite(self, leg_id: LegId, *, sdp: str) -> None:
        """Answer a re-INVITE."""
        self._stack.answer_reinvite(self._own(leg_id, "answer a re-INVITE"), sdp=sdp)

    def refuse_reinvite(self, leg_id: LegId, *, sip_status: int) -> None:
        """Refuse a re-INVITE, if one waits: the node has refused those of the adopted leg."""
        if leg_id != self._adopted:
            self._stack.refuse_reinvite(leg_id, sip_status=sip_status)

    def reinvite(self, leg_id: LegId, *, sdp: str) -> None:
        """Send a re-INVITE."""
        self._stack.reinvite(self._own(leg_id, "send a re-INVITE"), sdp=sdp)

    def hang_up(self, leg_id: LegId, *, sip_status: int = 0) -> None:
        """End a leg."""
        if leg_id != self._adopted:
            self._stack.hang_up(leg_id, sip_status=sip_status)
        elif self._is_up:
            self._say(self._end)

    def is_up(self, leg_id: LegId) -> bool:
        """Whether the dialog of a leg still stands."""
        return self._is_up if leg_id == self._adopted else self._stack.is_up(leg_id)

    def called_by_us(self, leg_id: LegId) -> bool:
        """Whether a leg's Call-ID is ours."""
        return self._stack.called_by_us(leg_id)

    def notify(
        self, leg_id: LegId, *, refer_id: str, event_id: int, sipfrag: str, expires_s: int | None
    ) -> None:
        """Send a NOTIFY."""
        self._stack.notify(
            self._own(leg_id, "send a NOTIFY"),
            refer_id=refer_id,
            event_id=event_id,
            sipfrag=sipfrag,
            expires_s=expires_s,
        )

    def leg_of(self, call_id: str) -> LegId | None:
        """Return the leg with that Call-ID."""
        return self._stack.leg_of(call_id)

    def _own(self, leg_id: LegId, what: str) -> LegId:
        if leg_id == self._adopted:
            raise StackError(what=what, why=_CANNOT)
        return leg_id
