"""Notices that rtpengine was started anew: it answers as before, and knows no call.

It may have been away for less than a tenth of a second, so that no request of anybody failed.
But it tells how often it was asked what we ask it, and one who has not been asked more often than
before is another.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

import msgspec
import structlog

from switch.media.ng import MediaError, NgClient
from switch.wire.survival import MediaLost

_LOG = structlog.get_logger()
_EVERY_S: Final = 0.5
"""To ask costs half a millisecond of CPU on both sides together."""


class _Total(msgspec.Struct):
    uptime: int
    """Whole seconds."""


class _Asker(msgspec.Struct):
    statscount: int
    """How often he has asked for the statistics, before this time."""


class _Control(msgspec.Struct):
    proxies: list[_Asker]


class _Statistics(msgspec.Struct):
    totalstatistics: _Total
    controlstatistics: _Control

    @property
    def asked(self) -> int:
        """How often they were asked for."""
        return sum(asker.statscount for asker in self.controlstatistics.proxies)


class Server(Protocol):
    """What the watch needs of rtpengine's control protocol."""

    async def request(self, command: str, **fields: Any) -> dict[str, Any]:
        """Return its answer, or raise ``MediaError``."""

    def close(self) -> None:
        """Ask nothing more."""


class MediaWatch:
    """Watches rtpengine for a node."""

    def __init__(
        self, *, host: str, port: int, lost: Callable[[MediaLost], None], every_s: float = _EVERY_S
    ) -> None:
        """Keep whom to watch; :meth:`run` does.

        Args:
            host: where rtpengine listens for commands.
            port: its UDP port.
            lost: is told of each rtpengine that begins, the first too: what it carries may be
                what another began.
            every_s: how often it is asked.
        """
        self._host = host
        self._port = port
        self._lost = lost
        self._every_s = every_s
        self._is_away = False
        self._asked = 0
        self.newest: MediaLost | None = None
        """The rtpengine that is up, as a worker is told of it who comes back; None: not known."""

    async def run(self) -> None:
        """Watch until cancelled."""
        server = await NgClient.connect(self._host, self._port)
        try:
            while True:
                await self.look(server)
                await asyncio.sleep(self._every_s)
        finally:
            server.close()

    async def look(self, server: Server) -> None:
        """Ask once, and tell if it is another than before."""
        try:
            answer = await server.request("statistics")
            told = msgspec.convert(answer.get("statistics"), _Statistics, strict=False)
        except (MediaError, msgspec.ValidationError) as error:
            if not self._is_away:
                _LOG.error("media.away", why=str(error))
            self._is_away = True
            return
        self._is_away = False
        before, self._asked = self._asked, told.asked
        if self.newest is not None and told.asked > before:
            return
        up_s = told.totalstatistics.uptime
        if self.newest is not None:
            _LOG.error("media.lost", up_s=up_s)
        self.newest = MediaLost(began_s=time.monotonic() - up_s)
        self._lost(self.newest)
