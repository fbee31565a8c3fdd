"""What it means that a broker does not take a message (MQTT 5 §3.4.2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from switch.node.entries import Outgoing

_REFUSED: Final = 0x80
"""From this on a reason code says that the message was not taken."""
_REASONS: Final = {
    0x80: "it does not say why",
    0x83: "for a reason of its own",
    0x87: "the node may not publish there: see the broker's access list",
    0x90: "it takes no such topic",
    0x95: "it is too large for it",
    0x97: "a quota of its is used up",
    0x99: "it takes no such payload",
}
_FINAL: Final = frozenset({0x90, 0x95, 0x99})
"""Sent again as it is, it would be refused again."""
_OVERHEAD_BYTES: Final = 64
"""Of a PUBLISH packet beside topic and payload, with the properties that we send; about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Is why a message was not taken."""

    why: str
    is_final: bool
    """It will never be; else it may, once the operator has mended something."""


def of_code(code: int) -> Refusal | None:
    """Return what a reason code of PUBACK says; None: the message was taken."""
    if code < _REFUSED:
        return None
    reason = _REASONS.get(code, "see MQTT 5 §3.4.2.1")
    return Refusal(
        why=f"the broker refuses it with 0x{code:02x}: {reason}", is_final=code in _FINAL
    )


def too_large(message: Outgoing, most_bytes: int | None) -> Refusal | None:
    """Return why a message need not be sent to a broker that takes so much; None: it fits.

    A broker would end the connection over it (MQTT 5 §3.2.2.3.6).
    """
    size_bytes = len(message.topic) + len(message.payload) + _OVERHEAD_BYTES
    if most_bytes is None or size_bytes <= most_bytes:
        return None
    return Refusal(why=f"the broker takes {most_bytes} bytes, it has {size_bytes}", is_final=True)
