"""Lets the asyncio loop poll PJSIP: when a datagram waits, and for PJSIP's own timers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final

_SHORTEST_STEP_S: Final = 0.02
_LONGEST_STEP_S: Final = 1.0
"""PJSIP's timers begin at half a second and double, and so do the steps at which they are looked
after since something happened last. They repeat what was lost on the way to the edge, on this
machine; that one of them is late costs nothing, and a quiet call costs next to nothing."""


class Pump:
    """Calls PJSIP whenever there may be something for it to do."""

    def __init__(self, handle_events: Callable[[], None]) -> None:
        """Keep what to call: it must handle what is there and not wait."""
        self._handle_events = handle_events
        self._watched: socket.socket | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stirred_s = 0.0

    def start(self, watched: socket.socket) -> None:
        """Begin to poll, now and whenever the socket is readable; the socket is ours then."""
        self._watched = watched
        asyncio.get_running_loop().add_reader(watched.fileno(), self._readable)
        self._tick()

    def stop(self) -> None:
        """Poll no more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._watched is not None:
            asyncio.get_running_loop().remove_reader(self._watched.fileno())
            self._watched.close()
            self._watched = None

    def stir(self) -> None:
        """Look after PJSIP's timers often for a while: it was just given something to do."""
        loop = asyncio.get_running_loop()
        self._stirred_s = loop.time()
        if self._timer is not None and self._timer.when() - self._stirred_s > _SHORTEST_STEP_S:
            self._timer.cancel()
            self._timer = loop.call_later(_SHORTEST_STEP_S, self._tick)

    def _readable(self) -> None:
        self._handle_events()
        self.stir()

    def _tick(self) -> None:
        self._handle_events()
        loop = asyncio.get_running_loop()
        quiet_s = loop.time() - self._stirred_s
        step_s = min(max(quiet_s, _SHORTEST_STEP_S), _LONGEST_STEP_S)
        self._timer = loop.call_later(step_s, self._tick)
