"""Names that must not be mixed up, and the one form in which time comes in."""

from __future__ import annotations

from typing import NewType

import msgspec

LegId = NewType("LegId", str)
ConversationId = NewType("ConversationId", str)


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """Is one instant, read from both clocks by whoever drives the pure part."""

    monotonic_s: float
    """Seconds of a clock that never jumps: deadlines are made of it."""

    utc_s: float
    """Seconds since 1970-01-01T00:00Z: records are made of it."""
