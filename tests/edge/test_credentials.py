from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from switch.edge import credentials
from switch.edge.settings import EdgeSettingRefused

DOMAIN = "switch.test"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "credentials.sqlite"


def rows(store: Path) -> list[tuple[str, str, str]]:
    with closing(sqlite3.connect(store)) as connection:
        return connection.execute("SELECT username, domain, ha1 FROM subscriber").fetchall()


def test_ha1_is_that_of_the_rfc() -> None:
    # RFC 2617 §3.5: Mufasa in his realm.
    hashed = credentials.ha1("Mufasa", "testrealm@host.com", "Circle Of Life")

    assert hashed == "939e7578ed9e3c518a452acee763bce9"


def test_the_password_itself_is_nowhere(store: Path) -> None:
    credentials.set_password(store, "alice", DOMAIN, "correct horse")

    assert rows(store) == [("alice", DOMAIN, credentials.ha1("alice", DOMAIN, "correct horse"))]
    for file in store.parent.iterdir():
        assert b"correct horse" not in file.read_bytes()


def test_a_new_password_takes_the_place_of_the_old_one(store: Path) -> None:
    credentials.set_password(store, "alice", DOMAIN, "old")
    credentials.set_password(store, "alice", DOMAIN, "new")

    assert [ha1 for _, _, ha1 in rows(store)] == [credentials.ha1("alice", DOMAIN, "new")]


def test_who_has_a_password_is_told_per_domain(store: Path) -> None:
    credentials.set_password(store, "alice", DOMAIN, "1")
    credentials.set_password(store, "bob", DOMAIN, "2")
    credentials.set_password(store, "carol", "other.test", "3")

    assert credentials.users_with_password(store, DOMAIN) == {"alice", "bob"}


def test_one_who_is_removed_has_none(store: Path) -> None:
    credentials.set_password(store, "alice", DOMAIN, "1")

    assert credentials.remove(store, "alice", DOMAIN)
    assert not credentials.remove(store, "alice", DOMAIN)
    assert credentials.users_with_password(store, DOMAIN) == frozenset()


def test_asking_makes_an_empty_store_where_there_is_none(store: Path) -> None:
    assert credentials.users_with_password(store, DOMAIN) == frozenset()


def test_a_name_that_is_none_is_refused(store: Path) -> None:
    with pytest.raises(EdgeSettingRefused):
        credentials.set_password(store, "alice'; DROP TABLE subscriber", DOMAIN, "1")


@pytest.mark.parametrize("create", [credentials.create, credentials.create_locations])
def test_the_files_are_ours_alone_and_kept_if_they_are_there(store: Path, create) -> None:  # type: ignore[no-untyped-def]
    create(store)
    before = store.read_bytes()
    create(store)

    assert store.stat().st_mode & 0o777 == 0o600
    assert store.read_bytes() == before
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
