"""A whole switch, parties who call through it, and a rep whose phone is a browser.

A module whose ``SECURE`` is true has a switch to which browsers come by wss.
"""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from dialplan import Did, Rep, Trunk
from switch.config import (
    Config,
    RecallSettings,
    ResponseTimes,
    TransferSettings,
    WorkerSettings,
    embedded,
    write,
)
from switch.demo.ports import held_ports, take_port
from switch.demo.voice import Voice
from switch.edge import credentials
from switch.run.plans import credentials_file
from switch.run.supervisor import Supervisor
from tests.contract.browser.browser import BrowserPhone, chromium
from tests.contract.cli.phone import Phone
from tests.contract.edge.ua import HOST, Ua
from tests.contract.whole.conftest import Programs
from tests.contract.whole.party import ALICES, REPS, TONES_HZ, Party

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
    async with AsyncExitStack() as stack:
        config = embedded(
            folder,
            ports=stack.enter_context(held_ports()),
            reps=[
                *(
                    Rep(name=name, extension=number, display_name=name.title())
                    for name, number in REPS.items()
                ),
                Rep(
                    name="erin",
                    extension=ERINS,
                    display_name="Erin",
                    webrtc=True,
                    codecs=ERINS_CODECS if is_secure else (),
                ),
                Rep(
                    name="frank",
                    extension=FRANKS,
                    display_name="Frank",
                    webrtc=True,
                    codecs=FRANKS_CODECS,
                ),
            ],
            dids=[
                Did(number=ALICES, rep="alice"),
                *(Did(number=f"+14805550{number}", rep=rep) for number, rep in BROWSERS),
            ],
            trunks=[Trunk(name="pstn", address=HOST, port=take_port(HOST))],
            workers=WorkerSettings(warm=1, most=4),
        )
        config = dataclasses.replace(
            config,
            edge=dataclasses.replace(
                config.edge, ws_port=take_port(HOST), ws_certificate=made, ws_key=key
            ),
            recall=RecallSettings(ring_s=120, retries=0),
            transfer=TransferSettings(response_timeout_s=ResponseTimes.of(300)),
        )
        path = write(config, folder / "config")
        credentials.create(credentials_file(config))
        for rep in (*REPS, "erin", "frank"):
            secret = f"secret-{rep}"
            credentials.set_password(credentials_file(config), rep, config.switch.domain, secret)
        supervisor = Supervisor(config, path, quiet=True)
        stack.push_async_callback(supervisor.stop)
        await supervisor.start()
        yield Programs(config, supervisor)


@pytest.fixture(scope="module")
def running(programs: Programs) -> Config:
    """Return the configuration of a switch that runs."""
    return programs.config


@pytest_asyncio.fixture(loop_scope="module")
async def parties(running: Config) -> AsyncIterator[dict[str, Party]]:
    """Give each a phone that nobody has used before; in the end all have hung up."""
    async with AsyncExitStack() as stack:
        found: dict[str, Party] = {}
        for name, tone_hz in TONES_HZ.items():
            trunk = running.dialplan.trunks[0].port or 0
            port = trunk if name == "customer" else take_port(HOST)
            ua = await Ua.open(running.edge.sip_port, port=port)
            voice = Voice(tone_hz=tone_hz)
            await voice.open(HOST)
            party = found[name] = Party(name, Phone(ua), voice)
            stack.callback(voice.close)
            stack.push_async_callback(party.phone.close)
            if name in REPS:
                await party.registers(expires=3600)
                stack.push_async_callback(party.registers, expires=0)
        stack.push_async_callback(found["customer"].leaves)
        yield found


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
    await phone.registers(socket_of(running), password="secret-erin")
    return phone


@pytest_asyncio.fixture(loop_scope="module")
async def frank(running: Config, browser: Browser) -> BrowserPhone:
    """Give another, whose codecs are Opus and PCMU, in this order."""
    phone = await BrowserPhone.open(browser, name="frank", tone_hz=1900)
    await phone.registers(socket_of(running), password="secret-frank")
    return phone
