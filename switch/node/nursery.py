"""The node's hold on the nursery: asks it to fork workers, and hears of those that are gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import structlog

from switch.node.line import Line
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
        self._line: Line | None = None

    @property
    def is_up(self) -> bool:
        """Whether it can be asked."""
        return self._line is not None and self._line.is_up

    def fork(self, worker: str, port: int) -> None:
        """Ask for a worker, who will connect by himself.

        Raises:
            OSError: the nursery is not there.
        """
        if self._line is None or not self._line.is_up:
            raise ConnectionError("the nursery is not there")
        self._line.write(encode(Fork(worker=worker, port=port)))

    async def serve(self, hello: NurseryHello, line: Line) -> None:
        """Talk with a nursery that has connected, until it is gone; the newest is asked."""
        self._line = line
        line.write(encode(self._settings))
        _LOG.info("nursery.connected", pid=hello.pid)
        self._heard(hello)
        try:
            await line.listen(self._take)
            _LOG.error("nursery.lost", pid=hello.pid)
        finally:
            if self._line is line:
                self._line = None

    def _take(self, text: bytes) -> None:
        try:
            message = decode_from_nursery(text)
        except WireError as error:
            _LOG.warning("nursery.unreadable", why=str(error))
        else:
            self._heard(message)
