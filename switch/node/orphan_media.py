"""The media of conversations whose workers have died: rtpengine carries them on by itself."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any, Protocol

import structlog

from switch.call.endings import EndReason
from switch.media.ng import MediaError
from switch.node.inheritance import why_silent

_LOG = structlog.get_logger()


class MediaServer(Protocol):
    """What is needed of rtpengine."""

    async def request(self, command: str, **fields: Any) -> dict[str, Any]:
        """Return its answer, or raise ``MediaError``."""


class OrphanMedia:
    """Asks rtpengine whether two are still there, and gives their ports back."""

    def __init__(self, server: MediaServer) -> None:
        """Ask nothing yet."""
        self._server = server

    async def why_silent(
        self, conversation_id: str, legs: Collection[str], *, since_s: float
    ) -> EndReason | None:
        """Return why two are to be ended who go on talking; None: they are heard.

        Args:
            conversation_id: theirs.
            legs: the two.
            since_s: UTC seconds of when their worker died.
        """
        answer: dict[str, Any] | None = None
        try:
            answer = await self._server.request("query", call_id=conversation_id)
        except MediaError as error:
            if not error.is_unknown_call:
                return None  # It is being started anew, or slow: it will be asked again.
        return why_silent(answer, legs, since_s=since_s, now_s=time.time())

    async def forget(self, conversation_id: str) -> None:
        """Give back the ports of a conversation."""
        try:
            await self._server.request("delete", call_id=conversation_id, delete_delay=0)
        except MediaError as error:
            _LOG.warning("orphan.media_stay", conversation=conversation_id, why=str(error))
