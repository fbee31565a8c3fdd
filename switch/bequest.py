"""What a worker has said of its conversation, in a file: for a node that was not there to hear it.

A worker keeps what no node has written down, and a node that comes back hears it again. If both
are killed while the one waits for the other, that would be lost: that a call was answered, say.
So a worker also appends it to a file of its own, which the node reads that finds it dead.

The kernel has what was written, whoever is killed. Nothing is forced to the disk: a loss of
power ends the conversation too.

What is taken back is not cut off, which is a change of the file system's books, but written over
with NUL, which no message has: the first one ends the text, and nothing stays of who called.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final, Self

_FOLDER: Final = "said"
_END: Final = b"\0"


class Bequest:
    """Is the file of one worker, as it writes it."""

    def __init__(self, path: Path, file: int) -> None:
        """Keep a file that is open; use ``begin``."""
        self._path = path
        self._file = file
        self._length_bytes = 0

    @classmethod
    def begin(cls, run_dir: Path, pid: int) -> Self:
        """Return an empty one.

        Raises:
            OSError: it cannot be made.
        """
        path = _path(run_dir, pid)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        return cls(path, os.open(path, flags, 0o600))

    def add(self, line: bytes) -> None:
        """Append a line; a disk that is full must not end a call."""
        with contextlib.suppress(OSError):
            written = os.pwrite(self._file, line + _END, self._length_bytes)
            if written > len(line):  # The next takes the place of one that is torn.
                self._length_bytes += len(line)

    def clear(self) -> None:
        """Take back all of it: the node has it."""
        with contextlib.suppress(OSError):
            if self._length_bytes > 0:
                os.pwrite(self._file, _END * self._length_bytes, 0)
                self._length_bytes = 0

    def close(self) -> None:
        """Append nothing more."""
        os.close(self._file)

    def burn(self) -> None:
        """Leave nothing behind."""
        self._path.unlink(missing_ok=True)


def read(run_dir: Path, pid: int) -> list[bytes]:
    """Return the whole lines that a worker has left; none if it has left nothing."""
    try:
        text = _path(run_dir, pid).read_bytes()
    except OSError:
        return []
    left, _end, _nothing = text.partition(_END)
    return [line for line in left.splitlines(keepends=True) if line.endswith(b"\n")]


def pids(run_dir: Path) -> list[int]:
    """Return whose files there are."""
    try:
        names = [path.name for path in (run_dir / _FOLDER).iterdir()]
    except OSError:
        return []
    return sorted(int(name) for name in names if name.isdecimal())


def burn(run_dir: Path, pid: int) -> None:
    """Take away what a worker has left."""
    with contextlib.suppress(OSError):
        _path(run_dir, pid).unlink()


def _path(run_dir: Path, pid: int) -> Path:
    return run_dir / _FOLDER / str(pid)
