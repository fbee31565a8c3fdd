"""rtpengine, asked about one conversation."""

from __future__ import annotations

import time
from typing import Any, Final, Protocol

from switch.call.ids import ConversationId
from switch.media.ng import MediaError
from switch.worker.descriptions import audio_only, nameless
from switch.worker.protection import Protection, answered, offered

_UNSURE_S: Final = 1.5
"""rtpengine tells its age in whole seconds: it may have begun so much earlier than it says."""


class MediaServer(Protocol):
    """What the media server must be able to do: answer one request with one object."""

    async def request(self, command: str, **fields: Any) -> dict[str, Any]:
        """Return its answer, or raise ``MediaError``."""


class Relay:
    """The media server as one conversation sees it."""

    def __init__(self, server: MediaServer, conversation_id: ConversationId) -> None:
        """Ask nothing yet.

        Args:
            server: rtpengine, or what passes the same contract.
            conversation_id: the name it knows the conversation by.
        """
        self._server = server
        self._id = conversation_id
        self.flags: tuple[str, ...] = ()
        """What else each exchange of descriptions asks for."""
        self._since_s: float | None = None
        """Before what it knows of the conversation was told, in monotonic seconds; None: nothing
        was."""

    async def offer(self, *, towards: Protection, sdp: str, **fields: Any) -> str:
        """Make an offer of one leg to another; returns what the other is to be told.

        Args:
            towards: how the audio of that other leg is protected.
            sdp: what the first has said.
            fields: what else rtpengine is told.

        Raises:
            MediaError: rtpengine cannot.
        """
        return await self._exchange("offer", sdp, fields | offered(towards))

    async def answer(self, *, towards: Protection, sdp: str, **fields: Any) -> str:
        """Answer such an offer; returns what the one who made it is to be told.

        Args:
            towards: how the audio of that one is protected.
            sdp: what the other has said.
            fields: what else rtpengine is told.

        Raises:
            MediaError: rtpengine cannot.
        """
        return await self._exchange("answer", sdp, fields | answered(towards))

    async def _exchange(self, command: str, sdp: str, fields: dict[str, Any]) -> str:
        fields["flags"] = [*fields["flags"], *self.flags]
        sdp = nameless(audio_only(sdp))
        told = await self.ask(command, replace=["origin"], sdp=sdp, **fields)
        return str(told["sdp"])

    async def ask(self, command: str, **fields: Any) -> dict[str, Any]:
        """Return the answer to a request.

        Raises:
            MediaError: rtpengine cannot.
        """
        asked_s = time.monotonic()
        answer = await self._server.request(command, call_id=self._id, **fields)
        if self._since_s is None:
            self._since_s = asked_s
        return answer

    async def query(self) -> dict[str, Any]:
        """Return what the server knows of the conversation.

        Raises:
            MediaError: nothing, or it does not answer.
        """
        return await self._server.request("query", call_id=self._id)

    def is_known(self) -> None:
        """Note that the server knows the conversation already: others have told it."""
        self._since_s = time.monotonic()

    async def forget(self) -> None:
        """Give back the ports of the conversation.

        Raises:
            MediaError: rtpengine cannot; it forgets by itself when no audio comes.
        """
        if self._since_s is not None:
            self._since_s = None
            await self._server.request("delete", call_id=self._id, delete_delay=0)

    async def has_lost_it(self, began_s: float) -> bool:
        """Whether a server that began then does not know what was told to the one before.

        To ask it is not enough: the next offer makes a conversation of the same name, in which
        only that offer is known.

        Args:
            began_s: when, at the latest, in monotonic seconds.

        Raises:
            MediaError: it does not answer.
        """
        if self._since_s is None or self._since_s > began_s:
            return False
        if self._since_s <= began_s - _UNSURE_S:
            return True
        try:
            await self.query()
        except MediaError as error:
            if error.is_unknown_call:
                return True
            raise
        return False
