"""What tests of the command line share: type a command, and see what is said."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from dialplan import Did, Rep, Trunk
from switch.cli import main
from switch.config import Config, Ports, embedded, write

PORTS = Ports(
    sip=5060,
    inner=5070,
    evapi=5071,
    rpc=5072,
    ng=2223,
    bus=1883,
    dtmf=2224,
    http=8080,
    metrics=9464,
    desk_metrics=9465,
    workers_first=20000,
    rtp_first=30000,
    rtp_last=34999,
)
ALICE = Rep(name="alice", extension="101", display_name="Alice Moreno")
SAUL = Rep(name="saul", extension="102", display_name="Saul Berg")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    status: int
    out: str
    err: str


class Terminal:
    """Types commands; ``folder`` holds the config folder that they are about."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.config = folder / "config"
        self._capsys = capsys

    def type(self, *arguments: str) -> Said:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        out, err = self._capsys.readouterr()
        # typer breaks lines where the terminal ends, and puts a frame around its errors.
        status = ended.value.code
        assert isinstance(status, int)
        return Said(status=status, out=out, err=err)

    def type_about_config(self, command: str, *arguments: str) -> Said:
        return self.type(command, *arguments, "--config", str(self.config))


def a_config(folder: Path) -> Config:
    return embedded(
        folder / "var",
        ports=PORTS,
        reps=[ALICE, SAUL],
        dids=[Did(number="+14805550100", rep="alice")],
        trunks=[Trunk(name="pstn", address="192.0.2.7")],
    )


def write_config(config: Config, folder: Path) -> Path:
    return write(config, folder / "config").parent
