from __future__ import annotations

import importlib
from contextlib import closing
from pathlib import Path

import pytest
import typer

from switch.config import Config
from switch.desk.letters import DeadLetter
from switch.desk.store import make_store, open_store
from switch.node.entries import ToPublish
from switch.node.ledger import Ledger
from switch.records import codec, topics
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
    assert "Of +14805550123 the desk has:\n      1  conversations as the customer" in said.out
    assert "      1  messages that could not be read" in said.out
    assert said.out.endswith(
        "Erased, and 0 files of recordings, and 0 records that this node has sent and kept.\n"
    )
    assert ids(stored) == {"c2"}
    again = terminal.type_about_config("erase", CUSTOMER, "--yes")
    assert again.status == 0
    assert "      0  conversations as the customer" in again.out


def test_recordings_in_which_he_is_heard_go_and_those_of_others_stay(
    terminal: Terminal, stored: Config
) -> None:
    day = stored.recordings_dir / "2026" / "11" / "22"
    day.mkdir(parents=True)
    for name in ("conversation-1.flac", "conversation-1.json", "c2.flac"):
        (day / name).touch()

    said = terminal.type_about_config("erase", CUSTOMER, "--yes")

    assert "Erased, and 2 files of recordings" in said.out
    assert [path.name for path in day.iterdir()] == ["c2.flac"]


def records_in_outbox(config: Config, *, are_sent: bool) -> None:
    entries = [
        ToPublish(
            topics.leg(record.conversation_id, record.leg_id),
            codec.encode(record, node="node1", at=at(0)),
        )
        for record in story()
    ]
    with closing(Ledger.open(config.ledger_path)) as ledger:
        ledger.commit(entries)
        if are_sent:
            ledger.sent(ledger.unsent(0, 1000)[-1].seq, at_s=0.0)


def test_what_the_node_would_publish_again_goes_too(terminal: Terminal, stored: Config) -> None:
    records_in_outbox(stored, are_sent=True)

    said = terminal.type_about_config("erase", CUSTOMER, "--yes")

    assert said.status == 0
    assert "records that this node has sent and kept" in said.out
    assert "and 0 records" not in said.out
    assert CUSTOMER.encode() not in stored.ledger_path.read_bytes()


def test_nothing_goes_while_something_of_him_is_not_sent(
    terminal: Terminal, stored: Config
) -> None:
    records_in_outbox(stored, are_sent=False)

    said = terminal.type_about_config("erase", CUSTOMER, "--yes")

    assert said.status == 1
    assert "nothing was erased" in said.err
    assert len(ids(stored)) == 2


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
