from __future__ import annotations

import importlib
from contextlib import closing
from pathlib import Path

import pytest
import typer

from switch.config import Config
from switch.desk.letters import DeadLetter
from switch.desk.store import make_store, open_store
from tests.cli.typing_at import Terminal
from tests.records.samples import CUSTOMER, at, customer, story


@pytest.fixture
def stored(config: Config) -> Config:
    letter = DeadLetter.of("a/b", CUSTOMER.encode(), at=at(0), kind="foreign", problem="none")
    with closing(make_store(config.store_url)) as store:
        store.add([*story(), customer(conversation_id="c2", number="+12065550100")], [letter])
    return config


def ids(config: Config) -> set[str]:
    with closing(open_store(config.store_url)) as store:
        return {thread.conversation_id for thread in store.newest(limit=9)}


def test_what_is_stored_of_a_person_goes(terminal: Terminal, stored: Config) -> None:
    said = terminal.type_about_config("erase", "(480) 555-0123", "--yes")

    assert said.status == 0
    assert "Of +14805550123 are stored:\n      1  conversations as the customer" in said.out
    assert "      1  messages that could not be read" in said.out
    assert said.out.endswith("Erased.\n")
    assert ids(stored) == {"c2"}
    again = terminal.type_about_config("erase", CUSTOMER, "--yes")
    assert (again.status, again.out) == (0, "Nothing is stored of +14805550123.\n")


def test_nothing_goes_unless_somebody_says_yes(terminal: Terminal, stored: Config) -> None:
    said = terminal.type_about_config("erase", CUSTOMER)

    assert said.status == 1
    assert said.err == "softswitch: nothing was erased: --yes says that it is meant\n"
    assert len(ids(stored)) == 2


@pytest.mark.parametrize("answer", [True, False])
def test_whoever_sits_there_is_asked(
    terminal: Terminal, stored: Config, monkeypatch: pytest.MonkeyPatch, answer: bool
) -> None:
    asked: list[str] = []

    def confirm(question: str) -> bool:
        asked.append(question)
        return answer

    monkeypatch.setattr(typer, "confirm", confirm)
    # switch.cli has a command of that name, which hides the module.
    monkeypatch.setattr(
        importlib.import_module("switch.cli.erase"), "_somebody_is_there", lambda: True
    )

    said = terminal.type_about_config("erase", CUSTOMER)

    assert said.status == (0 if answer else 1)
    assert len(asked) == 1
    assert ids(stored) == ({"c2"} if answer else {"c2", "conversation-1"})


def test_what_is_no_number_is_refused(terminal: Terminal, stored: Config) -> None:
    said = terminal.type_about_config("erase", "alice", "--yes")

    assert said.status == 1
    assert "'alice' is no outside number of US" in said.err
    assert len(ids(stored)) == 2


def test_where_nothing_was_ever_stored_it_is_said(terminal: Terminal, config: Config) -> None:
    said = terminal.type_about_config("erase", CUSTOMER, "--yes")

    assert said.status == 1
    assert "no conversations are stored at" in said.err
    assert not Path(config.switch.data_dir / "threads.sqlite").exists()
