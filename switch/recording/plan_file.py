"""The plan of one conversation, as its worker writes it.

A line is one ``write`` to a file opened for appending: what was written is there, also if the
worker dies in the next moment. It is not waited for the disk: a machine that loses power loses
what rtpengine had not written either.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from switch.recording.tape.line import Line, encode

_PLANS = "plans"


def plan_path(spool: Path, conversation_id: str) -> Path:
    """Return where the plan of a conversation is written."""
    return spool / _PLANS / f"{conversation_id}.jsonl"


def make_spool(spool: Path) -> None:
    """Make the spool folder, for its owner only: rtpengine lets everybody read what it writes."""
    for folder in (spool, spool / _PLANS):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


class PlanFile:
    """The growing plan of a conversation. Also another worker may go on with it."""

    def __init__(self, spool: Path, conversation_id: str) -> None:
        """Open the plan, or begin it.

        Raises:
            OSError: it cannot be written.
        """
        path = plan_path(spool, conversation_id)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._file = os.open(path, flags, 0o600)
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":
            # The worker before died in the middle of a line.
            os.write(self._file, b"\n")

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()

    def append(self, line: Line) -> None:
        """Add a line.

        Raises:
            OSError: the disk is full.
        """
        os.write(self._file, encode(line))

    def close(self) -> None:
        """Close the file. The recording goes on; it is over with a line that says so."""
        os.close(self._file)
