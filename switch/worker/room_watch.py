"""Looks every few seconds whether there is room for what a conversation's recording writes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

EVERY_S: Final = 5.0
"""In so long a thousand conversations write some 200 MB."""


class RoomWatch:
    """Watches while something is recorded; costs nothing otherwise."""

    def __init__(
        self,
        is_running_out: Callable[[], bool],
        ran_out: Callable[[], None],
        *,
        every_s: float | None = None,
    ) -> None:
        """Watch nothing yet.

        Args:
            is_running_out: tells whether what runs must be stopped.
            ran_out: is told so, once.
            every_s: how often it is looked, in seconds; None: as usual.
        """
        self._is_running_out = is_running_out
        self._ran_out = ran_out
        self._every_s = EVERY_S if every_s is None else every_s
        self._next: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Watch from now on."""
        self.stop()
        self._next = asyncio.get_running_loop().call_later(self._every_s, self._look)

    def stop(self) -> None:
        """Watch no longer."""
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _look(self) -> None:
        self._next = None
        if self._is_running_out():
            self._ran_out()
        else:
            self.start()
