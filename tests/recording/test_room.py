"""Whether there is room to record."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from switch.recording.room import Room, free_bytes, measure, used_bytes

MIB = 1024 * 1024
MORE_THAN_ANY_DISK = 100_000_000


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    (tmp_path / "pcaps").mkdir()
    (tmp_path / "pcaps" / "c1.pcap").write_bytes(bytes(2 * MIB))
    (tmp_path / "plan").write_bytes(bytes(1000))
    (tmp_path / "elsewhere").symlink_to("/usr")
    return tmp_path


def test_what_lies_in_it_and_what_is_free_is_measured(spool: Path) -> None:
    fill = measure(spool)

    assert fill.used_bytes == 2 * MIB + 1000 + len("/usr")
    assert fill.free_bytes == pytest.approx(free_bytes(spool), abs=1 << 30)
    assert used_bytes(spool / "not there") == 0
    with pytest.raises(FileNotFoundError):
        measure(spool / "not there")


def test_where_nothing_is_set_there_is_room(spool: Path) -> None:
    room = Room(spool=spool)

    assert room.why_no_other() is None
    assert not room.is_running_out()


def test_a_full_spool_takes_no_other_and_what_runs_goes_on(spool: Path) -> None:
    room = Room(spool=spool, spool_most_mb=3)
    assert room.why_no_other() is None

    full = replace(room, spool_most_mb=2)
    assert full.why_no_other() == "2 MiB lie in the spool, [recording] spool_most_mb"
    assert full.why_not_on() is None
    assert not full.is_running_out()


def test_a_disk_that_is_nearly_full_takes_no_other_and_stops_what_runs_below_half(
    spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(spool=spool, keep_free_mb=100)
    free_mb = 100
    real = os.statvfs(spool)

    def statvfs(_folder: Path) -> os.statvfs_result:
        blocks = free_mb * MIB // real.f_frsize
        return os.statvfs_result([*real[:4], blocks, *real[5:]])

    monkeypatch.setattr(os, "statvfs", statvfs)
    assert (room.why_no_other(), room.why_not_on(), room.is_running_out()) == (None, None, False)

    free_mb = 99
    why = "99 MiB are free on the spool's disk, less than [recording] keep_free_mb"
    assert (room.why_no_other(), room.why_not_on(), room.is_running_out()) == (why, why, False)

    free_mb = 49
    assert room.is_running_out()


def test_a_spool_that_is_not_there_is_left_to_whoever_writes_to_it(tmp_path: Path) -> None:
    room = Room(spool=tmp_path / "none", spool_most_mb=1, keep_free_mb=MORE_THAN_ANY_DISK)

    assert room.why_no_other() is None
    assert not room.is_running_out()
