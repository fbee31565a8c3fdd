"""What only the real store can show: files, modes, two at once, damage."""

import sqlite3
import threading
from pathlib import Path

import pytest

from switch.desk.errors import StoreMissingError, StoreUnavailableError
from switch.desk.store import Store, make_store, open_store
from switch.threads.thread import fold
from switch.threads.view import view
from tests.records.samples import customer, story

pytestmark = pytest.mark.contract


def test_only_the_user_of_the_switch_may_read_the_files(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "threads.sqlite"

    store = make_store(path)
    store.add(story())

    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert modes["threads.sqlite"] == 0o600
    assert set(modes.values()) == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700
    store.close()


def test_what_was_stored_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "threads.sqlite"
    store = make_store(path)
    store.add(story())
    store.close()

    again = make_store(path)

    assert again.get("conversation-1") == view(fold(story()))
    again.close()


def test_a_reader_sees_what_a_writer_stored_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "threads.sqlite"
    writer = make_store(path)
    reader = open_store(path)
    assert reader.newest(limit=1) == ()

    writer.add(story())

    assert len(reader.newest(limit=1)) == 1
    writer.close()
    reader.close()


def test_two_desks_on_one_file_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "threads.sqlite"
    stream = story(["alice", "saul"] * 10, [1.0] * 20)
    stores = [make_store(path), make_store(path)]

    def store_each(store: Store, records: list) -> None:  # type: ignore[type-arg]
        for record in records:
            store.add([record])

    desks = [
        threading.Thread(target=store_each, args=(store, stream[start::2]))
        for start, store in enumerate(stores)
    ]
    for desk in desks:
        desk.start()
    for desk in desks:
        desk.join()

    assert stores[0].get("conversation-1") == view(fold(stream))
    for store in stores:
        store.close()


def test_a_store_that_was_never_made_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(StoreMissingError, match="has the switch run"):
        open_store(tmp_path / "threads.sqlite")


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "threads.sqlite"
    path.write_text("this is a letter, and rather a long one" * 100)

    with pytest.raises(StoreUnavailableError, match="not a database"):
        make_store(path)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreUnavailableError):
        make_store(tmp_path / "file" / "threads.sqlite")


def test_a_write_that_fails_keeps_nothing_and_quotes_nobody(tmp_path: Path) -> None:
    path = tmp_path / "threads.sqlite"
    store = make_store(path)
    with sqlite3.connect(path) as breaker:
        breaker.execute("DROP TABLE thread")
    breaker.close()

    with pytest.raises(StoreUnavailableError) as caught:
        store.add([customer()])

    assert "480555" not in str(caught.value)
    with sqlite3.connect(path) as looker:
        assert looker.execute("SELECT count(*) FROM leg_record").fetchone() == (0,)
    looker.close()
    store.close()


def test_a_stored_record_that_cannot_be_read_is_named_as_the_problem(tmp_path: Path) -> None:
    path = tmp_path / "threads.sqlite"
    store = make_store(path)
    store.add([customer()])
    with sqlite3.connect(path) as breaker:
        breaker.execute("UPDATE leg_record SET record = '{}'")
    breaker.close()

    with pytest.raises(StoreUnavailableError, match="a stored record"):
        store.get("conversation-1")
    store.close()
