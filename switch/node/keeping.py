"""Messages that are sent: how long they are kept, who reads them again, who is taken out of them.

Rules of this file:

* What is not sent is never dropped, whatever the clock and the limit say.
* When something was sent is what the clock said then, and clocks are set: a message counts as old
  if it, or one after it, was sent long ago; and "since" begins with the first that was sent then
  or later, and takes all that come after it.
* Each step is short, for the node writes meanwhile.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final

from switch.node.entries import Outgoing
from switch.node.ledger import Ledger
from switch.node.schema import SENT_THROUGH
from switch.records import topics
from switch.records.errors import TopicError

_ROWS_A_STEP: Final = 500
_PAGES_A_STEP: Final = 250
"""1 MB, about as much as the rows of a step."""
_SPARE_PAGES: Final = 1000
"""What is left free, for new rows: 4 MB."""
_OLD: Final = (
    # Only the first marks are looked at: there are many, and this is asked all the time.
    "SELECT ifnull(max(through), 0) FROM (SELECT * FROM sent ORDER BY through LIMIT 500) "
    "WHERE at < ?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """Is how full the outbox is."""

    messages: int
    """All that are kept, sent or not."""
    unsent: int
    aside: int
    """Those that no broker took."""
    used_bytes: int
    """What the file holds, its free pages not counted."""
    oldest_unsent_at_s: float | None
    """When the first that is unsent was made; None: all are sent."""

    @property
    def unsent_bytes(self) -> int:
        """What of it is unsent, about: rows are of much the same size."""
        return self.used_bytes * self.unsent // self.messages if self.messages else 0


def measure(ledger: Ledger) -> Fill:
    """Return how full the outbox is; it costs the same however full that is.

    Raises:
        LedgerUnavailable: it cannot be read.
    """
    with ledger.reading() as connection:
        first, last, through, aside = _row(
            connection,
            "SELECT ifnull(min(seq), 0), ifnull(max(seq), -1), "  # noqa: S608
            f"{SENT_THROUGH}, (SELECT count(*) FROM aside) FROM outbox",
        )
        pages, free, page_bytes = (
            _row(connection, f"PRAGMA {name}")[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        oldest = connection.execute(
            f"SELECT made_at FROM outbox WHERE seq > {SENT_THROUGH} ORDER BY seq LIMIT 1"  # noqa: S608
        ).fetchone()
    return Fill(
        messages=last - first + 1,
        unsent=max(0, last - max(through, first - 1)),
        aside=aside,
        used_bytes=(pages - free) * page_bytes,
        oldest_unsent_at_s=oldest[0] if oldest else None,
    )


def drop_sent(ledger: Ledger, *, before_s: float | None, most_bytes: int) -> int:
    """Drop some messages that were sent before an instant, or any sent ones while the file is full.

    Args:
        ledger: where they are.
        before_s: the instant; None: only the size counts.
        most_bytes: how much the file may hold.

    Returns:
        How many; if any, there may be more.

    Raises:
        LedgerUnavailable: none was dropped.
    """
    is_full = measure(ledger).used_bytes > most_bytes
    with ledger.writing() as connection:
        through = _row(connection, f"SELECT {SENT_THROUGH}")[0]
        upto = through
        if not is_full:
            upto = 0 if before_s is None else _row(connection, _OLD, before_s)[0]
        dropped = connection.execute(
            "DELETE FROM outbox WHERE seq IN "
            "(SELECT seq FROM outbox WHERE seq <= ? ORDER BY seq LIMIT ?)",
            (min(upto, through), _ROWS_A_STEP),
        ).rowcount
        if dropped:  # the last mark stays for ever: it says what is sent
            connection.execute(
                "DELETE FROM sent WHERE through < ? "
                "AND through < (SELECT ifnull(min(seq), ?) FROM outbox)",
                (through, through),
            )
    return dropped


def shrink(ledger: Ledger, *, spare_pages: int = _SPARE_PAGES) -> int:
    """Give some of the file's free pages back to the disk, and return how many.

    Raises:
        LedgerUnavailable: none was given back.
    """
    with ledger.reading() as connection:
        free = _row(connection, "PRAGMA freelist_count")[0] - spare_pages
        pages = max(0, min(free, _PAGES_A_STEP))
        if pages:
            # `execute` stops after the first of them: it sees no columns.
            connection.executescript(f"PRAGMA incremental_vacuum({pages})")
    return pages


def first_since(ledger: Ledger, since_s: float) -> int | None:
    """Return the number of the first message that was sent at an instant or later; None: none was.

    Raises:
        LedgerUnavailable: it cannot be read.
    """
    with ledger.reading() as connection:
        row = connection.execute(
            "SELECT seq FROM outbox WHERE seq <= (SELECT max(through) FROM sent) AND seq > ifnull("
            "(SELECT max(through) FROM sent WHERE through < "
            "(SELECT min(through) FROM sent WHERE at >= ?1)), 0) "
            "AND EXISTS (SELECT * FROM sent WHERE at >= ?1) ORDER BY seq LIMIT 1",
            (since_s,),
        ).fetchone()
    return int(row[0]) if row else None


def first_of_last(ledger: Ledger, seconds: float) -> int | None:
    """Return the number of the first message of those last seconds in which any were sent.

    Raises:
        LedgerUnavailable: it cannot be read.
    """
    with ledger.reading() as connection:
        mark = connection.execute("SELECT at FROM sent ORDER BY through DESC LIMIT 1").fetchone()
    return None if mark is None else first_since(ledger, mark[0] - seconds)


def kept_since(ledger: Ledger) -> float | None:
    """Return when the oldest message that is kept was sent; None: none is kept.

    Raises:
        LedgerUnavailable: it cannot be read.
    """
    with ledger.reading() as connection:
        row = connection.execute(
            "SELECT at FROM sent WHERE through >= (SELECT min(seq) FROM outbox) "
            "ORDER BY through LIMIT 1"
        ).fetchone()
    return float(row[0]) if row else None


def conversation_of(topic: str) -> str | None:
    """Return whose record a topic is of; None: it is none of a leg's."""
    try:
        about = topics.parse(topic)
    except TopicError:
        return None
    return about.conversation_id if isinstance(about, topics.LegTopic) else None


def conversations(ledger: Ledger, beginning: str, *, limit: int) -> list[str]:
    """Return the ids of conversations whose records are sent and whose ids begin like that.

    One that is all of what was asked for comes first.

    Raises:
        LedgerUnavailable: it cannot be read.
    """
    with ledger.reading() as connection:
        found = connection.execute(
            "SELECT DISTINCT topic FROM (SELECT seq, topic FROM outbox UNION ALL "  # noqa: S608
            f"SELECT seq, topic FROM aside) WHERE seq <= {SENT_THROUGH}"
        ).fetchall()
    ids = {one for (topic,) in found if (one := conversation_of(topic)) is not None}
    return sorted(one for one in ids if one.startswith(beginning))[:limit]


def sent_rows(ledger: Ledger, *, after_seq: int, limit: int) -> list[Outgoing]:
    """Return messages that are sent, or set aside, in order: those behind a number.

    Raises:
        LedgerUnavailable: it cannot be read.
    """
    with ledger.reading() as connection:
        rows = connection.execute(
            "SELECT seq, topic, payload FROM outbox "  # noqa: S608
            f"WHERE seq > ?1 AND seq <= {SENT_THROUGH} "
            "UNION ALL SELECT seq, topic, payload FROM aside WHERE seq > ?1 ORDER BY seq LIMIT ?2",
            (after_seq, limit),
        ).fetchall()
    return [Outgoing(*row) for row in rows]


def _row(connection: sqlite3.Connection, query: str, *values: float) -> tuple[int, ...]:
    row: tuple[int, ...] = connection.execute(query, values).fetchone()
    return row
