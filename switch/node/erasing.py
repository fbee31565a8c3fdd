"""Takes one person out of what the node keeps, so that no replay brings him back.

Rules of this file:

* Nothing is erased while something of him is unsent or a call of his is up: what the node has yet
  to publish is not for another process to take away.
* What is erased is not to be found in the file either: freed pages are overwritten and given
  back, and the write-ahead log is written back and emptied.
* Each step is short, for the node writes meanwhile.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import msgspec

from dialplan.numbers import to_e164
from switch.node import keeping
from switch.node.errors import StillUnsent
from switch.node.ledger import Ledger
from switch.node.schema import SENT_THROUGH

_ROWS_A_STEP: Final = 1000
_PAUSE_S: Final = 0.005


class _Body(msgspec.Struct):
    """Is where a person is named in what is published: leg records, and what was denied."""

    number: str | None = None
    dialled: str | None = None


class _Message(msgspec.Struct):
    data: _Body | None = None


_MESSAGES: Final = msgspec.json.Decoder(_Message)
_BODIES: Final = msgspec.json.Decoder(_Body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Is who is to be erased."""

    number: str
    """In E.164 form."""
    country: str
    """Where numbers are dialled without ``+``; two letters."""

    def is_in(self, message: bytes) -> bool:
        """Tell whether it is his record, or one of somebody who dialled him."""
        try:
            body = _MESSAGES.decode(message).data
        except msgspec.DecodeError:
            return False
        return body is not None and self._is_named(body)

    def is_in_record(self, record: bytes) -> bool:
        """Tell the same of a record as the ledger keeps those of open legs."""
        return self._is_named(_BODIES.decode(record))

    def _is_named(self, body: _Body) -> bool:
        return any(
            written is not None
            and (written == self.number or to_e164(written, self.country) == self.number)
            for written in (body.number, body.dialled)
        )


def erase(ledger: Ledger, person: Person) -> int:
    """Erase what is kept of a person's messages that are sent, and return how many they were.

    The desk's store must forget him first: a replay that runs meanwhile is refused there.

    Args:
        ledger: opened with ``open_beside``; the node may be running.
        person: whom.

    Raises:
        StillUnsent: nothing was erased yet.
        LedgerUnavailable: it cannot be written; some of it may be gone already.
    """
    check_sent(ledger, person)
    with ledger.reading() as connection:
        connection.execute("PRAGMA secure_delete = ON")
    erased = sum(_erase_from(ledger, person, table) for table in ("outbox", "aside"))
    if erased:
        while keeping.shrink(ledger, spare_pages=0):
            time.sleep(_PAUSE_S)
        with ledger.reading() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return erased


def check_sent(ledger: Ledger, person: Person) -> None:
    """See to it that all of a person's records are sent, before anything is erased anywhere.

    Raises:
        StillUnsent: they are not, or a call of his is up.
        LedgerUnavailable: it cannot be read.
    """
    if waiting := _unsent(ledger, person):
        raise StillUnsent(records=waiting)


def _unsent(ledger: Ledger, person: Person) -> int:
    with ledger.reading() as connection:
        unsent = connection.execute(
            f"SELECT payload FROM outbox WHERE seq > {SENT_THROUGH}"  # noqa: S608
        )
        count = sum(person.is_in(payload) for (payload,) in unsent)
        up = connection.execute("SELECT record FROM leg")
        return count + sum(person.is_in_record(record) for (record,) in up)


def _erase_from(ledger: Ledger, person: Person, table: str) -> int:
    erased = last = 0
    while True:
        with ledger.reading() as connection:
            rows = connection.execute(
                f"SELECT seq, payload FROM {table} WHERE seq > ? AND seq <= {SENT_THROUGH} "  # noqa: S608
                "ORDER BY seq LIMIT ?",
                (last, _ROWS_A_STEP),
            ).fetchall()
        if not rows:
            return erased
        last = rows[-1][0]
        his = [(seq,) for seq, payload in rows if person.is_in(payload)]
        if his:
            with ledger.writing() as connection:
                connection.executemany(f"DELETE FROM {table} WHERE seq = ?", his)  # noqa: S608
            erased += len(his)
            time.sleep(_PAUSE_S)
