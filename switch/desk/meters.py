"""The numbers of the desk, as Prometheus reads them.

Rules of this file:

* Nothing of people is in them: no name, no number, no conversation.
* What only the store knows is counted now and then, in another thread; whoever looks is given the
  last count, so that looking costs nothing and never waits for a database.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NoReturn

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Metric,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from switch.desk.errors import StoreError
from switch.desk.intake import Counts
from switch.desk.letters import DeadLetter
from switch.desk.ports import ThreadStore
from switch.desk.store import Holdings, Store
from switch.records.leg import LegRecord
from switch.threads.view import ThreadView

_LOG = structlog.get_logger()
_COUNTS_EVERY_S: Final = 15.0
_BOUNDS_S: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0)


class Meters(Collector):
    """Counts what the desk does; whoever makes one awaits ``run``.

    What is told by others is put in by them: until then there is nothing to see of it.
    """

    def __init__(self, *, utc_s: Callable[[], float] = time.time) -> None:
        """Make the numbers.

        Args:
            utc_s: tells the time.
        """
        self._utc_s = utc_s
        self.counts: Counts | None = None
        """What came over the bus."""
        self.pages: Callable[[], int] = lambda: 0
        """How many pages are open."""
        self.is_connected: Callable[[], bool] = lambda: False
        """Whether the pages have the bus."""
        self.is_store_there = True
        """Whether the store could be written, or counted, when that was last tried."""
        self.holdings: Holdings | None = None
        """What the store had when it was last counted."""
        # When a counter was made is of no use beside process_start_time_seconds.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry(auto_describe=False)
        self.writes = Histogram(
            "softswitch_desk_store_write_seconds",
            "How long the store took to keep what had come over the bus in one moment.",
            buckets=_BOUNDS_S,
            registry=self.registry,
        )
        self.requests = Counter(
            "softswitch_desk_requests",
            "Requests that were answered: by programs (api), browsers (page), for files (static).",
            ["part", "status"],
            registry=self.registry,
        )
        self.answers = Histogram(
            "softswitch_desk_request_seconds",
            "How long it took until an answer began.",
            ["part"],
            buckets=_BOUNDS_S,
            registry=self.registry,
        )
        self.registry.register(self)
        ProcessCollector(registry=self.registry)

    def collect(self) -> Iterator[Metric]:
        """Yield what others know."""
        yield _gauge("pages", "Pages that are open and are told what changes.", self.pages())
        yield _gauge("bus_up", "1: pages and commands have the broker.", self.is_connected())
        yield _gauge("store_up", "1: the store could be used the last time.", self.is_store_there)
        if self.counts is not None:
            yield from self._of_the_bus(self.counts)
        if self.holdings is not None:
            yield from self._of_the_store(self.holdings)

    def _of_the_bus(self, counts: Counts) -> Iterator[Metric]:
        taken = CounterMetricFamily(
            "softswitch_desk_records",
            "Leg records that came: news, or a repetition of what was known.",
            labels=["kind"],
        )
        taken.add_metric(["news"], counts.news)
        taken.add_metric(["repetition"], counts.repetitions)
        yield taken
        refused = CounterMetricFamily(
            "softswitch_desk_refused", "Messages that were no leg records.", labels=["kind"]
        )
        for kind, count in sorted(counts.refused.items()):
            refused.add_metric([kind], count)
        yield refused
        yield CounterMetricFamily(
            "softswitch_desk_bus_connections", "Times the broker was reached.", counts.connections
        )

    def _of_the_store(self, has: Holdings) -> Iterator[Metric]:
        yield _gauge("threads", "Conversations that are stored.", has.threads)
        yield _gauge("dead_letters", "Messages kept aside: softswitch dead-letters.", has.letters)
        yield _gauge("webhooks_waiting", "Conversations that are still to be told.", has.postings)
        age_s = 0.0 if has.oldest_due_s is None else max(0.0, self._utc_s() - has.oldest_due_s)
        yield _gauge(
            "webhooks_oldest_seconds", "How long the first of them has been due for.", age_s
        )

    async def run(self, store: Store, *, every_s: float = _COUNTS_EVERY_S) -> NoReturn:
        """Count for ever what the store has."""
        while True:
            try:
                self.holdings = await asyncio.to_thread(store.holdings)
            except StoreError as error:
                self.is_store_there, self.holdings = False, None
                _LOG.warning("metrics.store_away", problem=str(error))
            else:
                self.is_store_there = True
            await asyncio.sleep(every_s)


class Metered:
    """Is a store that is measured while the desk writes into it."""

    def __init__(self, store: ThreadStore, meters: Meters) -> None:
        """Keep both."""
        self._store = store
        self._meters = meters

    def add(self, records: Sequence[LegRecord], letters: Sequence[DeadLetter] = ()) -> int:
        """Keep what has come; see ``ThreadStore``."""
        try:
            with self._meters.writes.time():
                news = self._store.add(records, letters)
        except StoreError:
            self._meters.is_store_there = False
            raise
        self._meters.is_store_there = True
        return news

    def newest(
        self, *, limit: int, contact: str | None = None, before: ThreadView | None = None
    ) -> tuple[ThreadView, ...]:
        """Return threads; see ``ThreadStore``."""
        return self._store.newest(limit=limit, contact=contact, before=before)

    def letters(self, *, limit: int, kind: str | None = None) -> Sequence[DeadLetter]:
        """Return dead letters; see ``ThreadStore``."""
        return self._store.letters(limit=limit, kind=kind)

    def get(self, prefix: str) -> ThreadView:
        """Return one thread; see ``ThreadStore``."""
        return self._store.get(prefix)


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"softswitch_desk_{name}", says, value=float(value))
