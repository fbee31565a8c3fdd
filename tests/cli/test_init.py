from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from switch import __version__
from switch.config import Config
from tests.cli.typing_at import Terminal

COMMANDS = (
    "run",
    "demo",
    "threads",
    "transfers",
    "transfer",
    "resume",
    "record",
    "hangup",
    "hold",
    "mute",
    "call",
    "away",
    "back",
    "erase",
    "route",
    "password",
    "check",
)


def test_it_tells_its_release(terminal: Terminal) -> None:
    said = terminal.type("--version")

    assert (said.status, said.out) == (0, f"softswitch {__version__}\n")


def test_help_names_every_command(terminal: Terminal) -> None:
    said = terminal.type("--help")

    assert said.status == 0
    assert [name for name in COMMANDS if name not in said.out] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(terminal: Terminal, command: str) -> None:
    said = terminal.type(command, "--help")

    assert said.status == 0
    assert f"Usage: softswitch {command}" in said.out


def test_help_comes_without_loading_what_commands_need() -> None:
    heavy = "{'sqlalchemy', 'phonenumbers', 'structlog', 'aiomqtt', 'psutil'}"
    code = f"import sys, switch.cli; sys.exit(', '.join({heavy} & set(sys.modules)))"

    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert loaded.stderr.strip() == ""


def test_a_command_that_is_mistyped_is_put_right(terminal: Terminal) -> None:
    said = terminal.type("rnu")

    assert said.status == 2
    assert "Did you mean 'run'" in said.err


@pytest.mark.parametrize("command", [("run",), ("check",), ("password", "alice")])
def test_a_folder_without_config_is_said_to_be_one(
    terminal: Terminal, command: tuple[str, ...]
) -> None:
    said = terminal.type(*command)

    assert said.status == 1
    assert "there is no config folder 'config' here" in said.err
    assert "--config" in said.err


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize("command", ["run", "check"])
def test_all_that_is_wrong_with_a_config_is_said_at_once(terminal: Terminal, command: str) -> None:
    (terminal.config / "softswitch.toml").write_text("[edge]\nsip_prot = 5060\n")
    (terminal.config / "dids.toml").write_text('[[did]]\nnumber = "+14805550100"\nrep = "alise"\n')

    said = terminal.type_about_config(command)

    assert said.status == 2
    assert "softswitch.toml: [edge] sip_prot: no such key; did you mean sip_port?" in said.err
    assert "dids.toml: [[did]] 1 rep = 'alise'" in said.err
    assert "Traceback" not in said.err


def test_a_data_folder_that_cannot_be_made_is_a_sentence(
    terminal: Terminal, config: Config
) -> None:
    config.switch.data_dir.write_text("a file where the folder should be")

    said = terminal.type_about_config("run")

    assert said.status == 1
    assert said.err == f"softswitch: {config.switch.data_dir}: File exists\n"


def test_threads_are_those_of_the_desk(terminal: Terminal, tmp_path: Path) -> None:
    said = terminal.type("threads", "show", "x", "--data-dir", str(tmp_path))

    assert said.status == 1
    assert f"no conversations are stored at {tmp_path}" in said.err
