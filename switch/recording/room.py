"""Whether there is room to record: a spool that fills the disk would stop the whole switch.

Two limits, either of which may be none. At either no new recording starts. One that runs goes on
until only half of what is to be kept free is left, and then is stopped in order.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolFill:
    """Is how full a spool is."""

    used_bytes: int
    """What lies in it."""
    free_bytes: int
    """What others than root can still write to its disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Is the room that recordings may take in a spool."""

    spool: Path
    spool_most_mb: int | None = None
    """How much may lie in it, in MiB; None: any."""
    keep_free_mb: int | None = None
    """How much is to be left free of its disk, in MiB; None: nothing."""

    def why_no_other(self) -> str | None:
        """Return why no new recording may start; None: one may."""
        if self.spool_most_mb is not None:
            used_mb = used_bytes(self.spool) // _MIB
            if used_mb >= self.spool_most_mb:
                return f"{used_mb} MiB lie in the spool, [recording] spool_most_mb"
        return self.why_not_on()

    def why_not_on(self) -> str | None:
        """Return why a recording that was paused or interrupted may not go on; None: it may."""
        free_mb = self._free_mb()
        if self.keep_free_mb is None or free_mb is None or free_mb >= self.keep_free_mb:
            return None
        return f"{free_mb} MiB are free on the spool's disk, less than [recording] keep_free_mb"

    def is_running_out(self) -> bool:
        """Whether what runs must be stopped, so that it can end in order."""
        free_mb = self._free_mb()
        if self.keep_free_mb is None or free_mb is None:
            return False
        return 2 * free_mb < self.keep_free_mb

    def _free_mb(self) -> int | None:
        try:
            return free_bytes(self.spool) // _MIB
        except OSError:
            return None  # Whoever writes there will see.


def measure(spool: Path) -> SpoolFill:
    """Return how full a spool is.

    Raises:
        OSError: it is not there, or not ours.
    """
    return SpoolFill(used_bytes=used_bytes(spool), free_bytes=free_bytes(spool))


def free_bytes(folder: Path) -> int:
    """Return what others than root can still write to the disk of a folder.

    Raises:
        OSError: it is not there.
    """
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def used_bytes(folder: Path) -> int:
    """Return how much lies in a folder and those in it; what goes meanwhile counts nothing."""
    return sum(_sizes(folder))


def _sizes(folder: Path) -> Iterator[int]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from _sizes(Path(entry.path))
                else:
                    yield _size(entry)
    except OSError:
        return


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except OSError:
        return 0
