"""What can go wrong at the desk.

::

    SwitchError
    └── StoreError
        ├── StoreMissingError        nothing was ever stored there
        ├── StoreUnavailableError    it cannot be read or written now, or is damaged
        ├── UnsupportedStoreError    it is of a kind this release does not know
        ├── NewerStoreError          a later release made it, and tables may mean other things
        ├── UnstorableError          the database takes none of it, however often it is asked
        ├── UnknownThreadError       no thread has that id
        └── AmbiguousThreadError     several threads' ids begin like that
"""

from collections.abc import Sequence
from pathlib import Path

from switch.errors import SwitchError


class StoreError(SwitchError):
    """Something about the store of threads."""


class StoreMissingError(StoreError):
    """There is no store: the switch has not run yet, or with another data folder."""

    def __init__(self, path: Path | str) -> None:
        """Keep where it was looked for: a file, or a database without its password."""
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        """Say where it was looked for and what would make one."""
        return (
            f"no conversations are stored at {self.path} yet; "
            "has the switch run with this data folder?"
        )


class StoreUnavailableError(StoreError):
    """The store cannot be read or written: locked, full, forbidden or damaged."""

    def __init__(self, path: Path | str, problem: str) -> None:
        """Keep which store, and what the database said."""
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        """Say which store and what the database said."""
        return f"the store {self.path} cannot be used: {self.problem}"


class UnsupportedStoreError(StoreError):
    """The store is to be of a kind this release does not know."""

    def __init__(self, kind: str) -> None:
        """Keep the kind only: the rest of a database's address may hold a password."""
        super().__init__(kind)
        self.kind = kind

    def __str__(self) -> str:
        """Say what kind, and what would be right."""
        return (
            f"[desk] store: {self.kind} is not supported; "
            "use sqlite:///FILE, postgresql://USER:PASSWORD@HOST/DATABASE, "
            'or "" for threads.sqlite in data_dir'
        )


class NewerStoreError(StoreError):
    """A later release of the switch has written the store."""

    def __init__(self, path: Path | str, found: str, known: str) -> None:
        """Keep which store, its version, and the newest that is known here."""
        super().__init__(path, found, known)
        self.path = path
        self.found = found
        self.known = known

    def __str__(self) -> str:
        """Say who wrote it, and what helps."""
        return (
            f"the store {self.path} was written by a later release (its tables are of version "
            f"{self.found!r}, this release knows them up to {self.known!r}): install that release "
            "again, or give this one a store of its own"
        )


class UnstorableError(StoreError):
    """The database refuses what a record says; to ask again would change nothing."""

    def __str__(self) -> str:
        """Say only that: the database's own words quote the record."""
        return "the database does not take what it says"


class UnknownThreadError(StoreError):
    """No thread has the id, and none begins with it."""

    def __init__(self, prefix: str) -> None:
        """Keep what was asked for."""
        super().__init__(prefix)
        self.prefix = prefix

    def __str__(self) -> str:
        """Say what was asked for."""
        return f"there is no conversation {self.prefix!r}"


class AmbiguousThreadError(StoreError):
    """Several threads' ids begin with what was asked for."""

    def __init__(self, prefix: str, candidates: Sequence[str]) -> None:
        """Keep what was asked for and the first of those it may mean."""
        super().__init__(prefix, candidates)
        self.prefix = prefix
        self.candidates = tuple(candidates)

    def __str__(self) -> str:
        """Say what it may mean."""
        return f"{self.prefix!r} may mean {', '.join(self.candidates)}, or more: say more of it"
