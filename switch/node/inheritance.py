"""What a dead worker leaves, and who of it can be kept. Pure, but the node's alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from typing import Any, Final

from dialplan import OutsideRoute, Route
from switch.call.endings import EndReason
from switch.node.pooled import Memory
from switch.records.leg import Direction, LegRecord
from switch.records.lost import talks_with
from switch.sip.dialog import SipDialog
from switch.wire.survival import Waiting

_SILENT_FOR_S: Final = 30.0
"""Two of whom nothing was heard for so long have hung up in a way that nobody told us of."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """Is all that is known of a conversation whose worker has died."""

    conversation_id: str
    port: int
    """Of the worker's SIP socket."""
    memory: Memory | None
    """What the node knows of the call; None: it has not begun."""
    routes: Mapping[str, Route]
    """Whom the worker was allowed to call."""
    records: Mapping[str, LegRecord]
    """The newest record of each leg that is open."""
    dialogs: Mapping[str, SipDialog]
    waiting: Waiting | None

    @property
    def direction(self) -> Direction:
        """Which way the call goes, as far as no record says it."""
        if self.memory is None or self.memory.caller.role != "rep":
            return "inbound"
        outward = any(isinstance(route, OutsideRoute) for route in self.routes.values())
        return "outbound" if outward else "internal"


def talkers(estate: Estate, standing: Collection[str]) -> tuple[str, str] | None:
    """Return the two legs that go on talking; None: there are no such two.

    Args:
        estate: what is known.
        standing: the legs whose dialog is confirmed.
    """
    for leg_id, record in estate.records.items():
        peer = talks_with(record)
        other = estate.records.get(peer or "")
        if peer is None or other is None or talks_with(other) != leg_id:
            continue
        if leg_id in standing and peer in standing:
            return leg_id, peer
    return None


def transferee(estate: Estate, standing: Collection[str]) -> str | None:
    """Return the leg that is to be won back; None: nobody waits.

    Records say what is newest: whoever talks by them does not wait any more.
    """
    if estate.waiting is None:
        return None
    leg_id = estate.waiting.salvage.transferee
    record = estate.records.get(leg_id)
    if record is None or leg_id not in standing or talks_with(record) is not None:
        return None
    return leg_id


def why_silent(
    answer: Mapping[str, Any] | None, legs: Collection[str], *, since_s: float, now_s: float
) -> EndReason | None:
    """Return why two who go on talking are to be ended; None: they are heard.

    Args:
        answer: rtpengine's answer to ``query``; None: it knows no such call.
        legs: theirs.
        since_s: UTC seconds of when their worker died.
        now_s: UTC seconds.
    """
    if answer is None:
        return EndReason.MEDIA_LOST
    heard_s = [since_s, *_last_packets(answer, legs)]
    return EndReason.MEDIA_TIMEOUT if now_s - max(heard_s) > _SILENT_FOR_S else None


def _last_packets(answer: Mapping[str, Any], legs: Collection[str]) -> list[float]:
    tags = answer.get("tags", {})
    return [
        float(stream.get("last packet", 0))
        for leg_id in legs
        for medium in tags.get(leg_id, {}).get("medias", ())
        for stream in medium.get("streams", ())
    ]
