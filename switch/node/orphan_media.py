"""The media of conversations whose workers have died: rtpengine carries them on by itself."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path
from typing import Any, Protocol

import structlog

from switch.call.endings import EndReason
from switch.media.ng import MediaError
from switch.node.inheritance import why_silent
from switch.recording.plan_file import end_plan

_LOG = structlog.get_logger()


class MediaServer(Protocol):
    """What is needed of rtpengine."""

    async def request(self, command: str, **fields: Any) -> dict[str, Any]:
        """Return its answer, or raise ``MediaError``."""


class OrphanMedia:
    """Asks rtpengine whether two are still there, and gives their ports back."""

    def __init__(self, server: MediaServer, spool: Path) -> None:
        """Ask nothing yet.

        Args:
            server: rtpengine.
            spool: the folder that it records to.
        """
        self._server = server
        self._spool = spool

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

    async def let_pass(
        self, conversation_id: str, legs: Collection[str], *, unheard: Collection[str] = ()
    ) -> None:
        """Let keys and voices of two pass: no worker takes out codes, or ends a cue, any more.

        Args:
            conversation_id: theirs.
            legs: the two.
            unheard: those of them whom nobody is to hear: they are muted, or hold the other.
        """
        wanted = [("unblock media", leg_id) for leg_id in legs if leg_id not in unheard]
        wanted += [("unblock DTMF", leg_id) for leg_id in legs]
        try:
            for command, leg_id in wanted:
                await self._server.request(command, call_id=conversation_id, from_tag=leg_id)
        except MediaError as error:
            _LOG.warning("orphan.kept_apart", conversation=conversation_id, why=str(error))

    async def forget(self, conversation_id: str) -> None:
        """Give back the ports of a conversation, and end its recording."""
        try:
            await self._server.request("delete", call_id=conversation_id, delete_delay=0)
        except MediaError as error:
            _LOG.warning("orphan.media_stay", conversation=conversation_id, why=str(error))
        try:
            end_plan(self._spool, conversation_id, at_s=time.time())
        except OSError as error:
            # It is taken for over by itself, after a while.
            _LOG.warning("orphan.recording_stays", conversation=conversation_id, why=str(error))
