"""A whole switch, and parties who call through it."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dialplan import Did
from switch.config import (
    Config,
    RecallSettings,
    RecordingSettings,
    ResponseTimes,
    TransferSettings,
    WorkerSettings,
)
from tests.contract.whole.party import ALICES, Party
from tests.contract.whole.switch import Programs, parties_at, whole_switch


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def programs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Programs]:
    """Run a switch with a recall menu for all tests of a module; returns what runs.

    The module may say how it records: ``recording`` takes the folder of the switch.
    """
    folder = tmp_path_factory.mktemp("switch")
    recording = getattr(request.module, "recording", lambda _folder: RecordingSettings())

    def changed(config: Config) -> Config:
        return dataclasses.replace(
            config,
            recall=RecallSettings(menu=True, menu_s=60, ring_s=120, retries=0),
            transfer=TransferSettings(response_timeout_s=ResponseTimes.of(300)),
            recording=recording(folder),
        )

    async with whole_switch(
        folder,
        dids=[Did(number=ALICES, rep="alice")],
        workers=WorkerSettings(warm=1, most=4),
        changed=changed,
    ) as programs:
        yield programs


@pytest.fixture(scope="module")
def running(programs: Programs) -> Config:
    """Return the configuration of a switch that runs."""
    return programs.config


@pytest_asyncio.fixture(loop_scope="module")
async def parties(running: Config) -> AsyncIterator[dict[str, Party]]:
    """Give each of them a phone that nobody has used before; in the end all have hung up."""
    async with parties_at(running) as parties:
        yield parties
