"""Who may use the desk is kept so that whoever steals the file has nothing."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from switch.desk.people import Kept, People, PeopleUnusable, TokenExists


def test_a_password_is_known_by_its_hash_alone(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "desk.sqlite"
    people = People(file)
    people.set_password("alice", "swordfish")

    stamp = people.verify("alice", "swordfish")

    assert stamp is not None
    assert stamp == people.stamp("alice")
    assert people.verify("alice", "wrong") is None
    assert people.verify("saul", "swordfish") is None
    assert people.with_password() == {"alice"}
    assert b"swordfish" not in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    people.set_password("alice", "swordfish")
    assert people.stamp("alice") != stamp
    assert people.remove_password("alice")
    assert not people.remove_password("alice")
    assert people.stamp("alice") is None


def test_a_token_is_shown_once(tmp_path: Path) -> None:
    file = tmp_path / "desk.sqlite"
    people = People(file)
    token = people.make_token("crm", ["read", "control"])

    known = people.token(token)
    assert known is not None
    assert (known.name, known.scopes, known.used_at) == ("crm", ("read", "control"), None)
    people.note_use("crm", 5.0)
    assert [one.used_at for one in people.tokens()] == [5.0]
    assert token.encode() not in file.read_bytes()
    with pytest.raises(TokenExists, match="softswitch token remove crm"):
        people.make_token("crm", ["read"])
    assert people.remove_token("crm")
    assert not people.remove_token("crm")
    assert people.token(token) is None


def test_answers_are_kept_for_a_day(tmp_path: Path) -> None:
    people = People(tmp_path / "desk.sqlite")
    kept = Kept(fingerprint="f", answer="{}")
    people.keep("crm", "k", kept, 1000.0)

    assert people.kept("crm", "k", 2000.0) == kept
    assert people.kept("other", "k", 2000.0) is None
    assert people.kept("crm", "k", 90_000.0) is None


def test_secrets_are_made_up_once(tmp_path: Path) -> None:
    people = People(tmp_path / "desk.sqlite")

    assert people.secret("a") == people.secret("a") != people.secret("b")


def test_a_file_that_is_none_is_said_to_be(tmp_path: Path) -> None:
    file = tmp_path / "desk.sqlite"
    file.write_text("this is no database, though long enough to be read as one")

    with pytest.raises(PeopleUnusable, match=r"desk\.sqlite cannot be used"):
        People(file).tokens()
