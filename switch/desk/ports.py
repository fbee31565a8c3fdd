"""What the desk asks of a store of threads; the contract tests say it in full."""

from collections.abc import Sequence
from typing import Protocol

from switch.records.leg import LegRecord
from switch.threads.view import ThreadView


class ThreadStore(Protocol):
    """Keeps leg records and finds the threads they make."""

    def add(self, records: Sequence[LegRecord]) -> int:
        """Keep the records, all of them or none, and return how many were news.

        Raises:
            StoreUnavailableError: none was kept; the same call may be made again.
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

    def get(self, prefix: str) -> ThreadView:
        """Return the thread whose id is this, or is the only one that begins with it.

        Raises:
            UnknownThreadError: there is none.
            AmbiguousThreadError: there are several.
            StoreUnavailableError: the store cannot be read.
        """
        ...
