"""Prompts: what is played to a leg once, and the news of its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from switch.call.commands import Prompt
from switch.call.events import LegEvent, PromptEnded
from switch.call.ids import LegId
from switch.worker.media import Media


class Prompting:
    """The prompts of one conversation; one at a time to each leg."""

    def __init__(self, media: Media, *, happened: Callable[[LegEvent], None]) -> None:
        """Keep what plays them, and who is told of their end."""
        self._media = media
        self._happened = happened
        self._ends: dict[LegId, asyncio.TimerHandle] = {}
        self._played: dict[LegId, Prompt] = {}

    async def play(self, leg_id: LegId, prompt: Prompt) -> None:
        """Play a prompt to a leg; when it is over, its end is an event.

        Raises:
            MediaError: it cannot be played.
        """
        self.drop(leg_id)
        lasts_s = await self._media.play_prompt(leg_id, prompt)
        if lasts_s is not None:
            # rtpengine tells nobody when a file is over; only how long it is.
            loop = asyncio.get_running_loop()
            self._ends[leg_id] = loop.call_later(lasts_s, self._ended, leg_id)
            self._played[leg_id] = prompt

    async def play_again(self) -> None:
        """Play from its beginning whatever is not over: who played it is gone.

        Raises:
            MediaError: it cannot be played.
        """
        for leg_id in list(self._ends):
            await self.play(leg_id, self._played[leg_id])

    def drop(self, leg_id: LegId) -> None:
        """Wait no longer for the end of what plays to a leg: it hears something else, or left."""
        end = self._ends.pop(leg_id, None)
        if end is not None:
            end.cancel()

    def close(self) -> None:
        """Wait for nothing any more."""
        for leg_id in list(self._ends):
            self.drop(leg_id)

    def _ended(self, leg_id: LegId) -> None:
        del self._ends[leg_id]
        self._happened(PromptEnded(leg_id=leg_id))
