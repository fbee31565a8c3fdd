"""Every folder of ``sipp_scenarios/``, played against the whole switch."""

from __future__ import annotations

import pytest

from switch.demo import scenario
from switch.demo.scenario import Scenario
from tests.scenarios.performer import Perform, told

pytestmark = [pytest.mark.scenario, pytest.mark.asyncio(loop_scope="session")]

# test_nothing_left_behind.py, test_many_hunts.py and test_story.py play these.
_ELSEWHERE = ("many/hundred_in_a_row", "many/hunts", "story/")
_ALL = [
    loaded
    for loaded in map(scenario.load, scenario.find_all())
    if not loaded.name.startswith(_ELSEWHERE)
]


@pytest.mark.parametrize("played", _ALL, ids=[played.name for played in _ALL])
async def test_everybody_hears_and_sees_what_the_scenario_says(
    played: Scenario, perform: Perform
) -> None:
    performance = await perform(played)

    assert not performance.failures, told(performance)
