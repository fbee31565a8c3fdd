"""How long a conversation waits, and for whom it waits just now."""

from __future__ import annotations

import msgspec

from switch.call.ids import LegId


class Timers(msgspec.Struct, frozen=True, kw_only=True):
    """Is how long a conversation waits."""

    ring_s: float
    """For a callee to answer a call."""
    response_s: float
    """For a transfer target to answer."""
    recall_ring_s: float = 20.0
    """For a transferor who is called back to answer."""
    recall_retries: int = 1
    """How often he is called back again if he does not."""
    recall_pause_s: float = 10.0
    """Between two such calls."""
    recall_wait_s: float = 60.0
    """For a transferor who is on another call; then the transferee goes elsewhere."""
    menu_s: float | None = None
    """For his choice when he has answered; None: to answer is to resume."""


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """Is whom the conversation waits for, and until when."""

    leg_id: LegId
    monotonic_s: float
    utc_s: float
    """The same moment, as people are told of it."""
