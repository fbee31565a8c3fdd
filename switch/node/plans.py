"""The plans that answer the edge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, Protocol

from switch.sip.status import reason_phrase
from switch.wire.edge import Hop, Plan

_SERVICE_UNAVAILABLE: Final = 503
_RETRY_AFTER_S: Final = 5


class Transaction(Protocol):
    """What names an INVITE or REFER that waits at the edge."""

    @property
    def index(self) -> int:
        """Its place in the edge's table."""

    @property
    def label(self) -> int:
        """What tells it from others that had the same place."""


def reply(transaction: Transaction, sip_status: int, headers: str = "") -> Plan:
    """Return the plan to answer with a final status; 503 says when to try again."""
    if sip_status == _SERVICE_UNAVAILABLE:
        headers += f"Retry-After: {_RETRY_AFTER_S}\r\n"
    return Plan(
        index=transaction.index,
        label=transaction.label,
        action="reply",
        code=sip_status,
        reason=reason_phrase(sip_status),
        headers=headers,
    )


def relay(
    transaction: Transaction,
    action: Literal["worker", "rep", "pass"],
    *,
    uri: str = "",
    user: str = "",
) -> Plan:
    """Return the plan to send the request on: to a worker, a rep's phones, or as it was sent."""
    return Plan(index=transaction.index, label=transaction.label, action=action, uri=uri, user=user)


def trunk(
    transaction: Transaction,
    *,
    hops: tuple[Hop, ...],
    headers: str,
    shown_from: str = "",
    max_forwards: int,
) -> Plan:
    """Return the plan to send the request out, by the first trunk that does not fail."""
    return Plan(
        index=transaction.index,
        label=transaction.label,
        action="trunk",
        hops=hops,
        headers=headers,
        shown_from=shown_from,
        max_forwards=max_forwards,
    )


def hunt(transaction: Transaction, reps: Sequence[str], *, step_s: float) -> Plan:
    """Return the plan to ring reps, all their phones at once, for so long at most."""
    return Plan(
        index=transaction.index,
        label=transaction.label,
        action="hunt",
        users="/".join(reps),
        step_ms=round(step_s * 1000),
    )


def more(transaction: Transaction, reps: Sequence[str], *, call_id: str) -> Plan:
    """Return the plan to ring further reps beside those who ring already."""
    return Plan(
        index=transaction.index,
        label=transaction.label,
        action="append",
        users="/".join(reps),
        call_id=call_id,
    )
