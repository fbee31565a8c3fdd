from __future__ import annotations

import os
from pathlib import Path

import pytest

from switch.cli.only_one import AlreadyRuns, only_one


def test_a_second_switch_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(AlreadyRuns) as refused, only_one(tmp_path):
        pass

    assert f"(pid {os.getpid()})" in str(refused.value)
    assert str(tmp_path) in str(refused.value)


def test_a_folder_is_free_again_when_its_switch_has_ended(tmp_path: Path) -> None:
    with only_one(tmp_path / "var"):
        pass

    with only_one(tmp_path / "var"):
        assert (tmp_path / "var" / "softswitch.pid").read_text() == f"{os.getpid()}\n"


def test_without_a_pid_the_sentence_is_whole_too() -> None:
    assert "already: stop that one" in str(AlreadyRuns(folder=Path("var"), pid=""))
