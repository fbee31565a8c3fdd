"""The plan of one conversation, as its worker writes it.

A line is one ``write`` to a file opened for appending: what was written is there, also if the
worker dies in the next moment. It is not waited for the disk: a machine that loses power loses
what rtpengine had not written either.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from switch.recording.tape.line import ConversationOver, Line, encode

_PLANS = "plans"
_CAPTURE = re.compile(r"(.*)-[0-9a-f]{16}\.pcap")


def plan_path(spool: Path, conversation_id: str) -> Path:
    """Return where the plan of a conversation is written."""
    return spool / _PLANS / f"{conversation_id}.jsonl"


def captures_of(spool: Path, conversation_id: str) -> list[Path]:
    """Return rtpengine's captures of a conversation."""
    name = quote(conversation_id, safe="")
    return [
        path
        for path in sorted((spool / "pcaps").glob(f"{name}-*.pcap"))
        if (found := _CAPTURE.fullmatch(path.name)) and found[1] == name
    ]


def is_held(plan: Path) -> bool:
    """Tell whether a worker lives that may add to a plan."""
    with plan.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def make_spool(spool: Path) -> None:
    """Make the spool folder, for its owner only: rtpengine lets everybody read what it writes."""
    for folder in (spool, spool / _PLANS):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def end_plan(spool: Path, conversation_id: str, *, at_s: float) -> None:
    """End the plan of a conversation whose worker has died, if it is recorded.

    Raises:
        OSError: it cannot be written.
    """
    if plan_path(spool, conversation_id).exists():
        with PlanFile(spool, conversation_id) as plan:
            plan.append(ConversationOver(at_s=at_s))


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
        # Whoever may still write holds it: a pause may last, and then nothing is added anywhere.
        fcntl.flock(self._file, fcntl.LOCK_SH)
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
        """Add a line, or nothing of it.

        Raises:
            OSError: the disk is full.
        """
        text = encode(line)
        written = os.write(self._file, text)
        if written < len(text):
            # The next line would be torn with it.
            os.ftruncate(self._file, os.fstat(self._file).st_size - written)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def close(self) -> None:
        """Close the file. The recording goes on; it is over with a line that says so."""
        os.close(self._file)
