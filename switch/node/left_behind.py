"""What a worker that has died had said of its conversation: see :mod:`switch.bequest`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import structlog

from switch import bequest
from switch.wire.errors import WireError
from switch.wire.survival import Salvaged, Standing
from switch.wire.worker import Changed, Resting, decode_from_worker

_LOG = structlog.get_logger()


def left_behind(run_dir: Path, pid: int) -> Iterator[Changed | Standing | Salvaged | Resting]:
    """Yield what a dead worker has left; what cannot be read is passed over."""
    for line in bequest.read(run_dir, pid):
        try:
            message = decode_from_worker(line)
        except WireError as error:  # Another version of it wrote that.
            _LOG.warning("worker.bequest_unreadable", pid=pid, why=str(error))
            continue
        if isinstance(message, Changed | Standing | Salvaged | Resting):
            yield message
