"""What rtpengine says of keys that were pressed: JSON datagrams (``--dtmf-log-dest``)."""

from __future__ import annotations

from typing import Final

import msgspec

from switch.audio.dtmf import DIGITS
from switch.wire.errors import UNREADABLE, WireError
from switch.wire.worker import Digit

_MS_PER_S: Final = 1000


class _Seen(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="DTMF"):
    """Is one telephone event whose end rtpengine has seen (RFC 4733)."""

    callid: str
    """Our name for the conversation."""
    source_tag: str
    """Our name for the leg whose phone sent it."""
    event: int
    duration: int
    """Milliseconds."""


def decode_digit(datagram: bytes) -> Digit | None:
    """Return the key that was pressed; None for an event that is no key, such as a flash.

    Raises:
        WireError: it is nothing that rtpengine says.
    """
    try:
        seen = msgspec.json.decode(datagram, type=_Seen)
    except UNREADABLE as error:
        raise WireError(peer="rtpengine", problem=str(error)) from None
    if not 0 <= seen.event < len(DIGITS):
        return None
    return Digit(
        conversation_id=seen.callid,
        leg_id=seen.source_tag,
        digit=DIGITS[seen.event],
        lasted_s=max(0, seen.duration) / _MS_PER_S,
    )
