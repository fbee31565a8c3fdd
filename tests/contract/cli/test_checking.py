"""``softswitch check``, which asks a real Kamailio."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from switch.cli.checking import EdgeRefuses
from switch.config import Config
from tests.cli.typing_at import Terminal, write_config

pytestmark = pytest.mark.contract


@pytest.mark.usefixtures("config")
def test_a_right_config_is_said_to_be_right(terminal: Terminal) -> None:
    said = terminal.type_about_config("check")

    assert said.status == 0
    assert f"{terminal.config} is right: 2 reps, 0 territories, 1 number, 1 trunk." in said.out
    assert "Kamailio takes what is made of it." in said.out
    assert "alice has no password yet: softswitch password alice --config" in said.out


def test_a_check_leaves_nothing_behind(terminal: Terminal, config: Config) -> None:
    terminal.type_about_config("check")

    assert not config.switch.data_dir.exists()


def test_a_bus_that_would_not_start_is_told(
    terminal: Terminal,
    config: Config,
    tmp_path: Path,
) -> None:
    open_to_all = dataclasses.replace(config.bus, host="192.0.2.10")
    write_config(dataclasses.replace(config, bus=open_to_all), tmp_path)

    said = terminal.type_about_config("check")

    assert said.status == 1
    assert "192.0.2.10" in said.err


def test_what_kamailio_said_last_is_told() -> None:
    said = "\n".join(f"line {number}" for number in range(100))

    assert "line 99" in str(EdgeRefuses(said=said))
    assert "line 9\n" not in str(EdgeRefuses(said=said))
