"""A whole switch on loopback, in a folder of its own, for the demo and the tests."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from switch.config import (
    Config,
    ContactSettings,
    Ports,
    RecallSettings,
    RecordingSettings,
    ResponseTimes,
    WorkerSettings,
    embedded,
    write,
)
from switch.demo import house
from switch.demo.lane import Lane
from switch.demo.ports import held_ports, take_port
from switch.desk.asker import Bus
from switch.desk.store import open_store
from switch.edge import credentials
from switch.run.plans import credentials_file
from switch.run.supervisor import Supervisor

_FEW: Final = 20
_WORKERS: Final = 64
_MORE: Final = 4


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

    @property
    def bus(self) -> Bus:
        """Where the broker is."""
        bus = self.config.bus
        return Bus(host=bus.host, port=bus.port, username=bus.username, password=bus.password)

    @property
    def main_number(self) -> str:
        """The number (E.164) of ours that is shown for whoever has none of his own."""
        return self.config.dialplan.dids[0].number

    async def threads(self, since: str) -> list[dict[str, Any]]:
        """Return the threads that began since (ISO 8601), the newest first."""
        return await asyncio.to_thread(_threads, self.config.store_url, since)


def _threads(store_url: str, since: str) -> list[dict[str, Any]]:
    """Read threads from the store, no more of them than need be."""
    limit = _FEW
    with contextlib.closing(open_store(store_url)) as store:
        newest = store.newest(limit=limit)
        while len(newest) == limit and newest[-1].started_at >= since:
            limit *= _MORE
            newest = store.newest(limit=limit)
    threads: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode(newest))
    return [thread for thread in threads if thread["started_at"] >= since]


@contextlib.asynccontextmanager
async def standing(  # noqa: PLR0913 - each is what one test or another sets, by name
    folder: Path,
    *,
    cities: int = 0,
    lanes: int = 0,
    workers: WorkerSettings | None = None,
    wrap_up_s: float = 0.0,
    response_timeout_s: float | ResponseTimes = 20.0,
    ring_timeout_s: float = 60.0,
    recall: RecallSettings | None = None,
    recording: RecordingSettings | None = None,
    supervisors: tuple[str, ...] = (),
    contacts: ContactSettings | None = None,
    progress: Callable[[str], None] = lambda _name: None,
) -> AsyncIterator[StandingSwitch]:
    """Start a switch with embedded defaults on free ports, and stop it whatever happens.

    Args:
        folder: its data folder; everything it writes is in there.
        cities: how many further territories, see :func:`switch.demo.house.crowd`.
        lanes: how often the house is there besides, see :mod:`switch.demo.lane`.
        workers: how many workers; None: the defaults.
        wrap_up_s: how long territories leave a rep alone after a call.
        response_timeout_s: how long a transfer target may ring; a number: whatever it is.
        ring_timeout_s: how long a callee may ring.
        recall: how a transferor is called back; None: the defaults.
        recording: what is recorded; None: what somebody asks for.
        supervisors: the reps who see the whole floor.
        contacts: who has which number; None: nobody knows.
        progress: is told the name of each program that is ready.

    Raises:
        SwitchError: it cannot be started.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    most = max(_WORKERS, workers.most if workers else 0)
    with held_ports(most) as ports:
        config = _config(folder, ports, cities=cities, lanes=lanes, workers=workers)
        config = dataclasses.replace(
            config,
            call=dataclasses.replace(config.call, ring_timeout_s=ring_timeout_s),
            transfer=dataclasses.replace(
                config.transfer,
                response_timeout_s=response_timeout_s
                if isinstance(response_timeout_s, ResponseTimes)
                else ResponseTimes.of(response_timeout_s),
            ),
            recall=recall or config.recall,
            recording=recording or config.recording,
            desk=dataclasses.replace(config.desk, supervisors=supervisors),
            contacts=contacts or config.contacts,
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


def _config(
    folder: Path, ports: Ports, *, cities: int, lanes: int, workers: WorkerSettings | None
) -> Config:
    """Return the configuration of a switch with everybody in it."""
    reps, territories, dids = house.crowd(cities)
    houses = [Lane(number) for number in range(lanes + 1)]
    return embedded(
        folder,
        ports=ports,
        reps=[*(rep for one in houses for rep in one.reps), *reps],
        territories=[*(place for one in houses for place in one.territories), *territories],
        dids=[*(did for one in houses for did in one.dids), *dids],
        trunks=[
            dataclasses.replace(trunk, port=take_port(trunk.address))
            for one in houses
            for trunk in one.trunks(folder)
        ],
        toll=house.TOLL,
        workers=workers,
    )
