"""A store of threads in memory, which passes the same contract as the real one."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from switch.desk.errors import (
    AmbiguousThreadError,
    StoreUnavailableError,
    UnknownThreadError,
    UnstorableError,
)
from switch.desk.letters import DeadLetter
from switch.records.leg import LegRecord
from switch.threads.thread import Thread, apply
from switch.threads.view import ThreadView, view


class MemoryStore:
    def __init__(self) -> None:
        self.threads: dict[str, Thread] = {}
        self.failures: list[StoreUnavailableError] = []
        """Raised one after the other by the next calls of ``add``."""
        self.refuses: Callable[[LegRecord], bool] = lambda _record: False
        """Tells which records can never be stored."""
        self.kept: dict[tuple[str, bytes], DeadLetter] = {}

    def add(self, records: Sequence[LegRecord], letters: Sequence[DeadLetter] = ()) -> int:
        if self.failures:
            raise self.failures.pop(0)
        if any(map(self.refuses, records)):
            raise UnstorableError
        for letter in letters:
            numbered = replace(letter, number=len(self.kept) + 1)
            self.kept.setdefault((letter.topic, letter.payload), numbered)
        news = 0
        for record in records:
            known = self.threads.get(record.conversation_id)
            grown = apply(known, record)
            news += grown is not known
            self.threads[record.conversation_id] = grown
        return news

    def newest(
        self, *, limit: int, contact: str | None = None, before: ThreadView | None = None
    ) -> tuple[ThreadView, ...]:
        def key(seen: ThreadView) -> tuple[str, str]:
            return (seen.started_at, seen.conversation_id)

        wanted = [
            seen
            for seen in map(view, self.threads.values())
            if (contact is None or seen.contact == contact)
            and (before is None or key(seen) < key(before))
        ]
        return tuple(sorted(wanted, key=key, reverse=True)[:limit])

    def letters(self, *, limit: int, kind: str | None = None) -> Sequence[DeadLetter]:
        newest = reversed(self.kept.values())
        return [letter for letter in newest if kind in {None, letter.kind}][:limit]

    def get(self, prefix: str) -> ThreadView:
        ids = sorted(name for name in self.threads if name.startswith(prefix))
        if not ids:
            raise UnknownThreadError(prefix)
        if len(ids) > 1 and ids[0] != prefix:
            raise AmbiguousThreadError(prefix, ids[:5])
        return view(self.threads[ids[0]])
