"""Where recordings are kept: a folder, or a bucket of an S3-compatible storage.

Their names begin with the day: ``2026/11/28/20261128-101500-k3.flac``. What bears another name is
not ours, and left alone.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from switch.config import Config
from switch.errors import SwitchError
from switch.recording.syncing import sync_file, sync_folder

_NAME: Final = re.compile(r"(\d{4}/\d{2}/\d{2})/[^/]+\.(flac|opus|json)")


class StoreFailed(SwitchError):
    """Is a store that did not take a file, or could not be looked into or read."""

    def __init__(self, *, store: str, why: str) -> None:
        """Keep which store it is, and what it says."""
        super().__init__(store, why)
        self.store = store
        self.why = why

    def __str__(self) -> str:
        """Say which store it is, and what it says."""
        return f"recordings cannot be kept in {self.store}: {self.why}"


class NotKept(SwitchError):
    """Is a file that is not in the store: not yet, or not any more."""

    def __init__(self, name: str) -> None:
        """Keep which file it is."""
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        """Say which file it is."""
        return f"there is no recording {self.name}"


class Store(Protocol):
    """What keeps recordings."""

    def put(self, path: Path, name: str) -> None:
        """Keep a file under a name, in the place of what bore it; whole or not at all.

        Raises:
            StoreFailed: it cannot.
        """

    def names(self) -> Iterator[str]:
        """Yield the names of all files that are kept.

        Raises:
            StoreFailed: it cannot.
        """

    def remove(self, name: str) -> None:
        """Keep a file no longer.

        Raises:
            StoreFailed: it cannot.
        """

    def size(self, name: str) -> int:
        """Return how many bytes a file has.

        Raises:
            NotKept: there is no such file.
            StoreFailed: it cannot.
        """

    def read(self, name: str, start: int, end: int) -> bytes:
        """Return the bytes of a file from one place up to, but without, the other.

        Both lie within the file, and the second behind the first.

        Raises:
            NotKept: there is no such file.
            StoreFailed: it cannot.
        """


def remove_older(store: Store, *, than: dt.date) -> int:
    """Remove the recordings of the days before; returns how many files that were.

    Raises:
        StoreFailed: the store cannot.
    """
    old = [name for name in store.names() if (day := day_of(name)) is not None and day < than]
    for name in old:
        store.remove(name)
    return len(old)


def day_of(name: str) -> dt.date | None:
    """Return the day that a recording began on (UTC); ``None``: that is no recording of ours."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    with contextlib.suppress(ValueError):
        return dt.date.fromisoformat(found[1].replace("/", "-"))
    return None


class FolderStore:
    """Recordings in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        """Keep which folder it is; it is made when something is put there."""
        self._folder = folder

    def put(self, path: Path, name: str) -> None:
        """Copy a file, and give it its name when the disk has all of it."""
        kept = self._folder / name
        copy = kept.with_name(f".{kept.name}.part")
        try:
            kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            copy.chmod(0o600)
            sync_file(copy)
            copy.rename(kept)
            sync_folder(kept.parent)
        except OSError as error:
            with contextlib.suppress(OSError):  # half of it takes what room there is
                copy.unlink()
            raise StoreFailed(store=str(self._folder), why=error.strerror or "?") from error

    def names(self) -> Iterator[str]:
        """Yield the names of all files in it."""
        for path in sorted(self._folder.glob("[0-9]*/[0-9]*/[0-9]*/*")):
            yield path.relative_to(self._folder).as_posix()

    def remove(self, name: str) -> None:
        """Delete a file, and its day if that was the last one."""
        path = self._folder / name
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreFailed(store=str(self._folder), why=error.strerror or "?") from error
        with contextlib.suppress(OSError):  # another one is there
            for folder in list(path.parents)[:3]:
                folder.rmdir()

    def size(self, name: str) -> int:
        """Ask the folder."""
        try:
            return (self._folder / name).stat().st_size
        except FileNotFoundError:
            raise NotKept(name) from None
        except OSError as error:
            raise StoreFailed(store=str(self._folder), why=error.strerror or "?") from error

    def read(self, name: str, start: int, end: int) -> bytes:
        """Read from the file."""
        try:
            with (self._folder / name).open("rb") as file:
                file.seek(start)
                return file.read(end - start)
        except FileNotFoundError:
            raise NotKept(name) from None
        except OSError as error:
            raise StoreFailed(store=str(self._folder), why=error.strerror or "?") from error


def open_store(config: Config) -> Store:
    """Return what the configuration says that recordings are kept in.

    Raises:
        StoreFailed: the file with the credentials cannot be used.
    """
    if config.recording.s3_bucket is None:
        return FolderStore(config.recordings_dir)
    # Only who keeps recordings elsewhere pays for what talks to it.
    from switch.recording.s3 import BucketStore

    return BucketStore(config.recording)
