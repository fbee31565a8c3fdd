"""The record of a call that was refused before any worker had it: no missing row in the log."""

from __future__ import annotations

import dataclasses

from switch.call.endings import EndReason, reason_of_refusal
from switch.call.target import Party
from switch.records.leg import Direction, LegRecord
from switch.records.of_leg import instant

_NO_WORKER = 503


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCall:
    """Is a call that got a final status from the node itself."""

    conversation_id: str
    caller: Party
    dialled: str
    direction: Direction
    sip_status: int
    at_s: float
    """UTC seconds."""


def record_of_refused(call: RefusedCall) -> LegRecord:
    """Return the one record of a refused call: offered and ended in the same moment."""
    at = instant(call.at_s)
    return LegRecord(
        leg_id=f"{call.conversation_id}-1",
        revision=1,
        conversation_id=call.conversation_id,
        direction=call.direction,
        role=call.caller.role,
        rep=call.caller.rep,
        number=call.caller.number,
        name=call.caller.name,
        dialled=call.dialled,
        trunk=call.caller.trunk,
        why="call",
        side="caller",
        state="ended",
        offered_at=at,
        ended_at=at,
        end_reason=EndReason.NO_WORKER
        if call.sip_status == _NO_WORKER
        else reason_of_refusal(call.sip_status),
        ended_by="switch",
        sip_status=call.sip_status,
    )
