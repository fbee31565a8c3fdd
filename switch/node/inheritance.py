"""What a dead worker leaves, and who of it can be kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec
import structlog

from switch.call.endings import EndReason
from switch.node.entries import KeptCall
from switch.node.pooled import USUAL_HOPS, Memory
from switch.node.refused import RefusedCall, record_of_refused
from switch.records.leg import Direction, LegRecord
from switch.records.lost import talks_with
from switch.sip.custody import UNAVAILABLE
from switch.sip.dialog import SipDialog
from switch.wire.errors import UNREADABLE
from switch.wire.survival import About, Waiting

_LOG = structlog.get_logger()

_SILENT_FOR_S: Final = 30.0
"""Two of whom nothing was heard for so long have hung up in a way that nobody told us of."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """Is all that is known of a conversation whose worker has died."""

    conversation_id: str
    port: int
    """Of the worker's SIP socket."""
    memory: Memory | None
    """What the node knows of the call; None: another version of it wrote that."""
    records: Mapping[str, LegRecord]
    """The newest record of each leg that is open."""
    dialogs: Mapping[str, SipDialog]
    waiting: Waiting | None

    @property
    def direction(self) -> Direction:
        """Which way the call goes, as far as no record says it."""
        if self.memory is None or self.memory.caller.role != "rep":
            return "inbound"
        outward = any(user.startswith("+") for user in self.memory.users)
        return "outbound" if outward else "internal"


def estate_of(call: KeptCall) -> Estate:
    """Return what is known of a call as an estate."""
    return Estate(
        conversation_id=call.conversation_id,
        port=call.port,
        memory=memory_of(call),
        records=call.legs,
        dialogs=call.dialogs,
        waiting=call.waiting,
    )


def memory_of(call: KeptCall) -> Memory | None:
    """Return what is remembered of a call; None if another version wrote it."""
    try:
        return Memory.decoded(call.memory)
    except UNREADABLE as error:
        _LOG.error("call.not_remembered", conversation=call.conversation_id, why=str(error))
        return None


def record_of_unbegun(estate: Estate, *, at_s: float) -> LegRecord | None:
    """Return the one record of a call whose worker died before it had a leg of it.

    None: nothing is known of the call.
    """
    if estate.memory is None:
        return None
    refused = RefusedCall(
        conversation_id=estate.conversation_id,
        caller=estate.memory.caller,
        dialled=estate.memory.dialled,
        direction=estate.direction,
        sip_status=UNAVAILABLE,
        at_s=at_s,
    )
    return msgspec.structs.replace(record_of_refused(refused), end_reason=EndReason.WORKER_LOST)


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


def memory_about(about: About) -> Memory:
    """Return what a worker says itself of a call that nobody has written down."""
    caller = about.caller
    return Memory(
        caller=caller,
        dialled=about.dialled,
        max_forwards=USUAL_HOPS,
        private=caller.number is None,
        owners={about.call_id: caller.rep} if caller.rep is not None else {},
        users=[about.user],
    )
