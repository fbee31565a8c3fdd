"""The one timer of a conversation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


class Alarm:
    """Goes off at the moment that it was set to last."""

    def __init__(self, goes_off: Callable[[], None]) -> None:
        """Keep what is called then; it is not set."""
        self._goes_off = goes_off
        self._handle: asyncio.TimerHandle | None = None
        self._due_s: float | None = None

    def set_to(self, due_s: float | None) -> None:
        """Let it go off at a moment, in monotonic seconds; None: not at all."""
        if due_s == self._due_s:
            return
        self._due_s = due_s
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if due_s is not None:
            wait_s = max(0.0, due_s - time.monotonic())
            self._handle = asyncio.get_running_loop().call_later(wait_s, self._ring)

    def _ring(self) -> None:
        # Who is called may set it to the same moment again: it was early by a hair.
        self._handle = self._due_s = None
        self._goes_off()
