"""A switch of its own on loopback, with the accounts of a load in it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from switch.config import Config, Ports, WorkerSettings, embedded, write
from switch.demo.house import TRUNK_ADDRESS
from switch.demo.ports import held_ports, take_port
from switch.load.accounts import CUSTOMER_LINES, Accounts
from switch.load.prepare import accounts_for, configured, give_passwords
from switch.run.supervisor import Supervisor

_MEMORY_MB: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Is a switch that runs, and who may call there."""

    config: Config
    accounts: Accounts
    supervisor: Supervisor

    @property
    def programs(self) -> dict[str, int]:
        """The process id of each program."""
        return self.supervisor.pids


def settings(
    folder: Path,
    ports: Ports,
    *,
    workers: WorkerSettings,
    territories: int = 2,
    storm: int = 4,
    trunk_port: int,
) -> tuple[Config, Accounts]:
    """Return what a switch is to be told, and who may call there; its reps get passwords."""
    bare = embedded(folder, ports=ports, reps=[], workers=workers)
    bare = dataclasses.replace(bare, edge=dataclasses.replace(bare.edge, memory_mb=_MEMORY_MB))
    accounts = accounts_for(
        bare, data_dir=folder, trunk_port=trunk_port, territories=territories, storm=storm
    )
    config = configured(bare, accounts)
    give_passwords(config, accounts)
    return config, accounts


@contextlib.asynccontextmanager
async def stand(
    folder: Path,
    *,
    warm: int = 16,
    most: int = 64,
    territories: int = 2,
    storm: int = 4,
    progress: Callable[[str], None] = lambda _name: None,
) -> AsyncIterator[Stand]:
    """Start a switch, and stop it whatever happens.

    Args:
        folder: its data folder, which is made.
        warm: workers that are ready.
        most: workers at most.
        territories: how many.
        storm: how many reps only register.
        progress: is told the name of each program that is ready.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    with held_ports(most) as ports:
        config, accounts = settings(
            folder,
            ports,
            workers=WorkerSettings(warm=warm, most=most),
            territories=territories,
            storm=storm,
            trunk_port=trunk_port(),
        )
        path = write(config, folder / "config")
        supervisor = Supervisor(config, path, quiet=True)
        await supervisor.start(progress)
        try:
            yield Stand(config=config, accounts=accounts, supervisor=supervisor)
        finally:
            await supervisor.stop()


def trunk_port() -> int:
    """Return the first of as many free ports in a row as the trunks of a load need."""
    row: list[int] = []
    while len(row) <= CUSTOMER_LINES:
        port = take_port(TRUNK_ADDRESS)
        row = [*row, port] if row and port == row[-1] + 1 else [port]
    return row[0]
