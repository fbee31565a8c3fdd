"""A whole switch, parties who call through it, and a rep whose phone is a browser."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator

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
from switch.demo.ports import take_port
from tests.contract.browser.browser import BrowserPhone, chromium
from tests.contract.edge.ua import HOST
from tests.contract.whole.party import ALICES, Party
from tests.contract.whole.switch import parties_at, password_of, whole_switch

ERINS = "104"
ERINS_TONE_HZ = 1700


def _with_websocket(config: Config) -> Config:
    return dataclasses.replace(
        config,
        edge=dataclasses.replace(config.edge, ws_port=take_port(HOST)),
        recall=RecallSettings(ring_s=120, retries=0),
        transfer=TransferSettings(response_timeout_s=ResponseTimes.of(300)),
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Config]:
    """Run a switch for all tests of a module."""
    async with whole_switch(
        tmp_path_factory.mktemp("switch"),
        reps=[Rep(name="erin", extension=ERINS, display_name="Erin", webrtc=True)],
        dids=[Did(number=ALICES, rep="alice"), Did(number="+14805550104", rep="erin")],
        workers=WorkerSettings(warm=1, most=4),
        changed=_with_websocket,
    ) as programs:
        yield programs.config


@pytest_asyncio.fixture(loop_scope="module")
async def parties(running: Config) -> AsyncIterator[dict[str, Party]]:
    """Give each a phone that nobody has used before; in the end all have hung up."""
    async with parties_at(running) as parties:
        yield parties


@pytest_asyncio.fixture(loop_scope="module")
async def erin(running: Config) -> AsyncIterator[BrowserPhone]:
    """Give a browser that has registered."""
    async with chromium() as browser:
        phone = await BrowserPhone.open(browser, name="erin", tone_hz=ERINS_TONE_HZ)
        assert running.edge.ws_port is not None
        await phone.registers(running.edge.ws_port, password=password_of("erin"))
        yield phone
