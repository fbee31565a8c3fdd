"""A hundred transfers in a row leave no worker, handle, process or memory behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from switch.config import WorkerSettings
from switch.demo import scenario
from switch.demo.scenario import Scenario
from switch.demo.stage import perform
from switch.demo.standing import StandingSwitch, standing
from tests.scenarios.figures import Figures, look

pytestmark = pytest.mark.scenario

_WARM_UP = 100
_GROWTH_BYTES = 8_000_000
# rtpengine's memory goes up and down by itself; here only what does not come down again shows.
_GROWTH_OF_MEDIA_BYTES = 40_000_000
# A worker comes to its size over some fifty calls, and these have had some twenty each.
_GROWTH_OF_WORKERS_BYTES = 20_000_000
_GROWTH_OF = {"media": _GROWTH_OF_MEDIA_BYTES, "nursery's": _GROWTH_OF_WORKERS_BYTES}
_HANDLES = 10  # a lease, a log, a timer more or less
_WORKERS = WorkerSettings(warm=6, most=6)  # none is made or let go meanwhile
_SETTLED_WITHIN_S = 60.0
_LOOKS_EVERY_S = 0.2
_LOOKS_ALIKE = 10


def _of(times: int) -> Scenario:
    """Return the scenario with so many calls instead of a hundred."""
    whole = scenario.load(scenario.root() / "many" / "hundred_in_a_row")
    parties = [msgspec.structs.replace(party, takes=times) for party in whole.party]
    return msgspec.structs.replace(whole, party=parties, threads=times)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


async def _play(times: int, switch: StandingSwitch, contact: str, traces: Path) -> None:
    played = await perform(_of(times), switch, traces, contact=contact)
    assert not played.failures, "\n".join(map(str, played.failures[:20]))


async def _settled(switch: StandingSwitch, like: Figures | None) -> Figures:
    """Look until nothing is begun or ended any more, and no more is there than before."""
    figures, alike = look(switch.supervisor.pids), 0
    async with asyncio.timeout(_SETTLED_WITHIN_S):
        while alike < _LOOKS_ALIKE or (like is not None and figures.processes != like.processes):
            await asyncio.sleep(_LOOKS_EVERY_S)
            before, figures = figures, look(switch.supervisor.pids)
            alike = alike + 1 if figures.processes == before.processes else 0
    return figures


async def test_a_hundred_transfers_leave_nothing_behind(
    contact: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with standing(tmp_path / "switch", workers=_WORKERS) as switch:
        await _play(_WARM_UP, switch, contact, _folder(tmp_path / "warm-up"))
        before = await _settled(switch, None)

        await _play(100, switch, contact, _folder(tmp_path / "hundred"))
        after = await _settled(switch, before)

    with capsys.disabled():
        print(f"\n\nbefore and after a hundred transfers:\n{before.table(after)}\n")  # noqa: T201
    assert after.processes == before.processes
    assert after.handles.total() <= before.handles.total() + _HANDLES
    for name, memory_bytes in after.memory_bytes.items():
        most_bytes = _GROWTH_OF.get(name, _GROWTH_BYTES)
        assert memory_bytes - before.memory_bytes[name] < most_bytes, name
