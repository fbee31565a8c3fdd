"""What can go wrong with what the node keeps on disk.

::

    SwitchError
    ├── LedgerError
    │   ├── LedgerMissing        no node has kept anything there yet
    │   ├── LedgerTooNew         a later release wrote it
    │   └── LedgerUnavailable    it cannot be read or written now: full, locked, forbidden, damaged
    ├── StillUnsent              somebody cannot be erased yet
    ├── NothingKept              there is nothing to be published again
    ├── SeveralConversations     an id's beginning is that of several
    └── NotPublished             the broker is away, or refuses what is published again
"""

from __future__ import annotations

from collections.abc import Sequence
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


class StillUnsent(SwitchError):
    """Says that records of somebody who is to be erased wait for the broker, or his call is up."""

    def __init__(self, *, records: int) -> None:
        """Keep how many."""
        super().__init__(records)
        self.records = records

    def __str__(self) -> str:
        """Say what is to be waited for."""
        return (
            f"nothing was erased: {self.records} records with that number are not on the bus yet, "
            "or of a call that is up; try again when they are (softswitch doctor shows it)"
        )


class NothingKept(SwitchError):
    """Says that nothing is kept of what was to be published again."""

    def __init__(self, *, wanted: str, kept_since: str | None) -> None:
        """Keep what was wanted, and since when there is something; None: there is nothing."""
        super().__init__(wanted, kept_since)
        self.wanted = wanted
        self.kept_since = kept_since

    def __str__(self) -> str:
        """Say what there is."""
        what = f"no record {self.wanted} is kept" if self.wanted else "no record is kept"
        if self.kept_since is None:
            return f"{what}, nor any other that was sent"
        return f"{what}; the oldest was sent at {self.kept_since}"


class SeveralConversations(SwitchError):
    """Says that what was typed begins the ids of several conversations."""

    def __init__(self, *, beginning: str, some: Sequence[str]) -> None:
        """Keep what was typed, and some of those it may mean."""
        super().__init__(beginning, some)
        self.beginning = beginning
        self.some = tuple(some)

    def __str__(self) -> str:
        """Say what it may mean."""
        return f"{self.beginning!r} may mean {', '.join(self.some)}, or more: say more of it"


class NotPublished(SwitchError):
    """Says that the broker did not take all that was to be published again."""

    def __init__(self, *, host: str, port: int, problem: str, published: int) -> None:
        """Keep where the broker is, what went wrong, and how many it had taken before."""
        super().__init__(host, port, problem, published)
        self.host = host
        self.port = port
        self.problem = problem
        self.published = published

    def __str__(self) -> str:
        """Say what went wrong, and that it may be done again."""
        return (
            f"the broker at {self.host}:{self.port} took {self.published} records, and then: "
            f"{self.problem}; the same command may be given again"
        )
