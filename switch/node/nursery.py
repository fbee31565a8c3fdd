"""The node's hold on the nursery: asks it to fork workers, and hears of those that are gone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol

import structlog

from switch.wire.errors import WireError
from switch.wire.nursery import (
    Fork,
    FromNursery,
    NurseryHello,
    WorkerSettings,
    decode_from_nursery,
    encode,
)

_LOG = structlog.get_logger()


class Forks(Protocol):
    """What the pool needs of the nursery."""

    @property
    def is_up(self) -> bool:
        """Whether it can be asked."""

    def fork(self, worker: str, port: int) -> None:
        """Ask for a worker, who will connect by himself."""


class Nursery:
    """The process that forks workers, as long as it is connected."""

    def __init__(self, settings: WorkerSettings, *, heard: Callable[[FromNursery], None]) -> None:
        """Keep what it is told.

        Args:
            settings: what every worker is told.
            heard: takes what it says, its hello first.
        """
        self._settings = settings
        self._heard = heard
        self._writer: asyncio.StreamWriter | None = None

    @property
    def is_up(self) -> bool:
        """Whether it can be asked."""
        return self._writer is not None and not self._writer.is_closing()

    def fork(self, worker: str, port: int) -> None:
        """Ask for a worker, who will connect by himself.

        Raises:
            OSError: the nursery is not there.
        """
        if self._writer is None or self._writer.is_closing():
            raise ConnectionError("the nursery is not there")
        self._writer.write(encode(Fork(worker=worker, port=port)))

    async def serve(
        self, hello: NurseryHello, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Talk with a nursery that has connected, until it is gone; the newest is asked."""
        self._writer = writer
        writer.write(encode(self._settings))
        _LOG.info("nursery.connected", pid=hello.pid)
        self._heard(hello)
        try:
            with contextlib.suppress(ConnectionError):
                await self._listen(reader)
            _LOG.error("nursery.lost", pid=hello.pid)
        finally:
            if self._writer is writer:
                self._writer = None

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            try:
                message = decode_from_nursery(line)
            except WireError as error:
                _LOG.warning("nursery.unreadable", why=str(error))
                continue
            self._heard(message)
