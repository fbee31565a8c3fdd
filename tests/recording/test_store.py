"""Recordings in a folder, and how long they stay there. A bucket passes the same."""

from __future__ import annotations

import datetime as dt
import stat
from pathlib import Path

import pytest

from switch.config import RecordingSettings
from switch.recording.s3 import BucketStore
from switch.recording.store import FolderStore, NotKept, Store, StoreFailed, remove_older
from tests.recording.bucket import SECRET, bucket


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return FolderStore(tmp_path / "kept")
    return BucketStore(bucket(tmp_path, request.getfixturevalue("storage")))


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "sound"
    path.write_bytes(b"s" * 100)
    return path


def test_what_is_put_twice_is_there_once(store: Store, sound: Path) -> None:
    store.put(sound, "2026/11/28/c1.flac")
    store.put(sound, "2026/11/28/c1.flac")

    assert list(store.names()) == ["2026/11/28/c1.flac"]


def test_what_is_kept_is_read_in_parts(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "sound"
    path.write_bytes(bytes(range(100)))
    store.put(path, "2026/11/28/c1.flac")

    assert store.size("2026/11/28/c1.flac") == 100
    assert store.read("2026/11/28/c1.flac", 0, 100) == bytes(range(100))
    assert store.read("2026/11/28/c1.flac", 98, 100) == bytes([98, 99])


def test_what_is_not_kept_is_told_from_a_store_that_fails(store: Store) -> None:
    with pytest.raises(NotKept, match="there is no recording 2026/11/28/c1"):
        store.size("2026/11/28/c1.flac")
    with pytest.raises(NotKept):
        store.read("2026/11/28/c1.flac", 0, 1)


def test_recordings_of_days_before_are_removed_and_what_is_not_ours_stays(
    store: Store, sound: Path
) -> None:
    names = [
        "2026/11/27/c1.flac",
        "2026/11/27/c1.json",
        "2026/11/28/c2.opus",
        "2026/13/77/c3.flac",
        "2026/11/27/notes.txt",
    ]
    for name in names:
        store.put(sound, name)

    assert remove_older(store, than=dt.date(2026, 11, 28)) == 2
    assert remove_older(store, than=dt.date(2026, 11, 28)) == 0
    assert set(store.names()) == set(names[2:])


def test_a_bucket_that_is_not_there_is_told(tmp_path: Path, storage: str, sound: Path) -> None:
    settings = bucket(tmp_path, storage)
    lost = BucketStore(
        RecordingSettings(
            s3_bucket="nowhere",
            s3_endpoint=storage,
            s3_credentials_file=settings.s3_credentials_file,
        )
    )

    with pytest.raises(StoreFailed, match="cannot be kept in bucket nowhere") as caught:
        lost.put(sound, "2026/11/28/c1.flac")
    assert SECRET not in str(caught.value)
    with pytest.raises(StoreFailed):
        list(lost.names())


@pytest.mark.parametrize("content", ["", "key\n", "\nsecret\n", "key\n\n", None])
def test_credentials_that_are_none_are_refused(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "credentials"
    if content is not None:
        path.write_text(content)

    with pytest.raises(StoreFailed, match="the secret on its second"):
        BucketStore(RecordingSettings(s3_bucket="b-1", s3_credentials_file=path))


def test_credentials_are_sent_to_nobody_but_the_storage(tmp_path: Path, storage: str) -> None:
    settings = bucket(tmp_path, storage)

    assert SECRET not in repr(settings)
    assert SECRET not in repr(vars(BucketStore(settings)))


def test_a_folder_keeps_it_for_its_owner_and_empty_days_go(tmp_path: Path, sound: Path) -> None:
    store = FolderStore(tmp_path / "kept")
    store.put(sound, "2026/11/28/c1.flac")
    kept = tmp_path / "kept/2026/11/28/c1.flac"

    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    store.remove("2026/11/28/c1.flac")
    store.remove("2026/11/28/c1.flac")
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, sound: Path) -> None:
    (tmp_path / "kept").write_text("in the way")

    with pytest.raises(StoreFailed, match="kept"):
        FolderStore(tmp_path / "kept").put(sound, "2026/11/28/c1.flac")

    with pytest.raises(StoreFailed):
        FolderStore(tmp_path / "kept").size("2026/11/28/c1.flac")
    with pytest.raises(StoreFailed):
        FolderStore(tmp_path / "kept").read("2026/11/28/c1.flac", 0, 1)
