"""The numbers of a node, as Prometheus reads them: put together when it asks."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Metric,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from switch.node.keeping import Fill


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Is how a node is just now."""

    workers: Mapping[str, int]
    """How many are in each state; ``taken`` ones have a conversation."""
    most_workers: int
    no_worker: int
    """Conversations that found every worker busy."""
    workers_replaced: int
    reps: Mapping[str, str]
    """What each rep is doing."""
    phones: int
    """Phones that are registered."""
    outbox: Fill | None
    """How full it was when it was looked at last; ``None``: it has not been yet."""
    outbox_most_bytes: int
    takes_calls: bool
    """Whether records of a new call would find room."""
    published: int
    """Messages that the broker has confirmed."""
    set_aside: int
    """Messages that no broker will take."""


class NodeMetrics(Collector):
    """Makes metrics of a look at the node."""

    def __init__(self, look: Callable[[], Look], *, utc_s: Callable[[], float] = time.time) -> None:
        """Keep how to look.

        Args:
            look: looks at the node.
            utc_s: tells the time.
        """
        self._look = look
        self._utc_s = utc_s

    def collect(self) -> Iterator[Metric]:
        """Yield what there is to see."""
        now = self._look()
        yield _gauge("conversations", "Calls that are up.", now.workers.get("taken", 0))
        workers = GaugeMetricFamily(
            "softswitch_workers", "Worker processes, by what they are doing.", labels=["state"]
        )
        for state, count in now.workers.items():
            workers.add_metric([state], count)
        yield workers
        yield _gauge("workers_most", "Workers that there may be: [workers] most.", now.most_workers)
        yield _counter("no_worker", "Calls refused as every worker was busy.", now.no_worker)
        yield _counter("workers_replaced", "Workers that died.", now.workers_replaced)
        reps = GaugeMetricFamily(
            "softswitch_reps", "Reps, by what they are doing.", labels=["state"]
        )
        for state, count in sorted(Counter(now.reps.values()).items()):
            reps.add_metric([state], count)
        yield reps
        yield _gauge("registrations", "Phones of reps that are registered.", now.phones)
        if now.outbox is not None:
            yield from self._outbox(now.outbox)
        yield _gauge("outbox_most_bytes", "Room for it: [outbox] most_mb.", now.outbox_most_bytes)
        yield _gauge("takes_calls", "1: new calls are taken; 0: they get 503.", now.takes_calls)
        yield _counter("published", "Messages that the broker has confirmed.", now.published)
        yield _counter("set_aside", "Messages that no broker will take.", now.set_aside)

    def _outbox(self, fill: Fill) -> Iterator[Metric]:
        yield _gauge("outbox_waiting", "Messages that the broker has not confirmed.", fill.unsent)
        yield _gauge("outbox_bytes", "What the outbox takes of the disk.", fill.used_bytes)
        oldest = fill.oldest_unsent_at_s
        age_s = 0.0 if oldest is None else max(0.0, self._utc_s() - oldest)
        yield _gauge("outbox_oldest_seconds", "How long the first of them has waited.", age_s)


def registry_of(look: Callable[[], Look]) -> CollectorRegistry:
    """Return what collects the numbers of a node, and of its process."""
    # When a counter was made is of no use beside process_start_time_seconds.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry(auto_describe=False)
    registry.register(NodeMetrics(look))
    ProcessCollector(registry=registry)
    return registry


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"softswitch_{name}", says, value=float(value))


def _counter(name: str, says: str, value: int) -> Metric:
    return CounterMetricFamily(f"softswitch_{name}", says, value=value)
