"""A node's numbers are what a look at it says."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry

from switch.node.keeping import Fill
from switch.node.metrics import Look, NodeMetrics, registry_of

FILL = Fill(messages=10, unsent=4, aside=1, used_bytes=4096, oldest_unsent_at_s=1000.0)


def look(**changes: Any) -> Look:
    given: dict[str, Any] = {
        "workers": {"free": 2, "taken": 3},
        "most_workers": 16,
        "no_worker": 1,
        "workers_replaced": 5,
        "reps": {"alice": "on_call", "saul": "available", "bob": "available"},
        "phones": 4,
        "outbox": FILL,
        "outbox_most_bytes": 1024,
        "takes_calls": True,
        "published": 7,
        "set_aside": 1,
    }
    return Look(**(given | changes))


def seen(now: Look, name: str, **labels: str) -> float | None:
    registry = CollectorRegistry()
    registry.register(NodeMetrics(lambda: now, utc_s=lambda: 1030.0))
    return registry.get_sample_value(f"softswitch_{name}", labels)


def test_calls_are_the_workers_that_are_taken() -> None:
    assert seen(look(), "conversations") == 3
    assert seen(look(), "workers", state="free") == 2
    assert seen(look(workers={}), "conversations") == 0


def test_reps_are_counted_and_not_named() -> None:
    assert seen(look(), "reps", state="available") == 2
    assert seen(look(), "registrations") == 4


def test_what_waits_in_the_outbox_says_for_how_long() -> None:
    assert seen(look(), "outbox_waiting") == 4
    assert seen(look(), "outbox_oldest_seconds") == 30
    empty = Fill(messages=0, unsent=0, aside=0, used_bytes=0, oldest_unsent_at_s=None)
    assert seen(look(outbox=empty), "outbox_oldest_seconds") == 0


def test_an_outbox_that_was_not_looked_at_says_nothing() -> None:
    assert seen(look(outbox=None), "outbox_waiting") is None
    assert seen(look(outbox=None, takes_calls=False), "takes_calls") == 0


def test_the_process_is_measured_too() -> None:
    registry = registry_of(look)

    assert (registry.get_sample_value("process_resident_memory_bytes") or 0) > 0
