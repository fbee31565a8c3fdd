"""``softswitch desk-password`` and ``token`` let people and programs in, and say so."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from switch.cli import main
from switch.config import embedded, write
from switch.desk.people import People
from tests.cli.typing_at import ALICE, PORTS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    config = embedded(tmp_path / "data", ports=PORTS, reps=[ALICE])
    return write(config, tmp_path / "config").parent


def typed(folder: Path, *words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--config", str(folder)])
    return int(ended.value.code or 0)


def people(folder: Path) -> People:
    return People(folder.parent / "data" / "desk.sqlite")


def test_a_rep_gets_a_password_and_loses_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("swordfish 7\n"))
    assert typed(folder, "desk-password", "alice") == 0
    assert people(folder).verify("alice", "swordfish 7")
    assert typed(folder, "desk-password", "alice", "--generate") == 0
    said = capsys.readouterr()
    assert "http://127.0.0.1:8080/" in said.err
    assert people(folder).verify("alice", said.out.strip())
    assert typed(folder, "desk-password", "alice", "--remove") == 0
    assert typed(folder, "desk-password", "alice", "--remove") == 0
    assert people(folder).stamp("alice") is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("desk-password", "zoe", "--generate"), "there is no rep 'zoe'"),
        (("desk-password", "zoe", "--remove"), "there is no rep 'zoe'"),
        (("token", "add", "crm", "--scope", "all"), "there is no scope 'all'"),
        (("token", "add", "x" * 65), "1 to 64 letters"),
        (("token", "remove", "crm"), "there is no token 'crm'"),
    ],
)
def test_what_cannot_be_done_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert typed(folder, *words) == 1
    assert said in capsys.readouterr().err


def test_a_token_is_made_listed_and_taken_away(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(folder, "token", "list") == 0
    assert "no tokens yet" in capsys.readouterr().out
    assert typed(folder, "token", "add", "crm", "--scope", "read", "--scope", "control") == 0
    token = capsys.readouterr().out.strip()
    known = people(folder).token(token)
    assert known is not None
    assert known.scopes == ("read", "control")
    assert typed(folder, "token", "list") == 0
    assert "crm   read, control" in capsys.readouterr().out
    assert typed(folder, "token", "remove", "crm") == 0
    assert people(folder).token(token) is None
