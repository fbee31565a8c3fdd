"""One switch for all scenarios, and a customer's number for each."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from switch.config import WorkerSettings
from switch.demo.standing import StandingSwitch, standing

RING_TIMEOUT_S = 3.0
RESPONSE_TIMEOUT_S = 2.0
_AT_ONCE = 20
_MOST_WORKERS = _AT_ONCE + 4  # some rest

_AREAS = (206, 253, 360, 425, 480, 509, 520, 602, 623, 928)
# 555-0100 to 555-0199 are nobody's numbers in each area; our own lie in 480 from 555-0100 on.
_NUMBERS = (f"+1{area}55501{n:02d}" for area, n in itertools.product(_AREAS, range(20, 100)))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def switch(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StandingSwitch]:
    """A switch with short patience, for the whole run."""
    async with standing(
        tmp_path_factory.mktemp("switch"),
        cities=_AT_ONCE,
        workers=WorkerSettings(warm=4, most=_MOST_WORKERS),
        ring_timeout_s=RING_TIMEOUT_S,
        response_timeout_s=RESPONSE_TIMEOUT_S,
    ) as running:
        yield running


@pytest.fixture
def contact() -> str:
    """A customer's number that no other scenario has."""
    return next(_NUMBERS)


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    """An empty folder for what SIPp writes."""
    return tmp_path
