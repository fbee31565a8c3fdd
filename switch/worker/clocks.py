"""Reading the clocks: the pure part is told the time."""

from __future__ import annotations

import time

from switch.call.ids import Moment


def moment() -> Moment:
    """Read both clocks."""
    return Moment(monotonic_s=time.monotonic(), utc_s=time.time())
