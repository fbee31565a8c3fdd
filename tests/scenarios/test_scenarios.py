"""Every folder of ``sipp_scenarios/``, played against the whole switch."""

from __future__ import annotations

from pathlib import Path

import pytest

from switch.demo import scenario
from switch.demo.stage import perform
from switch.demo.standing import StandingSwitch

pytestmark = [pytest.mark.scenario, pytest.mark.asyncio(loop_scope="session")]

# test_nothing_left_behind.py and test_story.py play these.
_ELSEWHERE = ("many/hundred_in_a_row", "story/")
_FOLDERS = {
    name: folder
    for folder in scenario.find_all()
    for name in [f"{folder.parent.name}/{folder.name}"]
    if not name.startswith(_ELSEWHERE)
}


@pytest.mark.parametrize("folder", _FOLDERS.values(), ids=_FOLDERS.keys())
async def test_everybody_hears_and_sees_what_the_scenario_says(
    folder: Path, switch: StandingSwitch, contact: str, traces: Path
) -> None:
    played = await perform(scenario.load(folder), switch, traces, contact=contact)

    assert not played.failures, "\n".join(
        [played.scenario.summary.strip(), *map(str, played.failures), f"traces: {traces}"]
    )
