"""Takes messages: stores the records in them, and keeps aside what is no record.

Whatever a message is, it cannot end the desk, nor keep others from being stored.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import structlog

from switch.desk.errors import StoreUnavailableError, UnstorableError
from switch.desk.letters import UNFORESEEN, UNSTORABLE, DeadLetter, read
from switch.desk.ports import ThreadStore
from switch.records.errors import MessageError
from switch.records.leg import LegRecord
from switch.records.of_leg import instant

_log = structlog.get_logger()

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0


@dataclass(slots=True, kw_only=True)
class Counts:
    """What came over the bus since the desk started."""

    news: int = 0
    """Records that changed a thread."""

    repetitions: int = 0
    """Records that said nothing new."""

    refused: Counter[str] = field(default_factory=Counter)
    """Messages that are no leg records, by the slug of what is wrong with them."""

    connections: int = 0
    """How often the broker was reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Is a message, with the record in it, or with what is kept of it as there is none."""

    topic: str
    payload: bytes = field(repr=False)
    record: LegRecord | None = field(default=None, repr=False)
    letter: DeadLetter | None = None


class Intake:
    """Stores what comes, and counts it."""

    def __init__(self, store: ThreadStore, *, first_pause_s: float = FIRST_PAUSE_S) -> None:
        """Keep what ``take`` needs.

        Args:
            store: Where records are kept; it is called from another thread.
            first_pause_s: How long to wait before the first repetition of what
                failed, in seconds; doubled up to five seconds.
        """
        self._store = store
        self._first_pause_s = first_pause_s
        self.counts = Counts()

    async def take(
        self, messages: Sequence[tuple[str, bytes]], stopping: asyncio.Event | None = None
    ) -> bool:
        """Store the records in these messages, given as topic and payload.

        What is no record is stored as a dead letter. Returns True when all is stored, however
        long that takes; only a desk that is stopping gives up, and returns False: then the
        broker still has them.
        """
        return await self.store([self.opened(*message) for message in messages], stopping)

    async def store(self, opened: Sequence[Opened], stopping: asyncio.Event | None = None) -> bool:
        """Store what was in messages; see ``take``."""
        records = [one.record for one in opened if one.record is not None]
        letters = [one.letter for one in opened if one.letter is not None]
        pause_s = self._first_pause_s
        while True:
            try:
                news = await asyncio.to_thread(self._store.add, records, letters)
            except UnstorableError as error:
                return await self._store_apart(opened, stopping, str(error))
            except StoreUnavailableError as error:
                _log.error("desk.store_away", problem=str(error), again_in_s=pause_s)
                if stopping is not None and stopping.is_set():
                    return False
                await pause_unless(stopping or asyncio.Event(), pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            else:
                self.counts.news += news
                self.counts.repetitions += len(records) - news
                return True

    async def _store_apart(
        self, opened: Sequence[Opened], stopping: asyncio.Event | None, problem: str
    ) -> bool:
        """Store what the database takes of messages of which it does not take one, or more."""
        if len(opened) > 1:
            middle = len(opened) // 2
            halves = (opened[:middle], opened[middle:])
            return all([await self.store(half, stopping) for half in halves])
        (one,) = opened
        if one.record is None:
            _log.error("desk.letter_lost", problem=problem)
            return True
        letter = self._refused(one.topic, one.payload, UNSTORABLE, problem)
        return await self.store([replace(one, record=None, letter=letter)], stopping)

    def opened(self, topic: str, payload: bytes) -> Opened:
        """Return what is in a message."""
        try:
            record = read(topic, payload)
        except MessageError as error:
            letter = self._refused(topic, payload, error.slug, str(error))
            return Opened(topic=topic, payload=payload, letter=letter)
        except Exception as error:  # noqa: BLE001 - it would come again, and again end the desk
            letter = self._refused(topic, payload, UNFORESEEN, type(error).__name__)
            return Opened(topic=topic, payload=payload, letter=letter)
        return Opened(topic=topic, payload=payload, record=record)

    def _refused(self, topic: str, payload: bytes, kind: str, problem: str) -> DeadLetter:
        """Return a message that cannot be taken as a letter; count and log it."""
        self.counts.refused[kind] += 1
        count = self.counts.refused[kind]
        # The first, the second, the fourth...: a flood of them must not be one of log lines.
        if count & (count - 1) == 0:
            _log.warning("desk.message_refused", kind=kind, problem=problem, count=count)
        at = instant(dt.datetime.now(dt.UTC).timestamp())
        return DeadLetter.of(topic, payload, at=at, kind=kind, problem=problem)


async def pause_unless(stopping: asyncio.Event, pause_s: float) -> None:
    """Return after the pause, or as soon as the desk is to stop."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), pause_s)
