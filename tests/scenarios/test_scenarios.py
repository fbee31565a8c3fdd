"""Every folder of ``sipp_scenarios/``, played against the whole switch."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from switch.demo import scenario
from switch.demo.scenario import Scenario
from switch.demo.stage import perform
from switch.demo.standing import StandingSwitch, standing

pytestmark = [pytest.mark.scenario, pytest.mark.asyncio(loop_scope="session")]

# test_nothing_left_behind.py, test_many_hunts.py and test_story.py play these.
_ELSEWHERE = ("many/hundred_in_a_row", "many/hunts", "story/")
_FOLDERS = {
    name: folder
    for folder in scenario.find_all()
    for name in [f"{folder.parent.name}/{folder.name}"]
    if not name.startswith(_ELSEWHERE)
}


@asynccontextmanager
async def _switch_for(
    played: Scenario, shared: StandingSwitch, folder: Path
) -> AsyncIterator[StandingSwitch]:
    """Yield the switch that all share, or one of its own if the scenario wants that."""
    if not played.wrap_up_s:
        yield shared
        return
    async with standing(folder, wrap_up_s=played.wrap_up_s) as own:
        yield own


@pytest.mark.parametrize("folder", _FOLDERS.values(), ids=_FOLDERS.keys())
async def test_everybody_hears_and_sees_what_the_scenario_says(
    folder: Path,
    switch: StandingSwitch,
    contact: str,
    traces: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    loaded = scenario.load(folder)

    async with _switch_for(loaded, switch, tmp_path_factory.mktemp("own")) as its_switch:
        played = await perform(loaded, its_switch, traces, contact=contact)

    assert not played.failures, "\n".join(
        [played.scenario.summary.strip(), *map(str, played.failures), f"traces: {traces}"]
    )
