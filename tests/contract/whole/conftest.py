"""A whole switch, and parties who call through it."""

from __future__ import annotations

import dataclasses
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from dialplan import Did, Rep, Trunk
from switch.config import (
    Config,
    RecallSettings,
    RecordingSettings,
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
from tests.contract.cli.phone import Phone
from tests.contract.edge.ua import (
    HOST,
    Ua,
)
from tests.contract.whole.party import ALICES, REPS, TONES_HZ, Party


@dataclasses.dataclass(frozen=True, slots=True)
class Programs:
    """Are the programs of a switch."""

    config: Config
    supervisor: Supervisor

    def kill(self, name: str) -> None:
        """End one of them as nothing else would."""
        os.kill(self.supervisor.pids[name], signal.SIGKILL)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def programs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Programs]:
    """Run a switch with a recall menu for all tests of a module; returns what runs.

    The module may say how it records: ``recording`` takes the folder of the switch.
    """
    folder = tmp_path_factory.mktemp("switch")
    recording = getattr(request.module, "recording", lambda _folder: RecordingSettings())
    async with AsyncExitStack() as stack:
        config = embedded(
            folder,
            ports=stack.enter_context(held_ports()),
            reps=[
                Rep(name=name, extension=number, display_name=name.title())
                for name, number in REPS.items()
            ],
            dids=[Did(number=ALICES, rep="alice")],
            trunks=[Trunk(name="pstn", address=HOST, port=take_port(HOST))],
            workers=WorkerSettings(warm=1, most=4),
        )
        config = dataclasses.replace(
            config,
            recall=RecallSettings(menu=True, menu_s=60, ring_s=120, retries=0),
            transfer=TransferSettings(response_timeout_s=ResponseTimes.of(300)),
            recording=recording(folder),
        )
        path = write(config, folder / "config")
        credentials.create(credentials_file(config))
        for rep in REPS:
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
    """Give each of them a phone that nobody has used before; in the end all have hung up."""
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
