"""Conversations that have ended and are to be told to somebody: a queue that outlives the desk.

Rules of this file:

* One is put into the queue in the transaction that stores its end; it leaves the queue when
  somebody has said that he has it.
* Whoever takes some out to tell them holds them for a while: of two desks one tells.
* What is stored after that puts it into the queue again: whoever is told replaces what he knows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from switch.desk.store.tables import POSTING


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """Is a conversation that is to be told."""

    conversation_id: str
    since_at: str
    """When it was first to be told."""
    tries: int
    """How often that was tried."""
    held_until: str
    """Until when nobody else takes it; tells it from one that was put in again meanwhile."""


def put(connection: sa.Connection, ids: Collection[str], *, due_at: str) -> None:
    """Put conversations into the queue; their threads' rows are held."""
    if not ids:
        return
    connection.execute(sa.delete(POSTING).where(POSTING.c.conversation_id.in_(ids)))
    rows = [
        {"conversation_id": one, "since_at": due_at, "due_at": due_at, "tries": 0} for one in ids
    ]
    connection.execute(sa.insert(POSTING), rows)


def take(connection: sa.Connection, *, now: str, hold_until: str, limit: int) -> Sequence[Posting]:
    """Return some that are due, and hold them."""
    due = sa.select(POSTING).where(POSTING.c.due_at <= now).order_by(POSTING.c.due_at)
    rows = connection.execute(due.limit(limit).with_for_update(skip_locked=True)).all()
    ids = [row.conversation_id for row in rows]
    held = sa.update(POSTING).where(POSTING.c.conversation_id.in_(ids))
    connection.execute(held.values(due_at=hold_until))
    return [
        Posting(
            conversation_id=row.conversation_id,
            since_at=row.since_at,
            tries=row.tries,
            held_until=hold_until,
        )
        for row in rows
    ]


def done(connection: sa.Connection, posting: Posting) -> None:
    """Take one out of the queue, unless it was put in again meanwhile."""
    connection.execute(sa.delete(POSTING).where(_is_held(posting)))


def again(connection: sa.Connection, posting: Posting, *, due_at: str) -> None:
    """Have one tried again later."""
    later = sa.update(POSTING).where(_is_held(posting))
    connection.execute(later.values(due_at=due_at, tries=posting.tries + 1))


def _is_held(posting: Posting) -> sa.ColumnElement[bool]:
    return sa.and_(
        POSTING.c.conversation_id == posting.conversation_id,
        POSTING.c.due_at == posting.held_until,
    )
