"""Who is on the roll of workers, and who is taken off it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from switch import roll
from switch.roll import Enrolled
from tests.run.processes import lives

NAMED = """
import ctypes, sys, time
ctypes.CDLL(None).prctl(15, sys.argv[1].encode(), 0, 0, 0)
print(flush=True)
time.sleep(60)
"""


def process_named(name: str) -> subprocess.Popen[bytes]:
    made = subprocess.Popen([sys.executable, "-ISc", NAMED, name], stdout=subprocess.PIPE)
    assert made.stdout is not None
    made.stdout.readline()
    return made


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[bytes]]:
    made = process_named("softswitch:w12")
    yield made
    made.kill()
    made.communicate()


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    made = process_named("postgres")
    yield made
    made.kill()
    made.communicate()


def test_who_lives_is_found(tmp_path: Path, worker: subprocess.Popen[bytes]) -> None:
    one = Enrolled(pid=worker.pid, worker="w12", port=20_011)
    roll.enrol(tmp_path, one)

    assert roll.living(tmp_path) == [one]


def test_who_is_struck_off_is_not(tmp_path: Path, worker: subprocess.Popen[bytes]) -> None:
    roll.enrol(tmp_path, Enrolled(pid=worker.pid, worker="w12", port=20_011))

    for _ in range(2):
        roll.strike(tmp_path, worker.pid)

    assert roll.living(tmp_path) == []


def test_who_has_died_is_not_even_if_nobody_has_waited_for_him(
    tmp_path: Path, worker: subprocess.Popen[bytes]
) -> None:
    roll.enrol(tmp_path, Enrolled(pid=worker.pid, worker="w12", port=20_011))

    assert roll.kill(worker.pid)

    assert roll.living(tmp_path) == []
    assert list((tmp_path / "workers").iterdir()) == []
    assert not roll.kill(worker.pid)


def test_a_stranger_who_was_given_the_number_of_a_dead_one_is_left_alone(
    tmp_path: Path, stranger: subprocess.Popen[bytes]
) -> None:
    roll.enrol(tmp_path, Enrolled(pid=stranger.pid, worker="w12", port=20_011))

    assert not roll.kill(stranger.pid)
    assert roll.sweep(tmp_path) == 0
    assert lives(stranger.pid)
    assert roll.living(tmp_path) == []


def test_a_sweep_ends_everybody(tmp_path: Path, worker: subprocess.Popen[bytes]) -> None:
    roll.enrol(tmp_path, Enrolled(pid=worker.pid, worker="w12", port=20_011))

    assert roll.sweep(tmp_path) == 1

    assert not lives(worker.pid)
    assert roll.sweep(tmp_path) == 0


def test_what_is_torn_or_no_file_of_ours_harms_nothing(
    tmp_path: Path, worker: subprocess.Popen[bytes]
) -> None:
    assert roll.living(tmp_path) == []
    assert roll.sweep(tmp_path) == 0
    folder = tmp_path / "workers"
    folder.mkdir()
    (folder / "README").write_text("?")
    (folder / str(worker.pid)).write_text("w12")

    assert roll.living(tmp_path) == []
    assert roll.sweep(tmp_path) == 1
