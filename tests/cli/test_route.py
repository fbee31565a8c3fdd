"""``softswitch route``: what would become of a call."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from dialplan import Dialplan
from switch.cli.folder import NoConfig
from switch.cli.route import UnknownCaller, route
from switch.config import Config
from tests.cli.typing_at import write_config


def typed(folder: Path, *arguments: str) -> Result:
    app = typer.Typer()
    app.command()(route)
    return CliRunner().invoke(app, [*arguments, "--config", str(folder / "config")])


@pytest.mark.usefixtures("config")
def test_a_rep_sees_how_his_call_would_leave(tmp_path: Path) -> None:
    said = typed(tmp_path, "(206) 555-0100", "--as", "alice")

    assert said.exit_code == 0
    assert said.output == (
        "(206) 555-0100 is +12065550100.\n"
        "alice may call it: it is a number of US. "
        "At most 5 outside calls at once, 10 a minute.\n"
        "Leaves through trunk pstn as sip:+12065550100@192.0.2.7:5060, showing +14805550100.\n"
    )


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize("caller", [(), ("--as", "pstn")])
def test_without_a_name_the_call_comes_from_the_first_trunk(
    tmp_path: Path, caller: tuple[str, ...]
) -> None:
    said = typed(tmp_path, "14805550100", *caller)

    assert said.exit_code == 0
    assert said.output.endswith("alice rings (Alice Moreno, extension 101), on all his phones.\n")


@pytest.mark.usefixtures("config")
def test_a_call_that_would_be_refused_is_told_so_and_ends_with_1(tmp_path: Path) -> None:
    said = typed(tmp_path, "+442079460123", "--as", "alice")

    assert said.exit_code == 1
    assert "Refused with 403 Forbidden" in said.output


@pytest.mark.usefixtures("config")
def test_a_name_that_nobody_has_is_put_right(tmp_path: Path) -> None:
    said = typed(tmp_path, "saul", "--as", "alise")

    assert isinstance(said.exception, UnknownCaller)
    assert str(said.exception) == (
        "there is no rep and no trunk 'alise'; there is alice, saul, pstn"
    )


def test_without_a_trunk_somebody_must_be_named(tmp_path: Path, config: Config) -> None:
    alone = Dialplan(reps=config.dialplan.reps)
    write_config(replace(config, dialplan=alone), tmp_path)

    said = typed(tmp_path, "saul")

    assert str(said.exception) == (
        "there is no trunk that a call could come from; say who calls: --as alice, saul"
    )


def test_a_missing_folder_is_a_sentence(tmp_path: Path) -> None:
    assert isinstance(typed(tmp_path, "saul").exception, NoConfig)
