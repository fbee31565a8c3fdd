"""The subscriptions that REFERs made: their ids, and when their NOTIFYs may be sent."""

from __future__ import annotations

import asyncio
from typing import Final

_REPLIED_WITHIN_S: Final = 0.5
"""The edge says within a millisecond that the 202 is on the wire; this is for a lost edge."""


class Subscriptions:
    """The REFERs of one conversation."""

    def __init__(self) -> None:
        self._event_ids: dict[str, int] = {}
        self._replied: dict[str, asyncio.Event] = {}

    def add(self, refer_id: str, *, cseq: int) -> None:
        """Take in a REFER: its CSeq is the id of its subscription (RFC 3515 §2.4.6)."""
        self._event_ids[refer_id] = cseq
        self._replied[refer_id] = asyncio.Event()

    def replied(self, refer_id: str) -> None:
        """Note that the answer to a REFER is on the wire."""
        if refer_id in self._replied:
            self._replied[refer_id].set()

    async def event_id(self, refer_id: str) -> int:
        """Return the id for a NOTIFY, once it can no longer overtake the 202.

        A referrer must take one that does (RFC 3515 §2.4.4), but phones have been seen
        that do not.
        """
        try:
            await asyncio.wait_for(self._replied[refer_id].wait(), _REPLIED_WITHIN_S)
        except TimeoutError:
            self._replied[refer_id].set()
        return self._event_ids[refer_id]
