"""One switch for all scenarios, who plays them on it, and a customer's number for each."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from switch.config import Config, RecallSettings, ResponseTimes, WorkerSettings
from switch.demo.lane import HOUSE
from switch.demo.scenario import Scenario
from switch.demo.stage import Performance
from switch.demo.standing import StandingSwitch, standing
from switch.desk import asker
from switch.edge.settings import EdgeSettings
from switch.run import plans
from tests.scenarios.performer import Perform, Performer, at_once, lanes
from tests.scenarios.watch import Watch, watch

RING_TIMEOUT_S = 6.0
RESPONSE_TIMEOUT_S = 6.0
HUNT_TIMEOUT_S = 60.0  # hunts end by themselves
RECALL = RecallSettings(ring_s=5.0, retries=1, pause_s=1.0)
_CALLS_AT_ONCE = 20  # of the scenarios in many/
_SOME_REST = 8
_WARM = 4
_CALLS_OF_A_SCENARIO = 2

_PATIENCE_S = 15.0

_PLACES = itertools.count()


@pytest.fixture(scope="session", autouse=True)
def patient_edge() -> Iterator[None]:
    """Edges that wait long for nodes, workers and phones, which are late on a busy machine.

    And so does who asks the switch for something over the bus.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asker, "_CONNECTED_WITHIN_S", _PATIENCE_S)
        patch.setattr(asker, "_ANSWERED_WITHIN_S", _PATIENCE_S)
        patch.setattr(asker, "_EXPIRES_S", int(_PATIENCE_S))
        patch.setattr(plans, "edge_settings", _patient(plans.edge_settings))
        yield


def _patient(made: Callable[[Config], EdgeSettings]) -> Callable[[Config], EdgeSettings]:
    def settings(config: Config) -> EdgeSettings:
        return replace(
            made(config),
            node_timeout_s=_PATIENCE_S,
            worker_timeout_s=_PATIENCE_S,
            silent_timeout_s=_PATIENCE_S,
        )

    return settings


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def switch(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StandingSwitch]:
    """A switch with short patience, for the whole run."""
    at_once_in_lanes = _CALLS_OF_A_SCENARIO * at_once()
    async with standing(
        tmp_path_factory.mktemp("switch"),
        cities=_CALLS_AT_ONCE,
        lanes=lanes(),
        workers=WorkerSettings(warm=_WARM, most=max(_CALLS_AT_ONCE, at_once_in_lanes) + _SOME_REST),
        ring_timeout_s=RING_TIMEOUT_S,
        response_timeout_s=ResponseTimes(
            rep=RESPONSE_TIMEOUT_S, territory=HUNT_TIMEOUT_S, outside=RESPONSE_TIMEOUT_S
        ),
        recall=RECALL,
    ) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def watched(switch: StandingSwitch) -> AsyncIterator[Watch]:
    """What is said on the bus while scenarios are played."""
    async with watch(switch) as watched:
        yield watched


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def performer(
    switch: StandingSwitch, watched: Watch, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Performer]:
    """Who plays scenarios beside one another."""
    performer = Performer(switch, tmp_path_factory.mktemp("traces"))
    yield performer
    await performer.close()


@pytest_asyncio.fixture(loop_scope="session")
async def perform(request: pytest.FixtureRequest, performer: Performer) -> Perform:
    """Plays the scenario ``played`` of a test; those of the tests after it are begun as well."""
    performer.look_ahead(_from_here(request))

    async def play(played: Scenario) -> Performance:
        return await performer.play(request.node.nodeid, played)

    return play


def _from_here(request: pytest.FixtureRequest) -> Iterator[tuple[str, Scenario]]:
    """Yield this test and those that follow it, up to one that has the switch for itself."""
    items = request.session.items
    for item in items[items.index(request.node) :]:
        if not _is_played_in_a_lane(item):
            break
        assert isinstance(item, pytest.Function)
        played = item.callspec.params.get("played")
        if isinstance(played, Scenario):
            yield item.nodeid, played


def _is_played_in_a_lane(item: pytest.Item) -> bool:
    return "perform" in getattr(item, "fixturenames", ())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the tests that are played in lanes together: those between would keep them waiting."""
    here = Path(__file__).parent
    places = [place for place, item in enumerate(items) if item.path.is_relative_to(here)]
    ours = sorted(
        (items[place] for place in places), key=lambda item: not _is_played_in_a_lane(item)
    )
    for place, item in zip(places, ours, strict=True):
        items[place] = item


@pytest.fixture
def contact() -> str:
    """A customer's number that no other scenario has."""
    return HOUSE.contact(next(_PLACES))


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    """An empty folder for what SIPp writes."""
    return tmp_path
