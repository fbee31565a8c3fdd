"""A hunt as it outlives the node."""

from __future__ import annotations

import dataclasses

from dialplan import Hunt
from switch.wire.worker import AttemptMade


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class KeptHunt:
    """What the next node must know to go on with a hunt.

    Its clock is that of the machine, which the next node has too.
    """

    call_id: str
    index: int
    label: int
    without: frozenset[str]
    transferor: str | None
    hunt: Hunt
    before: tuple[AttemptMade, ...]
    utc_offset_s: float
