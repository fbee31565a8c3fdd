"""A phone that hangs up in the millisecond in which it transfers: a hundred times, or a thousand.

Whichever reaches whom first, the customer is transferred, once; nobody is stranded, and nothing of
it is left afterwards. REFER_AND_BYE says how many are played: ``REFER_AND_BYE=1000 make test
ARGS="-k refer_and_bye"``.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from pathlib import Path

import pytest

from switch.config import WorkerSettings
from switch.demo.lane import Lane
from switch.demo.scenario import ExpectedThread, PartyPlan, Scenario
from switch.demo.stage import Performance, perform
from switch.demo.standing import StandingSwitch, standing
from switch.media.ng import NgClient
from tests.scenarios.performer import told

pytestmark = pytest.mark.scenario

_TIMES = int(os.environ.get("REFER_AND_BYE", "100"))
_LANES = 4
_AT_ONCE_IN_A_LANE = 2
_WORKERS = 3 * _LANES * _AT_ONCE_IN_A_LANE  # each rests for a while
_SETTLED_WITHIN_S = 30.0


def _scenario(times: int) -> Scenario:
    """Return so many customers who ring alice; she transfers each to saul and hangs up."""
    return Scenario(
        folder=Path("many") / "refer_and_bye",
        summary="Customers ring; alice transfers each, and hangs up in the same millisecond.",
        rfc=["RFC 5589 §6"],
        party=[
            PartyPlan(
                name="customers",
                side="trunk",
                dials="alice",
                plays="customer_stays",
                takes=times,
                at_once=_AT_ONCE_IN_A_LANE,
                rate_per_s=20,
            ),
            PartyPlan(
                name="alice",
                plays="transferor_runs",
                overlooks=True,
                takes=times,
                set={"ring_ms": 20, "talk_ms": 100},
                key={"refer_to": "Refer-To: <sip:saul@{domain}>"},
            ),
            PartyPlan(
                name="saul", plays="hangs_up", takes=times, set={"ring_ms": 20, "talk_ms": 100}
            ),
        ],
        thread=ExpectedThread(
            direction="inbound",
            legs=[
                {"role": "customer", "end_reason": "completed"},
                {"rep": "alice", "end_reason": "transferred", "why": "call"},
                {"rep": "saul", "end_reason": "completed", "why": "transfer", "attempts": []},
            ],
            transfers=[{"from": "alice", "to": "saul", "outcome": "answered"}],
            recalls=[],
            fallbacks=[],
        ),
        threads=times,
        lasts_s=60 + 2.0 * times,
        frees_everybody=True,
    )


async def test_every_transfer_comes_off_though_the_phone_hangs_up_right_behind_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began_s = time.monotonic()
    workers = WorkerSettings(warm=_WORKERS, most=_WORKERS)
    async with standing(tmp_path / "switch", lanes=_LANES, workers=workers) as switch:
        played = await asyncio.gather(
            *(_play(Lane(number), switch, tmp_path) for number in range(1, _LANES + 1))
        )
        calls_left = await _calls_left(switch)
        lasted_s = time.monotonic() - began_s
    log = (tmp_path / "switch" / "run" / "node.log").read_text()
    (stopping,) = (line for line in log.splitlines() if "node.stopping" in line)

    threads = [thread for one in played for thread in one.threads]
    became = Counter(
        thread["transfers"][0]["outcome"] if thread["transfers"] else "taken as a hang-up"
        for thread in threads
    )
    apart_ms = sorted(1000 * apart_s for one in played for apart_s in _apart_s(one))
    with capsys.disabled():
        print(  # noqa: T201
            f"\nREFER and BYE within {apart_ms[len(apart_ms) // 2]:.2f} ms (at most "
            f"{apart_ms[-1]:.2f} ms): {dict(became)} in {lasted_s:.0f} s; {stopping}"
        )
    for one in played:
        assert not one.failures, told(one)
    assert became == {"answered": len(threads)}
    assert calls_left == []
    assert "taken=0" in stopping  # some may rest still: that is a matter of half a second
    assert "error" not in log


async def _play(lane: Lane, switch: StandingSwitch, folder: Path) -> Performance:
    traces = folder / f"lane-{lane.number}"
    traces.mkdir()
    scenario = _scenario(_TIMES // _LANES)
    return await perform(scenario, switch, traces, contact=lane.contact(0), lane=lane)


def _apart_s(performance: Performance) -> list[float]:
    """Return how long after her REFER alice's phone sent its BYE, in each call."""
    sent: dict[tuple[str, str], float] = {}
    for message in performance.parties["alice"].messages:
        if message.is_sent and message.is_request and message.method in {"REFER", "BYE"}:
            sent.setdefault((message.call_id, message.method), message.at_s)
    return [
        at_s - sent[call_id, "REFER"] for (call_id, method), at_s in sent.items() if method == "BYE"
    ]


async def _calls_left(switch: StandingSwitch) -> list[str]:
    """Return the calls that rtpengine still has when it has had time to forget them."""
    media = switch.config.media
    client = await NgClient.connect(media.ng_host, media.ng_port)
    deadline_s = time.monotonic() + _SETTLED_WITHIN_S
    try:
        while True:
            calls: list[str] = (await client.request("list"))["calls"]
            if not calls or time.monotonic() > deadline_s:
                return calls
            await asyncio.sleep(0.2)
    finally:
        client.close()
