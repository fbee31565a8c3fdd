"""What the desk asks of a store of threads; the contract tests say it in full."""

from collections.abc import Sequence
from typing import Protocol

from switch.desk.letters import DeadLetter
from switch.records.leg import LegRecord
from switch.threads.view import ThreadView


class ThreadStore(Protocol):
    """Keeps leg records and finds the threads they make."""

    def add(self, records: Sequence[LegRecord], letters: Sequence[DeadLetter] = ()) -> int:
        """Keep the records and the letters, all or none; return how many records were news.

        A letter that is there already is not kept twice, and the oldest make room.

        Raises:
            StoreUnavailableError: nothing was kept; the same call may be made again.
            UnstorableError: nothing was kept; one of them can never be.
        """
        ...

    def newest(
        self, *, limit: int, contact: str | None = None, before: ThreadView | None = None
    ) -> tuple[ThreadView, ...]:
        """Return threads, the one that started last first.

        Args:
            limit: How many at most.
            contact: Only those with this customer's number; ``None`` for all.
            before: The last thread of the page before; ``None`` for the first page.

        Raises:
            StoreUnavailableError: the store cannot be read.
        """
        ...

    def letters(self, *, limit: int, kind: str | None = None) -> Sequence[DeadLetter]:
        """Return messages that could not be taken, the one that came last first.

        Args:
            limit: How many at most.
            kind: Only those with this slug of what is wrong; ``None`` for all.

        Raises:
            StoreUnavailableError: the store cannot be read.
        """
        ...

    def get(self, prefix: str) -> ThreadView:
        """Return the thread whose id is this, or is the only one that begins with it.

        Raises:
            UnknownThreadError: there is none.
            AmbiguousThreadError: there are several.
            StoreUnavailableError: the store cannot be read.
        """
        ...
