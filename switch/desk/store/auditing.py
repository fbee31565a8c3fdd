"""What whoever compares a store with something else asks of it."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from switch.desk.store.engine import Database
from switch.desk.store.tables import LEG_RECORD, THREAD, TOMBSTONE
from switch.desk.store.writing import ALL_LEGS


def revisions(database: Database, ids: Collection[str]) -> dict[tuple[str, str], int]:
    """Return at which revision each leg of these conversations is stored, by conversation and leg.

    Raises:
        StoreUnavailableError: the store cannot be read.
    """
    columns = sa.select(LEG_RECORD.c.conversation_id, LEG_RECORD.c.leg_id, LEG_RECORD.c.revision)
    wanted = columns.where(LEG_RECORD.c.conversation_id.in_(list(ids)))
    with database.transaction() as connection:
        return {(one, leg): revision for one, leg, revision in connection.execute(wanted)}


def gone(database: Database, ids: Collection[str]) -> set[str]:
    """Return which of these conversations were erased, or dropped for their age.

    Raises:
        StoreUnavailableError: the store cannot be read.
    """
    wanted = sa.select(TOMBSTONE.c.conversation_id).where(
        TOMBSTONE.c.conversation_id.in_(list(ids)), TOMBSTONE.c.leg_id == ALL_LEGS
    )
    with database.transaction() as connection:
        return set(connection.scalars(wanted))


def open_threads(database: Database, *, limit: int) -> list[str]:
    """Return conversations of which some leg is open, those that began first first.

    Raises:
        StoreUnavailableError: the store cannot be read.
    """
    wanted = sa.select(THREAD.c.conversation_id).where(THREAD.c.ended_at.is_(None))
    with database.transaction() as connection:
        return list(connection.scalars(wanted.order_by(THREAD.c.started_at).limit(limit)))
