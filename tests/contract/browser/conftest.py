"""A whole switch that two reps reach with browsers, and those browsers.

A module whose ``SECURE`` is true has them come by wss, and one of them speak only Opus.
"""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

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
from tests.contract.whole.switch import Programs, parties_at, password_of, whole_switch

ERINS = "104"
FRANKS = "105"
BROWSERS = ((ERINS, "erin"), (FRANKS, "frank"))
ERINS_CODECS = ("opus",)
FRANKS_CODECS = ("opus", "PCMU")


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate of nobody's authority for the loopback, and its key."""
    made, key = folder / "edge.pem", folder / "edge.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=switch.test", "-addext",
         f"subjectAltName=IP:{HOST}", "-keyout", key, "-out", made],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return made, key


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def programs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Programs]:
    """Run a switch for all tests of a module, with two reps who use browsers."""
    folder = tmp_path_factory.mktemp("switch")
    is_secure = getattr(request.module, "SECURE", False)
    made, key = certificate(folder) if is_secure else (None, None)

    def with_websocket(config: Config) -> Config:
        return dataclasses.replace(
            config,
            edge=dataclasses.replace(
                config.edge, ws_port=take_port(HOST), ws_certificate=made, ws_key=key
            ),
            recall=RecallSettings(ring_s=120, retries=0),
            transfer=TransferSettings(response_timeout_s=ResponseTimes.of(300)),
        )

    codecs = {"erin": ERINS_CODECS if is_secure else (), "frank": FRANKS_CODECS}
    async with whole_switch(
        folder,
        reps=[
            Rep(
                name=name,
                extension=number,
                display_name=name.title(),
                webrtc=True,
                codecs=codecs[name],
            )
            for number, name in BROWSERS
        ],
        dids=[
            Did(number=ALICES, rep="alice"),
            *(Did(number=f"+14805550{number}", rep=rep) for number, rep in BROWSERS),
        ],
        workers=WorkerSettings(warm=1, most=4),
        changed=with_websocket,
    ) as programs:
        yield programs


@pytest.fixture(scope="module")
def running(programs: Programs) -> Config:
    """Return the configuration of a switch that runs."""
    return programs.config


@pytest_asyncio.fixture(loop_scope="module")
async def parties(running: Config) -> AsyncIterator[dict[str, Party]]:
    """Give each a phone that nobody has used before; in the end all have hung up."""
    async with parties_at(running) as parties:
        yield parties


def socket_of(config: Config) -> str:
    """Return where browsers come to."""
    scheme = "ws" if config.edge.ws_certificate is None else "wss"
    return f"{scheme}://{HOST}:{config.edge.ws_port}"


@pytest_asyncio.fixture(loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Give Debian's browser."""
    async with chromium() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def erin(running: Config, browser: Browser) -> BrowserPhone:
    """Give a page that has registered."""
    phone = await BrowserPhone.open(browser, name="erin", tone_hz=1700)
    await phone.registers(socket_of(running), password=password_of("erin"))
    return phone


@pytest_asyncio.fixture(loop_scope="module")
async def frank(running: Config, browser: Browser) -> BrowserPhone:
    """Give another, whose codecs are Opus and PCMU, in this order."""
    phone = await BrowserPhone.open(browser, name="frank", tone_hz=1900)
    await phone.registers(socket_of(running), password=password_of("frank"))
    return phone
