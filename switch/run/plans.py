"""How each program of the switch is started: what it is told, and when it is ready."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from switch.audio.music import write_music
from switch.audio.prompts import CUES, PROMPTS, write_prompt
from switch.config import Config
from switch.config.sounds import Sound, sounds_of
from switch.edge import credentials, registrations, rpc
from switch.edge.render import render, start_arguments
from switch.edge.settings import EdgeRegistration, EdgeSettings, EdgeTrunk
from switch.errors import MissingProgram, Transport
from switch.recording.plan_file import make_spool
from switch.run import broker, rtpengine
from switch.run.child import ChildPlan
from switch.run.ports import NeededPort
from switch.run.sounds import until_playing

_LOOPBACK: Final = "127.0.0.1"
_SIP_PORT: Final = 5060
_LOOK_EVERY_S: Final = 0.03


def run_folder(config: Config) -> Path:
    """Return the folder of what is written at each start; nothing in it is to be edited."""
    return config.switch.run_dir


def credentials_file(config: Config) -> Path:
    """Return the file of what reps prove themselves with."""
    return config.switch.data_dir / "credentials.sqlite"


def needed_ports(config: Config) -> list[NeededPort]:
    """Return every port that must be free before anything is started."""
    edge, ports = config.edge, []
    if edge.managed:
        ports += [
            _needs(edge.address, edge.sip_port, "udp", "[edge] sip_port"),
            _needs(edge.address, edge.sip_port, "tcp", "[edge] sip_port"),
            _needs(_LOOPBACK, edge.inner_port, "udp", "[edge] inner_port"),
            _needs(_LOOPBACK, edge.evapi_port, "tcp", "[edge] evapi_port"),
            _needs(_LOOPBACK, edge.rpc_port, "tcp", "[edge] rpc_port"),
        ]
        if edge.ws_port is not None:
            host = edge.address if edge.ws_certificate else _LOOPBACK
            ports.append(_needs(host, edge.ws_port, "tcp", "[edge] ws_port"))
    if config.media.managed:
        ports.append(_needs(config.media.ng_host, config.media.ng_port, "udp", "[media] ng_port"))
    if config.bus.managed:
        ports.append(_needs(config.bus.host, config.bus.port, "tcp", "[bus] port"))
    desk = config.desk
    ports.append(_needs(desk.http_address, desk.http_port, "tcp", "[desk] http_port"))
    seen = config.metrics
    ports.append(_needs(seen.address, seen.port, "tcp", "[metrics] port"))
    ports.append(_needs(seen.address, seen.desk_port, "tcp", "[metrics] desk_port"))
    ports.append(_needs(_LOOPBACK, config.media.dtmf_port, "udp", "[media] dtmf_port"))
    workers = config.workers
    ports += [
        _needs(_LOOPBACK, port, "udp", "[workers] first_port")
        for port in range(workers.first_port, workers.first_port + workers.most)
    ]
    return ports


def plans(config: Config, config_path: Path, *, quiet: bool) -> list[list[ChildPlan]]:
    """Write what the programs read, and return their plans: each list may start at once.

    Args:
        config: what the switch is told.
        config_path: where the node and the desk read the same.
        quiet: their logs go to files too, not to the terminal.

    Raises:
        SwitchError: a program is not installed, or cannot be configured so.
    """
    folder = run_folder(config)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_sounds(config)  # also for an rtpengine of others: workers name these files to it
    first: list[ChildPlan] = []
    if config.bus.managed:
        first.append(_broker(config, folder))
    if config.media.managed:
        first.append(_media(config, folder))
    edge = _edge(config, folder)
    if config.edge.managed:
        first.append(edge)
    first.append(_nursery(folder, quiet=quiet))
    # The desk before the node: a record that is published before the desk's first
    # subscription reaches nobody. It needs the broker, but is longer in coming itself.
    first.append(_own("desk", config_path, folder, quiet=quiet))
    return [first, [_own(name, config_path, folder, quiet=quiet) for name in ("node", "recording")]]


def _broker(config: Config, folder: Path) -> ChildPlan:
    bus = config.bus
    path = broker.write(
        broker.BrokerSettings(
            host=bus.host,
            port=bus.port,
            folder=folder / "broker",
            username=bus.username,
            password=bus.password,
        )
    )
    return ChildPlan(
        name="broker",
        argv=broker.command(path),
        log=folder / "broker.log",
        ready=lambda: _until_listening(bus.host, bus.port),
    )


def _media(config: Config, folder: Path) -> ChildPlan:
    media = config.media
    make_spool(config.spool_dir)
    program = _program("rtpengine", "rtpengine-daemon")
    ones, others = rtpengine.arguments(config, cores=os.cpu_count() or 1)
    return ChildPlan(
        name="media",
        argv=[program, *ones],
        other_argv=[program, *others],
        log=folder / "media.log",
        ready=lambda: until_playing(media.ng_host, media.ng_port, sounds_of(config).own),
    )


def _write_sounds(config: Config) -> None:
    """Write what people hear, where nothing of the operator's own is to be played."""
    sounds = sounds_of(config)
    writers: dict[str, Callable[[Path], None]] = {"music": write_music}
    writers |= {name: partial(write_prompt, name) for name in (*PROMPTS, *CUES)}
    for name, write_it in writers.items():
        sound: Sound = getattr(sounds, name)
        if sound.is_built_in and not sound.path.exists():
            write_it(sound.path)


def _edge(config: Config, folder: Path) -> ChildPlan:
    """Write the edge's configuration, for a Kamailio that others run too, and plan ours."""
    if config.edge.managed:
        _program("kamailio", "kamailio")
    settings = edge_settings(config)
    settings.run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    credentials.create(settings.credentials)
    credentials.create_locations(settings.locations)
    if settings.registrations is not None:
        registrations.write(settings.registrations, _registrations(config))
    path = folder / "kamailio.cfg"
    path.write_text(render(settings), encoding="utf-8")
    return ChildPlan(
        name="edge",
        argv=start_arguments(settings, path),
        log=folder / "edge.log",
        ready=lambda: rpc.until_ready(settings.rpc_port),
    )


def edge_settings(config: Config) -> EdgeSettings:
    """Return what the edge's configuration is rendered from."""
    edge, workers = config.edge, config.workers
    return EdgeSettings(
        domain=config.switch.domain,
        address=edge.address,
        public_address=edge.public_address,
        sip_port=edge.sip_port,
        inner_port=edge.inner_port,
        evapi_port=edge.evapi_port,
        rpc_port=edge.rpc_port,
        worker_first_port=workers.first_port,
        worker_last_port=workers.first_port + workers.most - 1,
        run_dir=(run_folder(config) / "edge").absolute(),
        credentials=credentials_file(config).absolute(),
        locations=(config.switch.data_dir / "locations.sqlite").absolute(),
        trunks=tuple(
            EdgeTrunk(name=trunk.name, address=trunk.address, port=trunk.port or None)
            for trunk in config.dialplan.trunks
        ),
        has_account=any(trunk.username for trunk in config.dialplan.trunks),
        registrations=(run_folder(config) / "edge" / "registrations.sqlite").absolute()
        if _registrations(config)
        else None,
        ws_port=edge.ws_port,
        certificate=edge.ws_certificate and edge.ws_certificate.absolute(),
        certificate_key=edge.ws_key and edge.ws_key.absolute(),
        workers=edge.workers,
        memory_mb=edge.memory_mb,
    )


def _registrations(config: Config) -> list[EdgeRegistration]:
    """Return our accounts at the providers that want to know where we are.

    The provider calls us by the number of ours that he knows: the company's on that trunk.
    """
    accounts = []
    for trunk in config.dialplan.trunks:
        number = trunk.company_number or next((did.number for did in config.dialplan.dids), None)
        if trunk.register and trunk.username and trunk.realm and trunk.password:
            accounts.append(
                EdgeRegistration(
                    trunk=trunk.name,
                    user=number or trunk.username,
                    domain=trunk.address,
                    address=trunk.address,
                    port=trunk.port or _SIP_PORT,
                    auth_user=trunk.username,
                    realm=trunk.realm,
                    ha1=credentials.ha1(trunk.username, trunk.realm, trunk.password),
                )
            )
    return accounts


def _nursery(folder: Path, *, quiet: bool) -> ChildPlan:
    """Plan the process that forks workers: no child of the node, which it is to outlive."""
    return ChildPlan(
        name="nursery",
        argv=[sys.executable, "-m", "switch.worker.nursery", "--run", str(folder)],
        log=folder / "nursery.log" if quiet else None,
        ready=None,
    )


def _own(name: str, config_path: Path, folder: Path, *, quiet: bool) -> ChildPlan:
    return ChildPlan(
        name=name,
        argv=[sys.executable, "-m", f"switch.{name}", "--config", str(config_path)],
        log=folder / f"{name}.log" if quiet else None,
        ready=None,
        stop_within_s=12.0,
    )


def _program(program: str, package: str) -> str:
    """Return where a program is; Debian puts servers where only root's PATH leads."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise MissingProgram(program=program, package=package)
    return found


def _needs(address: str, port: int, transport: Transport, setting: str) -> NeededPort:
    return NeededPort(address=address, port=port, transport=transport, setting=setting)


async def _until_listening(host: str, port: int) -> None:
    while True:
        with contextlib.suppress(OSError):
            _reader, writer = await asyncio.open_connection(host, port)
            writer.close()
            return
        await asyncio.sleep(_LOOK_EVERY_S)
