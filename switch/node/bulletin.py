"""What the node has to say on the bus, one thing after the other."""

from __future__ import annotations

import asyncio
import contextlib
from typing import NoReturn, TypeAlias

from switch.node.publisher import Publisher
from switch.records.leg import LegRecord
from switch.records.security import SecurityEvent
from switch.wire.worker import Choosing

News: TypeAlias = LegRecord | SecurityEvent | Choosing | tuple[str, str]
"""What is to be said; a pair: which rep, and what he is doing."""


class Bulletin:
    """Hands news to the publisher in the order in which they came."""

    def __init__(self, publisher: Publisher) -> None:
        """Keep who says it on the bus."""
        self._publisher = publisher
        self._news: asyncio.Queue[News] = asyncio.Queue()

    def say(self, news: News) -> None:
        """Let something be said; nobody waits for it."""
        self._news.put_nowait(news)

    async def run(self) -> NoReturn:
        """Hand on whatever there is, for ever."""
        while True:
            news = await self._news.get()
            if isinstance(news, LegRecord):
                await self._publisher.publish_leg(news)
            elif isinstance(news, SecurityEvent):
                await self._publisher.publish_security(news)
            elif isinstance(news, Choosing):
                await self._publisher.publish_choice(news.conversation_id, news.choice)
            else:
                await self._publisher.publish_presence(*news)
            self._news.task_done()

    async def flush(self, timeout_s: float) -> None:
        """Wait so long until all of it is handed on."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.join(), timeout_s)
