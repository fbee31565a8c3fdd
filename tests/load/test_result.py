"""What came of a load, as it is shown."""

from __future__ import annotations

import msgspec

from switch.load.plot import as_html
from switch.load.result import Result, Row, Second, as_json, as_text, failed_of


def row(flow: str, party: str, wanted: int, failed: int) -> Row:
    return Row(
        flow=flow,
        party=party,
        wanted=wanted,
        succeeded=max(0, wanted - failed),
        failed=failed,
        repeated=0,
    )


def result(**more: object) -> Result:
    told = Result(
        scenario="call",
        target="127.0.0.1:5060",
        started_at="2026-11-29T02:00:00+00:00",
        asked={"rate": 5, "concurrent": 100, "duration": 2, "talk_ms": 1000, "ring_ms": 200},
        ran_s=3.2,
        interrupted=False,
        begun=10,
        succeeded=9,
        failed=1,
        refused={"503": 1},
        why={"expected 200, got SIP/2.0 503 <b>": 1},
        allowed_failed=0.0,
        rows=[row("call", "callers", 10, 1)],
        latency_ms={},
        programs={},
        memory_mb=0.0,
        seconds=[
            Second(at_s=1, begun=5, failed=0, up=5, cpu=0.1, memory_mb=1, p50_ms=4, p95_ms=9),
            Second(at_s=2, begun=10, failed=1, up=4, cpu=0.1, memory_mb=1, p50_ms=4, p95_ms=9),
        ],
        machine={},
    )
    return msgspec.structs.replace(told, **more)


def test_a_conversation_that_two_have_lost_failed_once() -> None:
    rows = [
        *(row("call", "callers", 10, 1), row("call", "rep", 10, 2)),
        *(row("recall", "callers", 3, 0), row("recall", "transferor", 6, 6)),
    ]

    assert failed_of(rows) == 2 + 3


def test_it_is_good_if_no_more_failed_than_may() -> None:
    assert not result().is_good
    assert result(allowed_failed=0.1).is_good
    assert not result(begun=0, failed=0).is_good


def test_it_says_what_failed_and_why() -> None:
    text = as_text(result())

    assert "10 begun, 9 good, 1 failed (10.00 %; allowed 0 %)" in text
    assert "refused with 503: 1" in text
    assert "(interrupted)" in as_text(result(interrupted=True))
    assert msgspec.json.decode(as_json(result()))["good"] is False


def test_the_plot_needs_nothing_else_and_quotes_what_it_shows() -> None:
    page = as_html(result())

    assert page.count("<svg") == page.count("</svg>") == 6
    assert "<b>" not in page
    assert "http" not in page
    assert "Nothing was played" in as_html(result(seconds=[]))
