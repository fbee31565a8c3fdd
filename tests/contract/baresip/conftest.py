"""A whole switch, parties who call through it, and a rep whose phone is Debian's baresip."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from dialplan import Did, Rep
from switch.config import (
    Config,
    RecallSettings,
    ResponseTimes,
    TransferSettings,
    WorkerSettings,
)
from tests.contract.baresip.softphone import Softphone
from tests.contract.whole.party import ALICES, Party
from tests.contract.whole.switch import parties_at, password_of, whole_switch

ERINS = "104"
ERINS_NUMBER = "+14805550104"
ERINS_TONE_HZ = 1700


def _patient(config: Config) -> Config:
    return dataclasses.replace(
        config,
        recall=RecallSettings(ring_s=120, retries=0),
        transfer=TransferSettings(response_timeout_s=ResponseTimes.of(300)),
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Config]:
    """Run a switch for all tests of a module."""
    async with whole_switch(
        tmp_path_factory.mktemp("switch"),
        reps=[Rep(name="erin", extension=ERINS, display_name="Erin")],
        dids=[Did(number=ALICES, rep="alice"), Did(number=ERINS_NUMBER, rep="erin")],
        workers=WorkerSettings(warm=1, most=4),
        changed=_patient,
    ) as programs:
        yield programs.config


@pytest_asyncio.fixture(loop_scope="module")
async def parties(running: Config) -> AsyncIterator[dict[str, Party]]:
    """Give each a phone that nobody has used before; in the end all have hung up."""
    async with parties_at(running) as parties:
        yield parties


@pytest_asyncio.fixture(loop_scope="module")
async def erin(running: Config, tmp_path: Path) -> AsyncIterator[Softphone]:
    """Give a baresip that has registered."""
    async with _softphone(running, tmp_path) as phone:
        yield phone


@pytest_asyncio.fixture(loop_scope="module")
async def opus_erin(running: Config, tmp_path: Path) -> AsyncIterator[Softphone]:
    """Give a baresip that has registered, and speaks nothing but Opus."""
    async with _softphone(running, tmp_path, codecs=("opus",)) as phone:
        yield phone


@asynccontextmanager
async def _softphone(
    running: Config, folder: Path, *, codecs: Sequence[str] = ("g711",)
) -> AsyncIterator[Softphone]:
    phone = Softphone(folder / "erin", name="erin", tone_hz=ERINS_TONE_HZ)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(phone.close)
        await phone.start(running.edge.sip_port, password=password_of("erin"), codecs=codecs)
        yield phone
