"""The one command that a worker gives itself: a party has said where its media goes now."""

from __future__ import annotations

import dataclasses

from switch.call.commands import Command
from switch.call.ids import LegId


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MoveLeg(Command):
    """Tell rtpengine what came where no answer of ours is due.

    That is with the ACK of a caller who had offered nothing (RFC 3261 §13.2.1), and in the
    answer to a re-INVITE of ours.
    """

    leg_id: LegId
    peer: LegId
    """The leg it talks with."""
