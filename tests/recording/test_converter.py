"""The converter empties the spool, whatever it dies of and whenever."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from switch.config import Config, RecordingSettings, SwitchSettings, write
from switch.recording.converter import Converter
from switch.recording.erasing import erase
from switch.recording.plan_file import PlanFile
from switch.recording.s3 import BucketStore
from switch.recording.spool import Spool
from switch.recording.store import FolderStore, StoreFailed
from switch.recording.tape.line import ConversationOver, Line, Side
from tests.recording.bucket import SECRET, bucket
from tests.recording.captures import T0, capture, header, listen, speaks, two_legs
from tests.recording.full import limited_files

NAME = "2027/01/15/c1"


class House:
    """A spool, a folder for recordings, and a clock."""

    def __init__(self, folder: Path) -> None:
        self.spool = folder / "spool"
        self.kept = folder / "kept"
        Spool(self.spool)
        for name in ("pcaps", "metadata", "tmp"):
            (self.spool / name).mkdir()
        self.now_s = time.time()

    def record(
        self, *captures: bytes, conversation: str = "c1", lines: list[Line] | None = None
    ) -> None:
        with PlanFile(self.spool, conversation) as plan:
            for line in two_legs(over_s=3.0) if lines is None else lines:
                plan.append(line)
        for number, content in enumerate(captures):
            name = f"{conversation}-{number}123456789abcdef"
            (self.spool / "pcaps" / f"{name}.pcap").write_bytes(content)
            (self.spool / "metadata" / f"rtpengine-meta-{name}.txt").write_text("sdp")

    def converter(self, **settings: object) -> Converter:
        return Converter(
            Spool(self.spool),
            FolderStore(self.kept),
            replace(RecordingSettings(), **settings),  # type: ignore[arg-type]
            now_s=lambda: self.now_s,
        )

    def spooled(self) -> list[str]:
        return sorted(
            path.relative_to(self.spool).as_posix()
            for path in self.spool.rglob("*")
            if path.is_file()
        )

    def stored(self) -> list[str]:
        return sorted(
            path.relative_to(self.kept).as_posix()
            for path in self.kept.rglob("*")
            if path.is_file()
        )


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


SAID = capture(speaks(1000, 900, 0, 3), speaks(2000, 1100, 1, 3))


def test_a_recording_that_is_over_is_stored_and_the_spool_is_empty(house: House) -> None:
    house.record(SAID)

    assert house.converter().run_once()

    assert house.stored() == [f"{NAME}.flac", f"{NAME}.json"]
    assert house.spooled() == []
    sound = listen(house.kept / f"{NAME}.flac")
    assert sound.runs(Side.RIGHT) == [(1100, 1.0, 3.0)]
    account = json.loads((house.kept / f"{NAME}.json").read_text())
    assert account["conversation_id"] == "c1"
    assert account["file"] == "c1.flac"
    assert [one["leg_id"] for one in account["legs"]] == ["customer", "alice"]


def test_opus_is_made_where_it_is_wanted(house: House) -> None:
    house.record(SAID)

    assert house.converter(format="opus").run_once()

    assert house.stored() == [f"{NAME}.json", f"{NAME}.opus"]


def test_one_that_goes_on_is_left_alone_until_nothing_was_added_for_long(house: House) -> None:
    house.record(SAID, lines=two_legs())

    assert house.converter().run_once()
    assert house.stored() == []
    house.now_s += 301
    with PlanFile(house.spool, "c1"):
        # It is paused, and its worker lives.
        assert house.converter().run_once()
        assert house.stored() == []
    assert house.converter().run_once()
    assert house.stored() == [f"{NAME}.flac", f"{NAME}.json"]


def test_captures_of_another_conversation_are_not_taken_for_its_own(house: House) -> None:
    house.record(SAID)
    other = house.spool / "pcaps" / "c1-x-0123456789abcdef.pcap"
    other.write_bytes(SAID)
    (house.spool / "plans" / ".hidden.jsonl").write_bytes(b"")

    assert house.converter().run_once()

    assert other.exists()
    assert len(house.stored()) == 2


def test_one_of_which_nothing_was_captured_leaves_nothing(house: House) -> None:
    house.record(header())

    assert house.converter().run_once()

    assert (house.stored(), house.spooled()) == ([], [])


def test_one_that_cannot_be_read_is_put_aside_and_the_next_is_made(house: House) -> None:
    house.record(b"RIFF" + bytes(40), conversation="c0")
    house.record(SAID)

    assert house.converter().run_once()

    assert house.stored() == [f"{NAME}.flac", f"{NAME}.json"]
    assert "plans/c0.failed" in house.spooled()
    assert "pcaps/c0-0123456789abcdef.pcap" in house.spooled()


class Refusing(FolderStore):
    """A store that takes so many files, and no more."""

    left = 0

    def put(self, path: Path, name: str) -> None:
        if self.left == 0:
            raise StoreFailed(store="here", why="full")
        self.left -= 1
        super().put(path, name)


@pytest.mark.parametrize("taken", [0, 1])
def test_what_the_store_does_not_take_is_offered_again_and_not_made_again(
    house: House, taken: int
) -> None:
    house.record(SAID)
    store = Refusing(house.kept)
    converter = Converter(Spool(house.spool), store, RecordingSettings())
    store.left = taken

    assert not converter.run_once()
    made = house.spool / "made/c1/recording.flac"
    made_at = made.stat().st_mtime_ns
    assert "plans/c1.jsonl" in house.spooled()
    assert not converter.run_once()
    assert made.stat().st_mtime_ns == made_at
    store.left = 2
    assert converter.run_once()

    assert house.stored() == [f"{NAME}.flac", f"{NAME}.json"]
    assert house.spooled() == []


@pytest.mark.parametrize("form", ["flac", "opus"])
@pytest.mark.parametrize("share", [0.3, 0.999])
def test_on_a_full_disk_what_was_recorded_stays_and_is_made_when_there_is_room(
    house: House, form: str, share: float
) -> None:
    house.record(SAID, conversation="c0")
    converter = house.converter(format=form)
    assert converter.run_once()
    (size,) = [path.stat().st_size for path in house.kept.rglob(f"c0.{form}")]
    house.record(SAID)
    waiting = house.spooled()

    with limited_files(int(share * size)):
        assert not converter.run_once()

    assert house.spooled() == waiting, "half a sound file would take what room there is"
    assert converter.run_once()
    assert house.spooled() == []
    assert listen(house.kept / f"{NAME}.{form}").duration_s == pytest.approx(3.0, abs=0.1)


def test_a_full_disk_of_the_store_is_left_as_it_was(house: House) -> None:
    house.record(SAID)
    converter = house.converter()
    house.kept.mkdir()
    real = shutil.copyfile

    def half(source: Path, target: Path) -> None:
        real(source, target)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shutil, "copyfile", half)
        assert not converter.run_once()

    assert house.stored() == []
    assert converter.run_once()
    assert house.stored() == [f"{NAME}.flac", f"{NAME}.json"]


def test_one_that_is_to_be_forgotten_goes_wherever_it_is(house: House) -> None:
    store = FolderStore(house.kept)
    house.record(SAID)
    house.record(SAID, conversation="c10")
    house.record(SAID, conversation="c3", lines=two_legs())
    assert erase(["c1", "c3", "../c1"], store=store, spool=house.spool) == 4

    with PlanFile(house.spool, "c3") as plan:
        assert house.converter().run_once()
        assert "plans/c3.jsonl" in house.spooled(), "the call goes on"
        plan.append(ConversationOver(at_s=T0 + 3.0))
    assert house.converter().run_once()

    assert house.stored() == ["2027/01/15/c10.flac", "2027/01/15/c10.json"]
    assert house.spooled() == []
    assert erase(["c10"], store=store, spool=house.spool) == 2
    assert house.stored() == []


def test_what_is_erased_while_it_is_being_stored_is_taken_back(house: House) -> None:
    house.record(SAID)
    converter = house.converter()
    store = FolderStore(house.kept)
    put = FolderStore.put

    def erased_meanwhile(kept: FolderStore, path: Path, name: str) -> None:
        erase(["c1"], store=store, spool=house.spool)
        put(kept, path, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FolderStore, "put", erased_meanwhile)
        assert converter.run_once()

    assert converter.run_once()
    assert (house.stored(), house.spooled()) == ([], [])


def test_recordings_are_kept_as_many_days_as_wanted(house: House) -> None:
    house.record(SAID)
    house.now_s = T0 + 86400 * 2
    converter = house.converter(keep_days=2)

    assert converter.run_once()
    assert len(house.stored()) == 2
    house.now_s += 86400
    assert converter.run_once()
    assert house.stored() == []
    assert house.converter().run_once()


def test_a_store_that_cannot_be_looked_into_keeps_what_is_old(house: House) -> None:
    class Blind(FolderStore):
        def names(self) -> Iterator[str]:
            raise StoreFailed(store="here", why="no light")

    converter = Converter(Spool(house.spool), Blind(house.kept), RecordingSettings(keep_days=1))

    assert not converter.run_once()


def configured(folder: Path) -> Path:
    config = Config(
        switch=SwitchSettings(data_dir=folder), recording=RecordingSettings(dir=folder / "kept")
    )
    return write(config, folder / "config")


def converting(path: Path, *more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "switch.recording", "--config", str(path), *more],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def until(what: Callable[[], bool]) -> None:
    for _ in range(3000):
        if what():
            return
        time.sleep(0.01)
    raise AssertionError("it never came true")


def test_the_program_converts_what_comes_at_the_lowest_priority_and_ends_when_told(
    tmp_path: Path,
) -> None:
    house = House(tmp_path)
    reader, writer = os.pipe()
    program = subprocess.Popen(
        [sys.executable, "-m", "switch.recording", "--config", str(configured(tmp_path))],
        env={**os.environ, "READY_FD": str(writer)},
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    try:
        assert os.read(reader, 1) == b"1"
        assert os.getpriority(os.PRIO_PROCESS, program.pid) == 19
        house.record(SAID)
        until(lambda: house.stored() == [f"{NAME}.flac", f"{NAME}.json"])
        until(lambda: house.spooled() == [])
        program.send_signal(signal.SIGTERM)
        assert program.wait(30) == 0
    finally:
        program.kill()
        program.wait(10)
        os.close(reader)
        os.close(writer)


def test_the_program_keeps_recordings_in_a_bucket_and_shows_nobody_the_secret(
    tmp_path: Path, storage: str
) -> None:
    house = House(tmp_path)
    house.record(SAID)
    settings = bucket(tmp_path, storage)
    config = Config(switch=SwitchSettings(data_dir=tmp_path), recording=settings)

    program = converting(write(config, tmp_path / "config"), "--once")
    _out, said = program.communicate(timeout=60)

    assert program.returncode == 0, said
    assert SECRET.encode() not in said
    assert sorted(BucketStore(settings).names()) == [f"{NAME}.flac", f"{NAME}.json"]
    assert house.spooled() == []


def test_a_bucket_without_its_credentials_is_told_at_once(tmp_path: Path) -> None:
    settings = RecordingSettings(s3_bucket="b-1", s3_credentials_file=tmp_path / "none")
    config = Config(switch=SwitchSettings(data_dir=tmp_path), recording=settings)

    program = converting(write(config, tmp_path / "config"))
    _out, said = program.communicate(timeout=60)

    assert program.returncode == 1
    assert b"the secret on its second" in said


def test_a_configuration_that_cannot_be_followed_is_told(tmp_path: Path) -> None:
    program = converting(tmp_path / "nowhere")
    _out, said = program.communicate(timeout=60)

    assert program.returncode == 1
    assert b"cannot be read" in said


def test_killed_at_any_moment_it_ends_with_the_same_files_and_no_others(tmp_path: Path) -> None:
    said = capture(speaks(1000, 900, 0, 300), speaks(2000, 1100, 0, 300))
    lines = [*two_legs(), ConversationOver(at_s=T0 + 300)]
    expected = House(tmp_path / "undisturbed")
    expected.record(said, lines=lines)
    assert expected.converter().run_once()
    house = House(tmp_path / "disturbed")
    path = configured(tmp_path / "disturbed")
    house.record(said, lines=lines)

    kills, alive_s = 0, 0.3
    while True:
        program = converting(path, "--once")
        try:
            _out, errors = program.communicate(timeout=alive_s)
        except subprocess.TimeoutExpired:
            program.kill()
            program.communicate()
            kills += 1
            # Steps that last shorter are hit in their turn.
            alive_s += 0.07
            assert set(house.stored()) <= {f"{NAME}.flac", f"{NAME}.json", *leftovers()}
            continue
        assert program.returncode == 0, errors
        break

    assert kills > 3
    assert (house.stored(), house.spooled()) == (expected.stored(), [])
    for name in expected.stored():
        assert (house.kept / name).read_bytes() == (expected.kept / name).read_bytes()


def leftovers() -> set[str]:
    """Return names under which a copy is made; the next one takes the same."""
    return {f"2027/01/15/.c1.{ending}.part" for ending in ("flac", "json")}


@pytest.mark.parametrize("step", range(6))
def test_what_is_left_of_a_stored_one_goes_and_it_is_not_made_again(
    house: House, step: int
) -> None:
    house.record(SAID, header())
    plan = house.spool / "plans/c1.jsonl"
    plan.rename(plan.with_suffix(".stored"))
    # Killed while it tidied: some of it has gone.
    for name in house.spooled()[:step]:
        if not name.startswith("plans/"):
            (house.spool / name).unlink()

    assert house.converter().run_once()

    assert (house.stored(), house.spooled()) == ([], [])
