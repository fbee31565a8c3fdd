"""The plans that answer the edge."""

from __future__ import annotations

from typing import Final, Literal

from switch.sip.status import reason_phrase
from switch.wire.edge import Asked, Plan

_SERVICE_UNAVAILABLE: Final = 503
_RETRY_AFTER_S: Final = 5


def reply(asked: Asked, sip_status: int, headers: str = "") -> Plan:
    """Return the plan to answer with a final status; 503 says when to try again."""
    if sip_status == _SERVICE_UNAVAILABLE:
        headers += f"Retry-After: {_RETRY_AFTER_S}\r\n"
    return Plan(
        index=asked.index,
        label=asked.label,
        action="reply",
        code=sip_status,
        reason=reason_phrase(sip_status),
        headers=headers,
    )


def relay(
    asked: Asked,
    action: Literal["worker", "rep", "trunk"],
    *,
    uri: str = "",
    user: str = "",
    ruri: str = "",
) -> Plan:
    """Return the plan to send the request on."""
    return Plan(index=asked.index, label=asked.label, action=action, uri=uri, user=user, ruri=ruri)
