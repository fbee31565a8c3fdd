"""Hunts in a row and at once: each is answered by one rep, and all are soon free again."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import pytest

from switch.demo import scenario
from switch.demo.scenario import Scenario
from switch.demo.stage import Performance
from tests.scenarios.performer import Perform, told
from tests.scenarios.watch import Watch

pytestmark = [pytest.mark.scenario, pytest.mark.asyncio(loop_scope="session")]

_ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"'
_REPS_RUNG = 3
_NAMES = ["hunts_in_a_row", "hunts_at_once"]
# What is wanted is 1 s, and what is seen some ms; on a machine that has other things to do only
# a hang takes longer than this.
_FREE_WITHIN_S = 20.0


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
            until_s = rung_again_s.get(rep, played.ended_s)
            wait_s = watched.busy_s(rep, since_s, until_s)
            # The bus keeps the newest: that he was free may not have been said before he rang
            # again. But he was, for who is not free is not rung.
            if rep in rung_again_s:
                wait_s = min(wait_s, until_s - since_s)
            yield "winner" if won else "others", wait_s
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


@pytest.mark.parametrize(
    "played",
    [scenario.load(scenario.root() / "many" / name) for name in _NAMES],
    ids=_NAMES,
)
async def test_each_hunt_is_answered_by_one_rep_and_all_are_soon_free_again(
    played: Scenario,
    perform: Perform,
    watched: Watch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    performance = await perform(played)

    assert not performance.failures, told(performance)
    for thread in performance.threads:
        outcomes = Counter(attempt["outcome"] for attempt in thread["legs"][1]["attempts"])
        assert outcomes == {"answered": 1, "elsewhere": _REPS_RUNG - 1}
    assert set(_told_elsewhere(performance).values()) == {_REPS_RUNG - 1}
    assert len(_told_elsewhere(performance)) == played.threads
    waits_s: dict[str, list[float]] = {"winner": [], "others": []}
    for who, wait_s in _waits_s(performance, watched):
        waits_s[who].append(wait_s)
    with capsys.disabled():
        print(f"\n\n{played.name}: {len(performance.threads)} hunts; free again")  # noqa: T201
        for who, since in (("winner", "his call"), ("others", "the answer")):
            median_ms, most_ms = (1000 * f(waits_s[who]) for f in (statistics.median, max))
            words = f"after {since}: median {median_ms:.0f} ms, at most {most_ms:.0f} ms"
            print(f"  {who:<7}{words}")  # noqa: T201
    assert max(waits_s["winner"] + waits_s["others"]) < _FREE_WITHIN_S
