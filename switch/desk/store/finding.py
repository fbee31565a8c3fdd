"""Finds threads: by who took part, by contact, by day; a page at a time.

Rules of this file:

* A page begins where the last one ended (its key, not a count of rows), so that the thousandth
  page is as quick as the first. Each combination of what is asked is answered from an index.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from switch.desk.search import Place, Search
from switch.desk.store.tables import PART, THREAD


def find(connection: sa.Connection, search: Search, limit: int) -> Sequence[str]:
    """Return the ids of the threads that are searched for, the one that started last first."""
    table: sa.Table = THREAD
    if search.who is not None:
        table = PART
    wanted = sa.select(table.c.conversation_id)
    if search.who is not None:
        kind, name = search.who
        wanted = wanted.where(PART.c.kind == kind, PART.c.who == name)
    if search.contact is not None:
        if table is PART:
            joined = PART.join(THREAD, PART.c.conversation_id == THREAD.c.conversation_id)
            wanted = wanted.select_from(joined)
        wanted = wanted.where(THREAD.c.contact == search.contact)
    if search.since is not None:
        wanted = wanted.where(table.c.started_at >= search.since)
    if search.until is not None:
        wanted = wanted.where(table.c.started_at < search.until)
    wanted = _from(wanted, table, search.before)
    order: tuple[Any, ...] = (table.c.started_at.desc(), table.c.conversation_id.desc())
    return connection.scalars(wanted.order_by(*order).limit(limit)).all()


def open_ids(connection: sa.Connection, since: str, limit: int) -> Sequence[str]:
    """Return the ids of the threads that go on and began since."""
    wanted = sa.select(THREAD.c.conversation_id).where(
        THREAD.c.ended_at.is_(None), THREAD.c.started_at >= since
    )
    return connection.scalars(wanted.order_by(THREAD.c.started_at.desc()).limit(limit)).all()


def _from(wanted: sa.Select[Any], table: sa.Table, before: Place | None) -> sa.Select[Any]:
    if before is None:
        return wanted
    key = sa.tuple_(table.c.started_at, table.c.conversation_id)
    return wanted.where(key < sa.tuple_(before.started_at, before.conversation_id))
