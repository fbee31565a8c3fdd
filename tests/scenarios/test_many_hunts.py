"""Hunts in a row and at once: each is answered by one rep, and all are soon free again."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from switch.demo import scenario
from switch.demo.stage import Performance, perform
from switch.demo.standing import StandingSwitch
from tests.scenarios.watch import Watch, watch

pytestmark = [pytest.mark.scenario, pytest.mark.asyncio(loop_scope="session")]

_ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"'
_REPS_RUNG = 3
# What is wanted is 1 s, and what is seen some ms; on a machine that has other things to do only
# a hang takes longer than this.
_FREE_WITHIN_S = 5.0


def _at_s(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()


def _waits_s(played: Performance, watched: Watch) -> Iterator[tuple[str, float]]:
    """Yield for each rep of each hunt whether he won, and after how long he was free again.

    The winner from the end of the call, the others from its answer; until he is rung again.
    """
    rung_again_s: dict[str, float] = {}
    for thread in reversed(played.threads):
        _customer, winner = thread["legs"]
        for attempt in winner["attempts"]:
            rep = attempt["rep"]
            won = rep == winner["rep"]
            since_s = _at_s(winner["ended_at"] if won else winner["answered_at"])
            until_s = rung_again_s.get(rep, float("inf"))
            yield "winner" if won else "others", watched.busy_s(rep, since_s, until_s)
            rung_again_s[rep] = _at_s(attempt["from_at"])


def _told_elsewhere(played: Performance) -> Counter[str]:
    """Return for how many reps each hunt ended with "Call completed elsewhere"."""
    told = {
        (message.call_id, name)
        for name, party in played.parties.items()
        for message in party.messages
        if not message.is_sent
        and message.is_request
        and message.method in {"CANCEL", "BYE"}
        and message.header("Reason") == _ELSEWHERE
    }
    return Counter(call_id for call_id, _name in told)


@pytest.mark.parametrize("name", ["hunts_in_a_row", "hunts_at_once"])
async def test_each_hunt_is_answered_by_one_rep_and_all_are_soon_free_again(
    name: str,
    switch: StandingSwitch,
    contact: str,
    traces: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    loaded = scenario.load(scenario.root() / "many" / name)

    async with watch(switch) as watched:
        played = await perform(loaded, switch, traces, contact=contact)

    assert not played.failures, "\n".join(map(str, played.failures[:20]))
    for thread in played.threads:
        outcomes = Counter(attempt["outcome"] for attempt in thread["legs"][1]["attempts"])
        assert outcomes == {"answered": 1, "elsewhere": _REPS_RUNG - 1}
    assert set(_told_elsewhere(played).values()) == {_REPS_RUNG - 1}
    assert len(_told_elsewhere(played)) == loaded.threads
    waits_s: dict[str, list[float]] = {"winner": [], "others": []}
    for who, wait_s in _waits_s(played, watched):
        waits_s[who].append(wait_s)
    with capsys.disabled():
        print(f"\n\n{name}: {len(played.threads)} hunts; free again")  # noqa: T201
        for who, since in (("winner", "his call"), ("others", "the answer")):
            median_ms, most_ms = (1000 * f(waits_s[who]) for f in (statistics.median, max))
            words = f"after {since}: median {median_ms:.0f} ms, at most {most_ms:.0f} ms"
            print(f"  {who:<7}{words}")  # noqa: T201
    assert max(waits_s["winner"] + waits_s["others"]) < _FREE_WITHIN_S
