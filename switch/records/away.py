"""Whether a rep is away, as nodes tell each other, and themselves after a restart."""

from __future__ import annotations

import msgspec

from switch.records.leg import Instant


class AwayRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Is what a rep has said last: that he is away, or back. The newest of a rep counts."""

    rep: str
    away: bool
    since_at: Instant
    """When he said so."""

    def is_newer_than(self, other: AwayRecord) -> bool:
        """Tell which of two counts; of two of one moment, that he is away."""
        return (self.since_at, self.away) > (other.since_at, other.away)
