"""What the desk does beside taking records: old letters are read again, old threads go."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol

import structlog

from switch.desk import letters
from switch.desk.errors import StoreError
from switch.records.errors import NewerVersionError
from switch.records.leg import LegRecord
from switch.records.of_leg import instant

_log = structlog.get_logger()

_EVERY_S: Final = 3600.0
_BREATH_S: Final = 0.2
"""Between two batches, so that records are stored in between."""
_TOMBSTONE_DAYS: Final = 30
"""For how long a repeated record of an expired conversation is told from a new one: longer than
any outbox, broker or replay keeps one."""


class AgeingStore(Protocol):
    """Is what upkeep asks of a store."""

    def read_letters_again(
        self, read: Callable[[str, bytes], LegRecord], *, kind: str | None = None
    ) -> int:
        """Keep the records in letters that can be read now, and return how many letters."""
        ...

    def expire(self, *, ended_before: str, at: str) -> int:
        """Take out some conversations that ended before an instant, and return how many."""
        ...

    def drop_tombstones(self, *, expired_before: str) -> None:
        """Forget that they were there."""
        ...


class Upkeep:
    """Looks after a store; whoever makes one awaits ``run``."""

    def __init__(
        self,
        store: AgeingStore,
        *,
        keep_days: int | None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        every_s: float = _EVERY_S,
    ) -> None:
        """Look after this store.

        Args:
            store: it is called from another thread.
            keep_days: how long conversations are kept after their end; ``None``: for ever.
            now: asks the clock.
            every_s: how often it is looked for old ones, in seconds.
        """
        self._store = store
        self._keep_days = keep_days
        self._now = now
        self._every_s = every_s

    async def run(self, stopping: asyncio.Event) -> None:
        """Do it now and every hour, until ``stopping`` is set."""
        await self._tried(self._read_letters_again())
        while not stopping.is_set():
            if self._keep_days is not None:
                await self._tried(self._expire(self._keep_days, stopping))
            await _pause(stopping, self._every_s)

    async def _tried(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it; if the store is away it is done in an hour, and the desk goes on meanwhile."""
        try:
            await work
        except StoreError as error:
            _log.warning("desk.upkeep_failed", problem=str(error), again_in_s=self._every_s)

    async def _read_letters_again(self) -> None:
        """Read what an earlier release could not: this one may be the later one it waited for."""
        count = await asyncio.to_thread(
            self._store.read_letters_again, letters.read, kind=NewerVersionError.slug
        )
        if count:
            _log.info("desk.letters_read", count=count)

    async def _expire(self, keep_days: int, stopping: asyncio.Event) -> None:
        """Take out the conversations that have been kept long enough."""
        total = 0
        while not stopping.is_set():
            count = await asyncio.to_thread(
                self._store.expire,
                ended_before=self._days_ago(keep_days),
                at=instant(self._now().timestamp()),
            )
            if not count:
                break
            total += count
            await _pause(stopping, _BREATH_S)
        await asyncio.to_thread(
            self._store.drop_tombstones, expired_before=self._days_ago(_TOMBSTONE_DAYS)
        )
        if total:
            _log.info("desk.expired", conversations=total, keep_days=keep_days)

    def _days_ago(self, days: int) -> str:
        return instant((self._now() - dt.timedelta(days=days)).timestamp())


async def _pause(stopping: asyncio.Event, pause_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), pause_s)
