"""Whether what a phone says of its media can be taken.

A description without audio ends a call that begins with it. So does one without encryption
where the operator requires it; and no leg that began with encryption goes on without: a phone
that asks for that keeps what it had (488), and one that insists is hung up on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from switch.call.ids import LegId
from switch.call.target import MediaPolicy
from switch.sip.errors import SipParseError
from switch.sip.sdp import has_audio
from switch.wire.worker import Level
from switch.worker.facts import (
    Acknowledged,
    Answered,
    Fact,
    Invited,
    Provisional,
    ReinviteAnswered,
    Reinvited,
)
from switch.worker.protection import is_encrypted

_NOT_ACCEPTABLE: Final = 488

_Beginning = Invited | Provisional | Answered | Reinvited
_Describing = _Beginning | Acknowledged | ReinviteAnswered


class Ending(Protocol):
    """What is needed of the SIP stack."""

    def hang_up(self, leg_id: LegId, *, sip_status: int = 0) -> None:
        """End a leg."""

    def refuse_reinvite(self, leg_id: LegId, *, sip_status: int) -> None:
        """Refuse a re-INVITE, if one waits."""


class Scrutiny:
    """Judges the descriptions of one conversation."""

    def __init__(
        self,
        stack: Ending,
        *,
        said_by: Callable[[LegId], str | None],
        policy_of: Callable[[LegId], MediaPolicy],
        notice: Callable[[Level, str], None],
    ) -> None:
        """Judge nothing yet.

        Args:
            stack: the SIP side.
            said_by: what a leg's party has said of itself last.
            policy_of: what the operator has set for the phones of a leg.
            notice: takes what is refused, for the log.
        """
        self._stack = stack
        self._said_by = said_by
        self._policy_of = policy_of
        self._notice = notice
        self.refused: set[LegId] = set()
        """Whose call was ended because of what it said."""

    def passes(self, fact: Fact) -> bool:
        """Tell whether to go on; if not, all that is to be done has been done."""
        if not isinstance(fact, _Describing):
            return True
        if fact.sdp is None:
            # A late offer would be ours, and says nothing of keys.
            return not (isinstance(fact, Invited) and self._must_encrypt(fact))
        if isinstance(fact, _Beginning) and not has_audio(fact.sdp):
            self._end(fact.leg_id)
            return False
        return not self._must_encrypt(fact)

    def end(self, leg_id: LegId) -> None:
        """End a leg whose party has said nothing that could be taken."""
        self.refused.add(leg_id)
        self._stack.hang_up(leg_id)

    def _must_encrypt(self, fact: _Describing) -> bool:
        """Refuse what is not encrypted and has to be; returns whether it was refused."""
        leg_id = fact.leg_id
        if fact.sdp is not None and _is_encrypted(fact.sdp):
            return False
        before = self._said_by(leg_id)
        began_so = before is not None and _is_encrypted(before)
        if not began_so and self._policy_of(leg_id).srtp != "required":
            return False
        self._notice("warning", "leg.unencrypted_refused")
        if isinstance(fact, Reinvited):
            self._stack.refuse_reinvite(leg_id, sip_status=_NOT_ACCEPTABLE)
        else:
            self._end(leg_id)
        return True

    def _end(self, leg_id: LegId) -> None:
        self.refused.add(leg_id)
        self._stack.hang_up(leg_id, sip_status=_NOT_ACCEPTABLE)


def _is_encrypted(sdp: str) -> bool:
    try:
        return is_encrypted(sdp)
    except SipParseError:
        return False
