"""What a SIPp has counted, as it writes it (``-trace_stat``)."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_NAMES: Final = ("TotalCallCreated", "SuccessfulCall(C)", "FailedCall(C)", "CurrentCall")
_RETRANSMISSIONS: Final = "Retransmissions(C)"
_STAMP: Final = re.compile(r"^\d{4}-\d\d-\d\d")
_UNEXPECTED: Final = re.compile(r"while expecting '([^']*)'.*?received '([^\r\n']*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Is how far a SIPp has come."""

    begun: int = 0
    succeeded: int = 0
    failed: int = 0
    up: int = 0
    """Calls at this moment."""
    repeated: int = 0
    """Messages that it sent again because no answer came."""


def read(path: Path) -> Counts:
    """Return the last that a file says; of one that is not written yet, nothing."""
    try:
        with path.open(newline="") as file:
            rows = [row for row in csv.reader(file, delimiter=";") if row]
    except OSError:
        return Counts()
    if len(rows) < 2 or len(rows[-1]) < len(rows[0]) - 1:  # noqa: PLR2004 - a head and a row
        rows = rows[:-1]
    if len(rows) < 2:  # noqa: PLR2004 - as above
        return Counts()
    last = dict(zip(rows[0], rows[-1], strict=False))
    begun, succeeded, failed, up = (int(last.get(name) or 0) for name in _NAMES)
    return Counts(
        begun=begun,
        succeeded=succeeded,
        failed=failed,
        up=up,
        repeated=int(last.get(_RETRANSMISSIONS) or 0),
    )


def reasons(path: Path) -> Counter[str]:
    """Return why calls failed, as SIPp says of its errors (``-trace_err``), and how often."""
    found: Counter[str] = Counter()
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return found
    for awaited, got in _UNEXPECTED.findall(text):
        found[f"expected {awaited}, got {got}" if got else f"expected {awaited}"] += 1
    for line in text.splitlines():
        if "timeout" in line.lower() and "while expecting" not in line and _STAMP.match(line):
            found["no answer in time"] += 1
    return found
