"""A whole switch on loopback, in a folder of its own, for the demo and the tests."""

from __future__ import annotations

import contextlib
import dataclasses
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from dialplan import Did, Rep, Territory, Trunk
from switch.config import Config, WorkerSettings, embedded, write
from switch.demo.ports import free_ports, free_range
from switch.desk.store import SqliteStore
from switch.edge import credentials
from switch.run.plans import credentials_file
from switch.run.supervisor import Supervisor

TRUNK_ADDRESS: Final = "127.0.0.2"
"""Where customers live: everything from this address is the trunk."""
_REPS: Final = (
    Rep(name="alice", extension="101", display_name="Alice Moreno"),
    Rep(name="saul", extension="102", display_name="Saul Berger"),
    Rep(name="bob", extension="103", display_name="Bob Tanaka"),
    Rep(name="carol", extension="104", display_name="Carol Osei"),
)
_TERRITORIES: Final = (
    Territory(
        name="seattle",
        extension="801",
        members=("saul", "bob", "carol"),
        display_name="Seattle",
        ring_s=6.0,
    ),
)
_DIDS: Final = {"alice": "+14805550100", "saul": "+14805550101"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StandingSwitch:
    """A switch that runs, as its phones and trunks see it."""

    config: Config
    supervisor: Supervisor
    passwords: dict[str, str]
    address: str
    port: int
    domain: str
    trunk_address: str
    trunk_port: int

    def password(self, rep: str) -> str:
        """Return a rep's password."""
        return self.passwords[rep]

    def did(self, rep: str) -> str:
        """Return the number (E.164) that rings a rep."""
        return next(did.number for did in self.config.dialplan.dids if did.rep == rep)

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
    extra_reps: int = 0,
    workers: WorkerSettings | None = None,
    territories: Sequence[Territory] | None = None,
    response_timeout_s: float = 20.0,
    ring_timeout_s: float = 60.0,
    progress: Callable[[str], None] = lambda _name: None,
) -> AsyncIterator[StandingSwitch]:
    """Start a switch with embedded defaults on free ports, and stop it whatever happens.

    Args:
        folder: its data folder; everything it writes is in there.
        extra_reps: further reps, ``rep1`` and so on, each with a number of his own.
        workers: how many workers; None: the defaults.
        territories: the hunt groups; None: ``seattle``, of saul, bob and carol.
        response_timeout_s: how long a transfer target may ring.
        ring_timeout_s: how long a callee may ring.
        progress: is told the name of each program that is ready.

    Raises:
        SwitchError: it cannot be started.
    """
    reps = list(_REPS)
    dids = dict(_DIDS)
    for number in range(1, extra_reps + 1):
        name = f"rep{number}"
        reps.append(Rep(name=name, extension=str(200 + number), display_name=f"Rep {number}"))
        dids[name] = f"+1480556{number:04d}"
    trunk = Trunk(name="pstn", address=TRUNK_ADDRESS, port=free_range(TRUNK_ADDRESS, 1))
    config = embedded(
        folder,
        ports=free_ports(),
        reps=reps,
        dids=[Did(number=number, rep=rep) for rep, number in dids.items()],
        trunks=[trunk],
        territories=_TERRITORIES if territories is None else territories,
        workers=workers,
    )
    config = dataclasses.replace(
        config,
        call=dataclasses.replace(config.call, ring_timeout_s=ring_timeout_s),
        transfer=dataclasses.replace(config.transfer, response_timeout_s=response_timeout_s),
    )
    path = write(config, folder / "config")
    passwords = {rep.name: secrets.token_urlsafe(12) for rep in reps}
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
            trunk_address=TRUNK_ADDRESS,
            trunk_port=trunk.port or 5060,
        )
    finally:
        await supervisor.stop()
