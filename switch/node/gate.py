"""Lets new calls in only while their records can be kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from switch.node.plans import reply
from switch.wire.edge import Asked, Plan

_LOG = structlog.get_logger()
_SERVICE_UNAVAILABLE: Final = 503


class Gate:
    """Stands before the router.

    What belongs to a call that is up goes through: its own legs, transfers, hang-ups. A new call
    is told to try again, and leaves no record: there is no room for it.
    """

    def __init__(
        self, plan: Callable[[Asked], Awaitable[Plan]], *, is_open: Callable[[], bool]
    ) -> None:
        """Keep who decides what becomes of a request, and what tells whether calls are taken."""
        self._plan = plan
        self._is_open = is_open
        self._refused = 0

    async def plan(self, asked: Asked) -> Plan:
        """Return what shall become of a request."""
        is_new = asked.event == "invite" and asked.source != "worker"
        if not is_new or self._is_open():
            return await self._plan(asked)
        self._refused += 1
        if self._refused.bit_count() == 1:  # the 1st, 2nd, 4th...: no flood of lines
            _LOG.error("call.cannot_be_kept", refused=self._refused)
        return reply(asked, _SERVICE_UNAVAILABLE)
