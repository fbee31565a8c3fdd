"""A whole switch on ports of its own, and a phone for each who calls through it."""

from __future__ import annotations

import dataclasses
import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from dialplan import Did, Rep, Territory, Trunk
from switch.config import Config, WorkerSettings, embedded, write
from switch.demo.ports import held_ports, take_port
from switch.demo.voice import Voice
from switch.edge import credentials
from switch.run.plans import credentials_file
from switch.run.supervisor import Supervisor
from tests.contract.cli.phone import Phone
from tests.contract.edge.ua import HOST, Ua
from tests.contract.whole.party import REPS, TONES_HZ, Party


@dataclasses.dataclass(frozen=True, slots=True)
class Programs:
    """Are the programs of a switch."""

    config: Config
    supervisor: Supervisor

    def kill(self, name: str) -> None:
        """End one of them as nothing else would."""
        os.kill(self.supervisor.pids[name], signal.SIGKILL)


def password_of(rep: str) -> str:
    """Return what the phones of a rep register with."""
    return f"secret-{rep}"


def usual_reps() -> list[Rep]:
    """Return those whom most calls are about."""
    return [
        Rep(name=name, extension=number, display_name=name.title()) for name, number in REPS.items()
    ]


@asynccontextmanager
async def whole_switch(
    folder: Path,
    *,
    dids: Sequence[Did],
    reps: Sequence[Rep] = (),
    territories: Sequence[Territory] = (),
    trunks: Sequence[Trunk] = (),
    workers: WorkerSettings,
    changed: Callable[[Config], Config] = lambda config: config,
) -> AsyncIterator[Programs]:
    """Start a switch with a trunk and reps who have passwords; stop it whatever happens.

    Args:
        folder: where it keeps everything.
        dids: its numbers.
        reps: besides those of :func:`usual_reps`.
        territories: groups of reps.
        trunks: besides ``pstn``, the first.
        workers: how many.
        changed: makes of its configuration what a test wants.
    """
    async with AsyncExitStack() as stack:
        everybody = [*usual_reps(), *reps]
        config = changed(
            embedded(
                folder,
                ports=stack.enter_context(held_ports()),
                reps=everybody,
                territories=territories,
                dids=dids,
                trunks=[Trunk(name="pstn", address=HOST, port=take_port(HOST)), *trunks],
                workers=workers,
            )
        )
        path = write(config, folder / "config")
        secrets = credentials_file(config)
        credentials.create(secrets)
        for rep in everybody:
            credentials.set_password(secrets, rep.name, config.switch.domain, password_of(rep.name))
        supervisor = Supervisor(config, path, quiet=True)
        stack.push_async_callback(supervisor.stop)
        await supervisor.start()
        yield Programs(config, supervisor)


@asynccontextmanager
async def parties_at(config: Config) -> AsyncIterator[dict[str, Party]]:
    """Give each of the usual a phone that nobody has used before; in the end all have hung up."""
    async with AsyncExitStack() as stack:
        found: dict[str, Party] = {}
        for name, tone_hz in TONES_HZ.items():
            trunk = config.dialplan.trunks[0].port or 0
            port = trunk if name == "customer" else take_port(HOST)
            ua = await Ua.open(config.edge.sip_port, port=port)
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
