"""Watches over how much of the disk the outbox takes, and drops what was kept long enough."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Final, NoReturn

import structlog

from switch.node import keeping
from switch.node.errors import LedgerError
from switch.node.journal import Journal
from switch.node.keeping import Fill
from switch.node.ledger import Ledger

_LOG = structlog.get_logger()
_LOOKS_EACH_S: Final = 2.0
_PAUSE_S: Final = 0.05
"""Between two steps while there is more to drop: the journal writes meanwhile."""
_JUMP_S: Final = 5.0
"""A clock that went so much faster or slower than time did was set."""
_WAITS_S: Final = 3600.0
"""After that nothing is dropped for its age for so long: it may be set back."""
_WARN_FROM: Final = 0.8
_CALM_BELOW: Final = 0.7


class Outbox:
    """Is what the node knows of its outbox; the node runs it beside everything else.

    Records of calls that are up are taken however full it is; new calls should not be let in
    unless ``takes_calls``.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        keep_s: float,
        most_bytes: int,
        utc_s: Callable[[], float] = time.time,
        steady_s: Callable[[], float] = time.monotonic,
        looks_each_s: float = _LOOKS_EACH_S,
    ) -> None:
        """Keep what there is to watch.

        Args:
            journal: by it the file is asked, in turn with what is written.
            keep_s: how long messages are kept that are sent, in seconds.
            most_bytes: how much the file may hold.
            utc_s: tells the time.
            steady_s: tells how time goes by, whatever the clock is set to.
            looks_each_s: how often it looks, in seconds.
        """
        self._journal = journal
        self._keep_s = keep_s
        self._most_bytes = most_bytes
        self._utc_s = utc_s
        self._steady_s = steady_s
        self._looks_each_s = looks_each_s
        self._looked = (utc_s(), steady_s())
        self._trusts_clock_from_s = steady_s()
        self._warned = 0
        self.fill: Fill | None = None
        """How full it was when it was looked at last; None: it has not been yet."""

    @property
    def is_full(self) -> bool:
        """Whether messages that the broker has not confirmed take all of the room there is."""
        return self.fill is not None and self.fill.unsent_bytes >= self._most_bytes

    @property
    def takes_calls(self) -> bool:
        """Whether the records of a new call would find room, and a disk that can be written."""
        return self._journal.is_healthy and not self.is_full

    async def run(self) -> NoReturn:
        """Look now and then, for ever."""
        while True:
            try:
                dropped = await self.look()
            except LedgerError as error:
                _LOG.error("outbox.cannot_look", problem=str(error))
                dropped = 0
            await asyncio.sleep(_PAUSE_S if dropped else self._looks_each_s)

    async def look(self) -> int:
        """See how full it is and drop what there is to drop, a step of it; return how much it was.

        Raises:
            LedgerError: the file cannot be read or written.
        """
        ask = partial(_look, self._oldest_to_keep_s(), self._most_bytes)
        fill, dropped = await self._journal.ask(ask)
        self.fill = fill
        self._warn(fill)
        return dropped

    def _oldest_to_keep_s(self) -> float | None:
        """Return what is to be dropped for its age, if the clock can be trusted with that."""
        before_utc_s, before_steady_s = self._looked
        self._looked = utc_s, steady_s = self._utc_s(), self._steady_s()
        if abs((utc_s - before_utc_s) - (steady_s - before_steady_s)) > _JUMP_S:
            self._trusts_clock_from_s = steady_s + _WAITS_S
            _LOG.warning("outbox.clock_was_set", by_s=round(utc_s - before_utc_s))
        return utc_s - self._keep_s if steady_s >= self._trusts_clock_from_s else None

    def _warn(self, fill: Fill) -> None:
        """Say at 80, 90 and 100 % what is coming, and when it is over."""
        share = fill.unsent_bytes / self._most_bytes
        level = sum(share >= limit for limit in (_WARN_FROM, 0.9, 1.0))
        if level > self._warned:
            say = _LOG.error if self.is_full else _LOG.warning
            say(
                "outbox.full" if self.is_full else "outbox.filling",
                percent=round(100 * share),
                unsent=fill.unsent,
                new_calls="refused with 503" if self.is_full else "taken",
            )
            self._warned = level
        elif self._warned and share < _CALM_BELOW:
            self._warned = 0
            _LOG.info("outbox.has_room", percent=round(100 * share), unsent=fill.unsent)


def _look(before_s: float | None, most_bytes: int, ledger: Ledger) -> tuple[Fill, int]:
    dropped = keeping.drop_sent(ledger, before_s=before_s, most_bytes=most_bytes)
    keeping.shrink(ledger)
    return keeping.measure(ledger), dropped
