"""Sees to it that no two switches run on one data folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from switch.errors import SwitchError


class AlreadyRuns(SwitchError):
    """Says that a switch runs on this data folder."""

    def __init__(self, *, folder: Path, pid: str) -> None:
        """Keep the folder, and who runs on it; the pid is empty if that is not known yet."""
        super().__init__(folder, pid)
        self.folder = folder
        self.pid = pid

    def __str__(self) -> str:
        """Say so, and what helps."""
        who = f" (pid {self.pid})" if self.pid else ""
        return f"a switch runs on {self.folder} already{who}: stop that one, or go on using it"


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold a data folder, which is made if need be, for the switch that runs on it.

    The kernel lets go when we end, however we end; the file may stay.

    Raises:
        AlreadyRuns: another holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "softswitch.pid", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.read(descriptor, 32).decode("ascii", "replace").strip()
            raise AlreadyRuns(folder=folder, pid=pid) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)
