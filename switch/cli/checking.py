"""``softswitch check``: is the configuration right?"""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import typer

from switch.cli.folder import load_folder
from switch.cli.passwords import with_password
from switch.cli.welcome import advice, count, lacking
from switch.config import Config
from switch.edge import credentials
from switch.edge.render import check_arguments, render
from switch.errors import SwitchError
from switch.run import broker
from switch.run.plans import edge_settings

_SBIN: Final = "/usr/sbin:/usr/local/sbin"
_ANSWERS_WITHIN_S: Final = 30
_TAIL_LINES: Final = 12


class EdgeRefuses(SwitchError):
    """Says that Kamailio would not start with what is made of the configuration."""

    def __init__(self, *, said: str) -> None:
        """Keep what it said."""
        super().__init__(said)
        self.said = said

    def __str__(self) -> str:
        """Repeat its last lines."""
        tail = "".join(f"\n    {line}" for line in self.said.splitlines()[-_TAIL_LINES:])
        return f"Kamailio refuses what is made of this configuration; its last lines:{tail}"


def check(path: Path) -> None:
    """Say that a configuration is right, and what else is worth knowing.

    Raises:
        SwitchError: it is wrong.
    """
    config = load_folder(path)
    plan = config.dialplan
    numbers = ", ".join(
        count(number, what)
        for number, what in (
            (len(plan.reps), "rep"),
            (len(plan.territories), "territory"),
            (len(plan.dids), "number"),
            (len(plan.trunks), "trunk"),
        )
    )
    typer.echo(f"{path} is right: {numbers}.")
    with tempfile.TemporaryDirectory(prefix="softswitch-check-") as folder:
        if config.bus.managed:
            _try_broker(config, Path(folder))
        if config.edge.managed:
            typer.echo(_ask_kamailio(config, Path(folder)))
    for line in lacking(config, path, with_password=with_password(config)):
        typer.echo(line)
    for line in advice(config, path):
        typer.echo(line)


def _try_broker(config: Config, folder: Path) -> None:
    """Refuse what the managed broker would refuse at its start: an address of the network."""
    bus = config.bus
    broker.write(
        broker.BrokerSettings(
            host=bus.host,
            port=bus.port,
            folder=folder,
            username=bus.username,
            password=bus.password,
        )
    )


def _ask_kamailio(config: Config, folder: Path) -> str:
    settings = dataclasses.replace(
        edge_settings(config),
        run_dir=folder,
        credentials=folder / "credentials.sqlite",
        locations=folder / "locations.sqlite",
    )
    text = render(settings)
    program = shutil.which("kamailio") or shutil.which("kamailio", path=_SBIN)
    if program is None:
        return "Kamailio is not installed here, so it was not asked."
    credentials.create(settings.credentials)
    credentials.create_locations(settings.locations)
    written = folder / "kamailio.cfg"
    written.write_text(text, encoding="utf-8")
    _name, *arguments = check_arguments(settings, written)
    answer = subprocess.run(
        [program, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        timeout=_ANSWERS_WITHIN_S,
    )
    if answer.returncode != 0:
        raise EdgeRefuses(said=answer.stdout)
    return "Kamailio takes what is made of it."
