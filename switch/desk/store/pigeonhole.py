"""Where dead letters lie: so many, and so many bytes; the oldest make room."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from switch.desk.letters import DeadLetter
from switch.desk.store.engine import is_sqlite
from switch.desk.store.tables import DEAD_LETTER

MOST_LETTERS: Final = 10_000
MOST_BYTES: Final = 64 * 1024 * 1024
_AT_ONCE: Final = 100
_LOCK: Final = 0x736F_6674_646C
"""A number of ours among a PostgreSQL database's advisory locks."""


def put(connection: sa.Connection, letters: Sequence[DeadLetter]) -> None:
    """Keep these letters; one that is there already (sent again) stays as it is."""
    if not letters:
        return
    insert = sqlite.insert if is_sqlite(connection) else postgresql.insert
    if not is_sqlite(connection):
        # Two desks may bring the same letters in different order.
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    rows = {digest(letter): letter for letter in letters}
    connection.execute(
        insert(DEAD_LETTER).on_conflict_do_nothing(index_elements=["digest"]),
        [
            {
                "at": letter.at,
                "topic": letter.topic,
                "kind": letter.kind,
                "problem": letter.problem,
                "payload": letter.payload,
                "digest": one,
            }
            for one, letter in rows.items()
        ],
    )
    _make_room(connection)


def newest(connection: sa.Connection, *, limit: int, kind: str | None) -> list[DeadLetter]:
    """Return letters, the one that came last first."""
    wanted = sa.select(DEAD_LETTER).order_by(DEAD_LETTER.c.id.desc()).limit(limit)
    if kind is not None:
        wanted = wanted.where(DEAD_LETTER.c.kind == kind)
    return [_letter(row) for row in connection.execute(wanted)]


def after(
    connection: sa.Connection, number: int, *, kind: str | None = None
) -> list[DeadLetter]:  # fmt: skip
    """Return the next letters, the oldest first: some at a time, for each may be long."""
    wanted = sa.select(DEAD_LETTER).where(DEAD_LETTER.c.id > number)
    if kind is not None:
        wanted = wanted.where(DEAD_LETTER.c.kind == kind)
    rows = connection.execute(wanted.order_by(DEAD_LETTER.c.id).limit(_AT_ONCE))
    return [_letter(row) for row in rows]


def drop(connection: sa.Connection, numbers: Sequence[int]) -> None:
    """Take letters out."""
    connection.execute(sa.delete(DEAD_LETTER).where(DEAD_LETTER.c.id.in_(numbers)))


def every(
    read: Callable[[int], list[DeadLetter]],
) -> Iterator[list[DeadLetter]]:
    """Yield all letters in order, some at a time, as ``read`` returns those after a number."""
    number = 0
    while letters := read(number):
        yield letters
        number = max(letter.number or 0 for letter in letters)


def digest(letter: DeadLetter) -> str:
    """Return what is the same for the same message."""
    told = letter.topic.encode("utf-8", "replace") + b"\0" + letter.payload
    return hashlib.sha256(told).hexdigest()


def _letter(row: Any) -> DeadLetter:
    return DeadLetter(
        number=row.id,
        at=row.at,
        topic=row.topic,
        kind=row.kind,
        problem=row.problem,
        payload=bytes(row.payload),
    )


def _make_room(connection: sa.Connection) -> None:
    """Drop the oldest until there are few enough, and short enough together."""
    size = sa.func.length(DEAD_LETTER.c.payload)
    lying = sa.select(
        DEAD_LETTER.c.id.label("id"),
        sa.func.row_number().over(order_by=DEAD_LETTER.c.id.desc()).label("place"),
        sa.func.sum(size).over(order_by=DEAD_LETTER.c.id.desc()).label("bytes"),
    ).subquery()
    too_old = sa.select(sa.func.max(lying.c.id)).where(
        sa.or_(lying.c.place > MOST_LETTERS, lying.c.bytes > MOST_BYTES)
    )
    last = connection.scalar(too_old)
    if last is not None:
        connection.execute(sa.delete(DEAD_LETTER).where(DEAD_LETTER.c.id <= last))
