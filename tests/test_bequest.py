"""What a worker has left is read by a node that finds it dead, once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from switch import bequest
from switch.bequest import Bequest

PID = 4711


def test_what_was_said_is_left_until_it_is_taken_back(tmp_path: Path) -> None:
    left = Bequest.begin(tmp_path, PID)
    left.add(b"one\n")
    left.add(b"two\n")
    assert bequest.read(tmp_path, PID) == [b"one\n", b"two\n"]

    left.clear()
    left.add(b"three\n")

    assert bequest.read(tmp_path, PID) == [b"three\n"]
    left.clear()
    assert bequest.read(tmp_path, PID) == []
    (file,) = (tmp_path / "said").iterdir()
    assert not file.read_bytes().strip(b"\0")


def test_when_the_disk_is_full_what_was_left_before_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.pwrite
    left = Bequest.begin(tmp_path, PID)
    left.add(b"one\n")

    monkeypatch.setattr(os, "pwrite", lambda file, text, at: write(file, text[:2], at))
    left.add(b"two\n")
    assert bequest.read(tmp_path, PID) == [b"one\n"]

    monkeypatch.setattr(os, "pwrite", write)
    left.add(b"three\n")
    assert bequest.read(tmp_path, PID) == [b"one\n", b"three\n"]


def test_a_line_that_was_torn_is_passed_over(tmp_path: Path) -> None:
    left = Bequest.begin(tmp_path, PID)
    left.add(b"one\n")
    left.add(b"tw")

    assert bequest.read(tmp_path, PID) == [b"one\n"]


def test_of_another_worker_with_the_same_pid_nothing_is_found(tmp_path: Path) -> None:
    Bequest.begin(tmp_path, PID).add(b"one\n")

    Bequest.begin(tmp_path, PID)

    assert bequest.read(tmp_path, PID) == []


def test_nothing_is_left_by_who_burns_it(tmp_path: Path) -> None:
    left = Bequest.begin(tmp_path, PID)
    left.add(b"one\n")

    left.burn()
    bequest.burn(tmp_path, PID)

    assert bequest.read(tmp_path, PID) == []
