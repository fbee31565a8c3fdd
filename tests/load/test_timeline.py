"""What lies between two messages, from the lines that SIPp writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from switch.load.timeline import (
    ACCEPTED,
    ADDED,
    IN_OUT,
    RECALLED,
    REGISTERED,
    TARGET,
    Percentiles,
    Timeline,
    Trace,
    seen_in,
)

NUMBER = "+16020000007"


def line(at_s: float, way: str, call_id: str, cseq: str, first: str) -> str:
    return f"2026-11-29\t02:00:00.000000\t{at_s:.6f}\t{way}\t{call_id}\tCSeq:{cseq}\t{first}\n"


def trace(folder: Path, role: str, owners: str, *lines: str) -> Trace:
    messages, log = folder / f"{role}.short", folder / f"{role}.calls"
    messages.write_text("".join(lines))
    log.write_text(owners)
    return Trace(messages=messages, log=log, role=role)


def spans(*traces: Trace) -> dict[str, list[float]]:
    timeline = Timeline(traces)
    timeline.read()
    return {
        name: [round(one, 3) for one in times_ms] for name, times_ms in timeline.spans().items()
    }


def caller(folder: Path, *lines: str) -> Trace:
    return trace(
        folder,
        "caller",
        f"c1 {NUMBER}\n",
        line(10.000, "S", "c1", "1 INVITE", f"INVITE {NUMBER} SIP/2.0"),
        line(10.001, "R", "c1", "1 INVITE", "SIP/2.0 100 Trying"),
        *lines,
    )


def test_ringing_is_not_counted_as_the_switch_s(tmp_path: Path) -> None:
    found = spans(
        caller(tmp_path, line(10.215, "R", "c1", "1 INVITE", "SIP/2.0 200 OK")),
        trace(
            tmp_path,
            "rep",
            f"c2 {NUMBER} \n",
            line(10.004, "R", "c2", "5 INVITE", "INVITE sip:rep SIP/2.0"),
            line(10.205, "S", "c2", "5 INVITE", "SIP/2.0 200 OK"),
        ),
    )

    assert found == {IN_OUT: [4.0], ADDED: [14.0]}


def test_a_transfer_and_a_call_back_are_timed(tmp_path: Path) -> None:
    found = spans(
        caller(tmp_path),
        trace(
            tmp_path,
            "transferor",
            f"c2 {NUMBER} \nc4 {NUMBER} \n",
            line(10.004, "R", "c2", "5 INVITE", "INVITE sip:rep SIP/2.0"),
            line(11.000, "S", "c2", "1 REFER", "REFER sip:switch SIP/2.0"),
            line(11.002, "R", "c2", "1 REFER", "SIP/2.0 202 Accepted"),
            line(11.003, "S", "c2", "2 BYE", "BYE sip:switch SIP/2.0"),
            line(11.043, "R", "c4", "9 INVITE", "INVITE sip:rep SIP/2.0"),
        ),
        trace(
            tmp_path,
            "target",
            f"c3 {NUMBER} \n",
            line(11.006, "R", "c3", "6 INVITE", "INVITE sip:target SIP/2.0"),
        ),
    )

    assert found == {IN_OUT: [4.0], ACCEPTED: [2.0], TARGET: [6.0], RECALLED: [40.0]}


def test_of_a_call_with_a_digest_the_second_invite_counts(tmp_path: Path) -> None:
    found = spans(
        caller(
            tmp_path,
            line(10.100, "R", "c1", "1 INVITE", "SIP/2.0 407 Proxy Authentication Required"),
            line(10.200, "S", "c1", "2 INVITE", "INVITE sip:x SIP/2.0"),
        ),
        trace(
            tmp_path,
            "outside",
            f"c2  {NUMBER}\n",
            line(10.203, "R", "c2", "5 INVITE", "INVITE sip:x SIP/2.0"),
        ),
    )

    assert found == {IN_OUT: [3.0]}


def test_each_registration_of_a_rep_is_timed_by_itself(tmp_path: Path) -> None:
    lines = [
        line(at_s + shift, way, call_id, cseq, first)
        for call_id, shift in (("r1", 0.0), ("r2", 1.0))
        for at_s, way, cseq, first in (
            (5.000, "S", "1 REGISTER", "REGISTER sip:x SIP/2.0"),
            (5.001, "R", "1 REGISTER", "SIP/2.0 401 Unauthorized"),
            (5.002, "S", "2 REGISTER", "REGISTER sip:x SIP/2.0"),
            (5.003, "R", "2 REGISTER", "SIP/2.0 200 OK"),
        )
    ]

    found = spans(trace(tmp_path, "caller", "r1 load-storm1\nr2 load-storm1\n", *lines))

    assert found == {REGISTERED: [3.0, 3.0]}


def test_it_is_read_as_it_grows_and_a_line_that_is_cut_off_waits(tmp_path: Path) -> None:
    whole = line(10.002, "R", "c1", "1 INVITE", "SIP/2.0 503 Service Unavailable")
    calls = caller(tmp_path, whole[:30])
    timeline = Timeline([calls])
    timeline.read()
    assert timeline.refusals == {}

    with calls.messages.open("a") as file:
        file.write(whole[30:])
    timeline.read()
    timeline.read()

    assert timeline.refusals == {503: 1}


@pytest.mark.parametrize("text", ["", "no line of SIPp", "a\tb\tc"])
def test_what_is_no_such_line_is_passed_over(text: str) -> None:
    assert seen_in(text) is None


def test_a_percentile_is_a_time_that_was_measured() -> None:
    found = Percentiles.of(float(one) for one in range(1, 101))

    assert (found.count, found.p50, found.p95, found.p99, found.most) == (100, 50, 95, 99, 100)
    assert Percentiles.of([7.0]).p95 == 7.0
