"""The node's ear for keys that people press: rtpengine tells it, and it tells the worker.

rtpengine has one place to tell of keys, whichever conversation they are in. A datagram a
press; while nobody presses anything this costs nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

from switch.wire.dtmf import decode_digit
from switch.wire.errors import WireError
from switch.wire.worker import Digit

_LOG = structlog.get_logger()


class Digits(asyncio.DatagramProtocol):
    """Hears one UDP port."""

    def __init__(self, *, host: str, port: int, pressed: Callable[[Digit], None]) -> None:
        """Keep where to listen, and who is told."""
        self._host = host
        self._port = port
        self._pressed = pressed
        self._transport: asyncio.BaseTransport | None = None
        self.unreadable = 0
        """How many datagrams were nothing that rtpengine says."""

    async def open(self) -> None:
        """Begin to listen; without the port, calls go on and keys mean nothing."""
        loop = asyncio.get_running_loop()
        try:
            self._transport, _ = await loop.create_datagram_endpoint(
                lambda: self, local_addr=(self._host, self._port)
            )
        except OSError as error:
            _LOG.error("digits.deaf", port=self._port, why=str(error))

    def close(self) -> None:
        """Listen no more."""
        if self._transport is not None:
            self._transport.close()

    # ------------------------------------------------------------ asyncio's callbacks

    def datagram_received(self, data: bytes, _addr: Any) -> None:
        """Tell of a key; what is none is nobody's."""
        try:
            digit = decode_digit(data)
        except WireError as error:
            self.unreadable += 1
            _LOG.warning("digits.unreadable", why=str(error))
            return
        if digit is not None:
            self._pressed(digit)
