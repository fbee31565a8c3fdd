"""What can go wrong with what the node keeps on disk.

::

    SwitchError
    └── LedgerError
        ├── LedgerMissing        no node has kept anything there yet
        ├── LedgerTooNew         a later release wrote it
        └── LedgerUnavailable    it cannot be read or written now: full, locked, forbidden, damaged
"""

from __future__ import annotations

from pathlib import Path

from switch.errors import SwitchError


class LedgerError(SwitchError):
    """Is something about the file in which the node keeps what it must not forget."""


class LedgerMissing(LedgerError):
    """Says that there is no such file."""

    def __init__(self, *, path: Path) -> None:
        """Keep where it was looked for."""
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        """Say where it was looked for, and what would make one."""
        return f"no node has kept anything at {self.path} yet; has it run with this data folder?"


class LedgerTooNew(LedgerError):
    """Says that the file is of a later release, and was left as it is."""

    def __init__(self, *, path: Path, version: int, known: int) -> None:
        """Keep the file's version, and the newest that this release can read."""
        super().__init__(path, version, known)
        self.path = path
        self.version = version
        self.known = known

    def __str__(self) -> str:
        """Say whose it is, and what helps."""
        return (
            f"{self.path} is of version {self.version}, this release reads {self.known}: "
            "start the release that wrote it, or move the file away"
        )


class LedgerUnavailable(LedgerError):
    """Says that the file cannot be read or written now."""

    def __init__(self, *, path: Path, problem: str) -> None:
        """Keep which file, and what the database or the system said."""
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        """Say which file, and what was said."""
        return f"{self.path} cannot be used: {self.problem}"
