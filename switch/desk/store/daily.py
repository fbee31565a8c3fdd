"""The conversations of a day, for its figures.

How far a conversation is shows in the sum of its legs' revisions: it grows with each change. So
whoever has worked one out need not read it again, and a day is read once, however often it is
asked for.
"""

from __future__ import annotations

import sqlalchemy as sa

from switch.desk.store.tables import LEG_RECORD, THREAD


def marks(connection: sa.Connection, *, since: str, until: str) -> dict[str, int]:
    """Return how far each conversation is that began in a span of time; ``until`` is beyond it."""
    # One by one: joined and grouped, SQLite would go through all threads there are.
    mark = (
        sa.select(sa.func.sum(LEG_RECORD.c.revision))
        .where(LEG_RECORD.c.conversation_id == THREAD.c.conversation_id)
        .scalar_subquery()
    )
    wanted = sa.select(THREAD.c.conversation_id, mark).where(
        THREAD.c.started_at >= since, THREAD.c.started_at < until
    )
    return {one: int(mark) for one, mark in connection.execute(wanted) if mark is not None}
