"""The roll of the workers: a file for each that lives, in ``run/workers``, named by its process id.

Workers outlive the node and the nursery, so neither knows all of them. Who comes next reads here
whom to expect, and the supervisor whom to end when everything is stopped. A file may be left of
one that was killed: who is on the roll is looked at before he is believed in.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

COMM: Final = "softswitch:w"
"""How the names of workers' processes begin, as ``ps`` shows them."""
_FOLDER: Final = "workers"
_END_WITHIN_MS: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """Is a worker that lives."""

    pid: int
    worker: str
    """Its name."""
    port: int
    """The UDP port of its SIP socket."""


def enrol(run_dir: Path, one: Enrolled) -> None:
    """Put a worker on the roll."""
    folder = run_dir / _FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    written = folder / f".{one.pid}"
    written.write_text(f"{one.worker} {one.port}\n", encoding="ascii")
    written.rename(folder / str(one.pid))


def strike(run_dir: Path, pid: int) -> None:
    """Take a worker off the roll, if it is on it."""
    (run_dir / _FOLDER / str(pid)).unlink(missing_ok=True)


def living(run_dir: Path) -> list[Enrolled]:
    """Return the workers on the roll that live; the others are taken off it."""
    found = []
    for pid, path in _files(run_dir):
        if not is_worker(pid):
            path.unlink(missing_ok=True)
            continue
        with contextlib.suppress(OSError, ValueError):
            worker, port = path.read_text(encoding="ascii").split()
            found.append(Enrolled(pid=pid, worker=worker, port=int(port)))
    return found


def sweep(run_dir: Path) -> int:
    """Kill every worker on the roll, and return how many there were."""
    count = 0
    for pid, path in _files(run_dir):
        count += kill(pid)
        path.unlink(missing_ok=True)
    return count


def kill(pid: int, *, within_ms: int = _END_WITHIN_MS) -> bool:
    """Kill a worker and wait so long for its end; False if it had ended, or is none of ours."""
    with _handle_of(pid) as handle:
        # Looked at only now: no other process can get this id while we hold it.
        if handle is None or not is_worker(pid):
            return False
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        poll.poll(within_ms)
        return True


def is_worker(pid: int) -> bool:
    """Whether that process is a worker, and has not ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    name, _bracket, rest = text.partition("(")[2].rpartition(")")
    return name.startswith(COMM) and rest.split()[:1] not in (["Z"], ["X"])


def _files(run_dir: Path) -> list[tuple[int, Path]]:
    folder = run_dir / _FOLDER
    if not folder.is_dir():
        return []
    return [(int(path.name), path) for path in folder.iterdir() if path.name.isdecimal()]


@contextmanager
def _handle_of(pid: int) -> Iterator[int | None]:
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        yield None
        return
    try:
        yield handle
    finally:
        os.close(handle)
