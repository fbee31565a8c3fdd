"""What rtpengine knows of the audio of one conversation: its answer to ``query``, read.

How well a party hears is what its phone reports by RTCP; rtpengine makes MOS of it. A phone that
sends no RTCP leaves only a count of packets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from switch.call.ids import LegId
from switch.records.leg import Quality

_MOS_SCALE: Final = 10
"""rtpengine writes 4.4 as 44."""
_US_PER_MS: Final = 1000


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """Is what is known of the audio of one leg."""

    any_packets: int
    """How many came from it, RTCP too: who is muted reports all the same."""
    codec: str | None
    """What it speaks."""
    quality: Quality


class _Mean(msgspec.Struct):
    mos: float = msgspec.field(name="MOS", default=0)
    round_trip_us: float = msgspec.field(name="round-trip time leg", default=0)
    jitter: float = 0
    loss: float = msgspec.field(name="packet loss", default=0)
    samples: int = 0


class _Source(msgspec.Struct):
    mean: _Mean = msgspec.field(name="average MOS", default_factory=_Mean)


class _Counts(msgspec.Struct):
    packets: int = 0


class _Stream(msgspec.Struct):
    flags: list[str] = msgspec.field(default_factory=list)
    source: int = msgspec.field(name="SSRC", default=0)
    stats: _Counts = msgspec.field(default_factory=_Counts)


class _Medium(msgspec.Struct):
    codec: str | None = None
    streams: list[_Stream] = msgspec.field(default_factory=list)


class _Tag(msgspec.Struct):
    medias: list[_Medium] = msgspec.field(default_factory=list)


class _Answer(msgspec.Struct):
    tags: dict[str, _Tag]
    sources: dict[str, _Source] = msgspec.field(name="SSRC", default_factory=dict)


def heard_in(answer: Mapping[str, Any]) -> dict[LegId, Heard]:
    """Return what an answer says of each leg; nothing if it cannot be read."""
    try:
        read = msgspec.convert(answer, _Answer, strict=False)
    except msgspec.ValidationError:
        return {}
    return {LegId(name): _heard(tag, read.sources) for name, tag in read.tags.items()}


def _heard(tag: _Tag, sources: Mapping[str, _Source]) -> Heard:
    streams = [stream for medium in tag.medias for stream in medium.streams]
    audio = [stream for stream in streams if "RTCP" not in stream.flags or "RTP" in stream.flags]
    # It is filed under whoever reported, by what his own packets say who sent them.
    means = (sources[key].mean for one in streams if (key := str(one.source)) in sources)
    mean = next((mean for mean in means if mean.samples), None)
    packets = sum(stream.stats.packets for stream in audio)
    codec = next((medium.codec for medium in tag.medias if medium.codec), None)
    return Heard(
        any_packets=sum(stream.stats.packets for stream in streams),
        codec=None if codec is None else codec.partition("/")[0],
        quality=Quality(packets=packets) if mean is None else _quality(packets, mean),
    )


def _quality(packets: int, mean: _Mean) -> Quality:
    return Quality(
        packets=packets,
        lost_pct=round(mean.loss, 1),
        jitter_ms=round(mean.jitter, 1),
        round_trip_ms=round(mean.round_trip_us / _US_PER_MS, 1) if mean.round_trip_us else None,
        mos=round(mean.mos / _MOS_SCALE, 1) if mean.mos else None,
    )
