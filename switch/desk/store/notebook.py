"""Notes in the store: each author has one in each conversation."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from switch.desk.errors import UnknownThreadError
from switch.desk.notes import Note, NoteChanged
from switch.desk.store.tables import NOTE, THREAD


def notes(connection: sa.Connection, conversation_ids: Sequence[str]) -> list[Note]:
    """Return the notes of some conversations, the oldest first."""
    wanted = sa.select(NOTE).where(NOTE.c.conversation_id.in_(conversation_ids))
    rows = connection.execute(wanted.order_by(NOTE.c.made_at, NOTE.c.author)).mappings()
    return [Note(**row) for row in rows]


def write(connection: sa.Connection, note: Note, *, based_on: int | None) -> Note:
    """Write an author's note in the place of the one he had, and return it as it is then.

    Args:
        connection: in a transaction that writes.
        note: what it is to be; its revision and ``made_at`` are worked out here.
        based_on: the revision that its author saw, 0 if there was none; ``None``: whatever it is.

    Raises:
        UnknownThreadError: there is no such conversation.
        NoteChanged: he did not see the newest one.
    """
    thread = sa.select(THREAD.c.conversation_id).where(
        THREAD.c.conversation_id == note.conversation_id
    )
    # Two windows of one author come one after the other: the thread's row is held meanwhile.
    if connection.scalar(thread.with_for_update()) is None:
        raise UnknownThreadError(note.conversation_id)
    his = sa.and_(NOTE.c.conversation_id == note.conversation_id, NOTE.c.author == note.author)
    row = connection.execute(sa.select(NOTE).where(his)).mappings().first()
    known = None if row is None else Note(**row)
    if known is not None and (known.text, known.disposition) == (note.text, note.disposition):
        return known
    if known is None:
        known = msgspec.structs.replace(
            note, text="", disposition=None, revision=0, made_at=note.changed_at
        )
    if based_on is not None and based_on != known.revision:
        raise NoteChanged(known=known)
    new = msgspec.structs.replace(note, revision=known.revision + 1, made_at=known.made_at)
    values = msgspec.structs.asdict(new)
    connection.execute(
        sa.update(NOTE).where(his).values(**values)
        if known.revision
        else sa.insert(NOTE).values(**values)
    )
    return new
