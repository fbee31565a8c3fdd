"""Lets the asyncio loop poll PJSIP: when a datagram waits, and for PJSIP's own timers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final

_SHORTEST_STEP_S: Final = 0.5
_LONGEST_STEP_S: Final = 1.0
"""PJSIP's timers begin at half a second and double, and so do the steps at which they are looked
after since something happened last. They repeat what was lost on the way to the edge, on this
machine; that one of them is late costs nothing, and a quiet call costs next to nothing. What PJSIP
puts off for no time at all is looked after at once: see :meth:`Pump.stir`."""


class Pump:
    """Calls PJSIP whenever there may be something for it to do."""

    def __init__(self, handle_events: Callable[[], int]) -> None:
        """Keep what to call: it must not wait, and return how much it has handled."""
        self._handle_events = handle_events
        self._watched: socket.socket | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stirred_s = 0.0
        self._looks_soon = False

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
        """Let PJSIP get on with what it was just given to do: soon, and when its timers are due."""
        self._mind_its_timers()
        if not self._looks_soon:
            self._looks_soon = True
            asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        self._looks_soon = False
        if self._watched is not None:
            self._handle()

    def _readable(self) -> None:
        self._handle()
        self._mind_its_timers()

    def _handle(self) -> None:
        if self._handle_events():
            # Once more, for what it has put off; what still comes makes the socket readable.
            self._handle_events()

    def _mind_its_timers(self) -> None:
        loop = asyncio.get_running_loop()
        self._stirred_s = loop.time()
        if self._timer is not None and self._timer.when() - self._stirred_s > _SHORTEST_STEP_S:
            self._timer.cancel()
            self._timer = loop.call_later(_SHORTEST_STEP_S, self._tick)

    def _tick(self) -> None:
        self._handle()
        loop = asyncio.get_running_loop()
        quiet_s = loop.time() - self._stirred_s
        step_s = min(max(quiet_s, _SHORTEST_STEP_S), _LONGEST_STEP_S)
        self._timer = loop.call_later(step_s, self._tick)
