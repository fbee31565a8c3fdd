"""How much a store has: what its operator watches."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from switch.desk.store.tables import DEAD_LETTER, POSTING, THREAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """Is how much a store has."""

    threads: int
    """Conversations."""
    letters: int
    """Messages that could not be taken, and are kept aside."""
    postings: int
    """Conversations that somebody is still to be told of."""
    oldest_due_s: float | None
    """Since when the first of these has been due, UTC seconds; ``None``: there is none."""


def holdings(connection: sa.Connection) -> Holdings:
    """Return how much there is; the whole of each table is counted."""
    threads, letters, postings = (
        connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for table in (THREAD, DEAD_LETTER, POSTING)
    )
    oldest = connection.scalar(sa.select(sa.func.min(POSTING.c.since_at)))
    return Holdings(
        threads=threads,
        letters=letters,
        postings=postings,
        oldest_due_s=None if oldest is None else dt.datetime.fromisoformat(oldest).timestamp(),
    )
