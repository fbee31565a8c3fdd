from __future__ import annotations

import getpass
import io
import sqlite3
from contextlib import closing

import pytest

from switch.cli.passwords import with_password
from switch.config import Config
from switch.edge.credentials import ha1
from tests.cli.typing_at import Terminal


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stdin", stream)
    return stream


def give(stdin: io.StringIO, text: str) -> None:
    stdin.write(text)
    stdin.seek(0)


class Keyboard(io.StringIO):
    """Is a standard input with a person before it."""

    def isatty(self) -> bool:
        return True


def at_the_keyboard(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return answers[len(asked) - 1]

    monkeypatch.setattr("sys.stdin", Keyboard())
    monkeypatch.setattr(getpass, "getpass", answer)
    return asked


def kept(config: Config) -> dict[str, str]:
    with closing(sqlite3.connect(config.credentials_path)) as connection:
        return dict(connection.execute("SELECT username, ha1 FROM subscriber"))


def test_a_script_gives_a_password_on_standard_input(
    terminal: Terminal, config: Config, stdin: io.StringIO
) -> None:
    give(stdin, "correct horse\n")

    said = terminal.type_about_config("password", "alice")

    assert said.status == 0
    assert kept(config) == {"alice": ha1("alice", "switch.test", "correct horse")}


def test_a_person_is_asked_twice(
    terminal: Terminal, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = at_the_keyboard(monkeypatch, "correct horse", "correct horse")

    said = terminal.type_about_config("password", "alice")

    assert said.status == 0
    assert len(asked) == 2
    assert with_password(config) == {"alice"}


def test_two_different_passwords_change_nothing(
    terminal: Terminal, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_the_keyboard(monkeypatch, "correct horse", "correct hose")

    said = terminal.type_about_config("password", "alice")

    assert said.status == 1
    assert "the two are not the same; nothing was changed" in said.err
    assert with_password(config) == frozenset()


@pytest.mark.parametrize("password", ["", "\n", "short12\n"])
def test_a_password_that_can_be_guessed_is_refused(
    terminal: Terminal, config: Config, stdin: io.StringIO, password: str
) -> None:
    give(stdin, password)

    said = terminal.type_about_config("password", "alice")

    assert said.status == 1
    assert "at least 8 characters" in said.err
    assert with_password(config) == frozenset()


def test_a_password_that_is_made_up_is_all_there_is_on_standard_output(
    terminal: Terminal, config: Config
) -> None:
    said = terminal.type_about_config("password", "alice", "--generate")

    assert len(said.out.strip()) == 16
    assert kept(config) == {"alice": ha1("alice", "switch.test", said.out.strip())}


def test_no_two_passwords_that_are_made_up_are_the_same(terminal: Terminal, config: Config) -> None:
    first = terminal.type_about_config("password", "alice", "--generate")
    second = terminal.type_about_config("password", "alice", "--generate")

    assert first.out != second.out
    assert kept(config) == {"alice": ha1("alice", "switch.test", second.out.strip())}


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize("option", ["--generate", "--remove"])
def test_a_rep_who_is_not_there_is_refused_with_those_who_are(
    terminal: Terminal, option: str
) -> None:
    said = terminal.type_about_config("password", "alicia", option)

    assert said.status == 1
    assert "there is no rep 'alicia'; reps.toml has alice, saul" in said.err


def test_a_password_is_taken_away(terminal: Terminal, config: Config) -> None:
    terminal.type_about_config("password", "alice", "--generate")

    said = terminal.type_about_config("password", "alice", "--remove")

    assert said.status == 0
    assert kept(config) == {}


def test_who_has_no_password_is_said_to_have_none(terminal: Terminal, config: Config) -> None:
    said = terminal.type_about_config("password", "alice", "--remove")

    assert (said.status, said.err) == (0, "alice has no password; nothing to remove.\n")
    assert not config.credentials_path.exists()


def test_one_who_has_left_can_still_be_locked_out(terminal: Terminal, config: Config) -> None:
    terminal.type_about_config("password", "saul", "--generate")
    reps = terminal.config / "reps.toml"
    reps.write_text(reps.read_text().partition('[[rep]]\nname = "saul"')[0])

    said = terminal.type_about_config("password", "saul", "--remove")

    assert said.status == 0
    assert kept(config) == {}


@pytest.mark.usefixtures("config")
def test_a_password_is_not_made_up_and_taken_away_at_once(terminal: Terminal) -> None:
    said = terminal.type_about_config("password", "alice", "--generate", "--remove")

    assert said.status == 2
    assert "not both" in said.err


def test_a_damaged_file_of_credentials_is_a_sentence(terminal: Terminal, config: Config) -> None:
    config.switch.data_dir.mkdir()
    config.credentials_path.write_text("this is no SQLite file, but long enough to be one" * 20)

    said = terminal.type_about_config("password", "alice", "--generate")

    assert said.status == 1
    assert (
        said.err
        == f"softswitch: {config.credentials_path} cannot be used: file is not a database\n"
    )
