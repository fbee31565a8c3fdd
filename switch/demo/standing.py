"""A whole switch on loopback, in a folder of its own, for the demo and the tests."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec

from switch.config import Config, WorkerSettings, embedded, write
from switch.demo import house
from switch.demo.ports import free_ports, free_range
from switch.desk.store import SqliteStore
from switch.edge import credentials
from switch.run.plans import credentials_file
from switch.run.supervisor import Supervisor


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StandingSwitch:
    """A switch that runs, as its phones and trunks see it."""

    config: Config
    supervisor: Supervisor
    passwords: dict[str, str]
    address: str
    port: int
    domain: str

    def password(self, rep: str) -> str:
        """Return a rep's password."""
        return self.passwords[rep]

    def did(self, name: str) -> str:
        """Return the number (E.164) that rings a rep or a territory."""
        dids = self.config.dialplan.dids
        return next(did.number for did in dids if name in {did.rep, did.territory})

    def trunk(self, name: str) -> tuple[str, int]:
        """Return the address and port that are a trunk."""
        line = self.config.dialplan.trunk(name)
        assert line is not None
        assert line.port is not None
        return line.address, line.port

    async def threads(self) -> list[dict[str, Any]]:
        """Return all threads, as ``softswitch threads --json`` prints them."""
        with contextlib.closing(SqliteStore.open(store_file(self.config))) as store:
            text = msgspec.json.encode(store.newest(limit=1000))
        threads: list[dict[str, Any]] = msgspec.json.decode(text)
        return threads


def store_file(config: Config) -> Path:
    """Return the file that the threads are in."""
    return config.switch.data_dir / "threads.sqlite"


@contextlib.asynccontextmanager
async def standing(
    folder: Path,
    *,
    cities: int = 0,
    workers: WorkerSettings | None = None,
    wrap_up_s: float = 0.0,
    response_timeout_s: float = 20.0,
    ring_timeout_s: float = 60.0,
    progress: Callable[[str], None] = lambda _name: None,
) -> AsyncIterator[StandingSwitch]:
    """Start a switch with embedded defaults on free ports, and stop it whatever happens.

    Args:
        folder: its data folder; everything it writes is in there.
        cities: how many further territories, see :func:`switch.demo.house.crowd`.
        workers: how many workers; None: the defaults.
        wrap_up_s: how long territories leave a rep alone after a call.
        response_timeout_s: how long a transfer target may ring.
        ring_timeout_s: how long a callee may ring.
        progress: is told the name of each program that is ready.

    Raises:
        SwitchError: it cannot be started.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    reps, territories, dids = house.crowd(cities)
    config = embedded(
        folder,
        ports=free_ports(),
        reps=[*house.REPS, *reps],
        territories=[*house.TERRITORIES, *territories],
        dids=[*house.DIDS, *dids],
        trunks=[
            dataclasses.replace(trunk, port=free_range(trunk.address, 1))
            for trunk in house.trunks(folder)
        ],
        toll=house.TOLL,
        workers=workers,
    )
    config = dataclasses.replace(
        config,
        call=dataclasses.replace(config.call, ring_timeout_s=ring_timeout_s),
        transfer=dataclasses.replace(config.transfer, response_timeout_s=response_timeout_s),
        presence=dataclasses.replace(config.presence, wrap_up_s=wrap_up_s),
    )
    path = write(config, folder / "config")
    passwords = {rep.name: secrets.token_urlsafe(12) for rep in config.dialplan.reps}
    credentials.create(credentials_file(config))
    for rep, password in passwords.items():
        credentials.set_password(credentials_file(config), rep, config.switch.domain, password)
    supervisor = Supervisor(config, path, quiet=True)
    await supervisor.start(progress)
    try:
        yield StandingSwitch(
            config=config,
            supervisor=supervisor,
            passwords=passwords,
            address=config.edge.address,
            port=config.edge.sip_port,
            domain=config.switch.domain,
        )
    finally:
        await supervisor.stop()
