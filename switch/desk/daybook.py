"""Keeps the figures of days: worked out of the store, and of each conversation only once.

Rules of this file:

* A day is one by the clocks of this machine: all who look at it see the same figures. Where the
  desk runs elsewhere than its team, ``TZ`` in its environment says whose clocks are meant.
* However many look, and however much happens, a day is worked out again once in ``fresh_s``.
* What is read of the store is read in another thread, some conversations at a time.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from switch.desk.store import Store
from switch.live.facts import Facts, facts_of
from switch.live.figures import Figures
from switch.live.tally import figures_of
from switch.records.of_leg import instant

FRESH_S: Final = 3.0
_MOST_DAYS: Final = 4
_AT_ONCE: Final = 500


@dataclass(slots=True)
class _Day:
    """Is what is known of a day."""

    facts: dict[str, tuple[int, Facts]] = field(default_factory=dict)
    """By conversation: how far it was, and what counts of it."""
    figures: Figures | None = None
    until_s: float = 0.0
    """Until when the figures are fresh, by a steady clock."""


class Daybook:
    """Gives the figures of a day."""

    def __init__(
        self,
        store: Store,
        *,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
        fresh_s: float = FRESH_S,
        within_s: float = 20.0,
    ) -> None:
        """Keep where conversations are.

        Args:
            store: where conversations are read.
            now: UTC seconds.
            clock: seconds by a clock that never goes back.
            fresh_s: how long figures are good for, in seconds.
            within_s: in how many seconds a customer is to be answered.
        """
        self._store = store
        self._now = now
        self._clock = clock
        self._fresh_s = fresh_s
        self._within_s = within_s
        self._days: OrderedDict[dt.date, _Day] = OrderedDict()
        self._reading = asyncio.Lock()

    def today(self) -> dt.date:
        """Return which day it is, by the clocks of this machine."""
        return dt.datetime.fromtimestamp(self._now(), dt.UTC).astimezone().date()

    async def figures(self, day: dt.date | None = None) -> Figures:
        """Return the figures of a day, today's if none is named; they are ``fresh_s`` old at most.

        Raises:
            StoreUnavailableError: the store cannot be read.
            OverflowError: there is no such day.
        """
        day = day or self.today()
        # One at a time: who waits meanwhile finds what the other has worked out.
        async with self._reading:
            known = self._days.setdefault(day, _Day())
            self._days.move_to_end(day)
            if known.figures is None or self._clock() >= known.until_s:
                known.figures = await asyncio.to_thread(self._read, day, known)
                known.until_s = self._clock() + self._fresh_s
            while len(self._days) > _MOST_DAYS:
                self._days.popitem(last=False)
            return known.figures

    def _read(self, day: dt.date, known: _Day) -> Figures:
        """Work out what is news of a day, and return its figures."""
        begins, ends = (_midnight(one) for one in (day, day + dt.timedelta(days=1)))
        from_at, to_at = instant(begins.timestamp()), instant(ends.timestamp())
        marks = self._store.marks(since=from_at, until=to_at)
        known.facts = {one: kept for one, kept in known.facts.items() if one in marks}
        news = [one for one, mark in marks.items() if known.facts.get(one, (-1,))[0] != mark]
        for start in range(0, len(news), _AT_ONCE):
            for one, records in self._store.records(news[start : start + _AT_ONCE]).items():
                # What has changed in between has another mark the next time.
                mark = sum(record.revision for record in records)
                known.facts[one] = (mark, facts_of(records))
        return figures_of(
            [facts for _mark, facts in known.facts.values()],
            day=day.isoformat(),
            zone=begins.strftime("%Z"),
            from_at=from_at,
            to_at=to_at,
            clock=None,
            within_s=self._within_s,
        )


def _midnight(day: dt.date) -> dt.datetime:
    """Return when a day begins on the clocks of this machine."""
    return dt.datetime.combine(day, dt.time()).astimezone()
