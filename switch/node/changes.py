"""What one transaction changes in the ledger: of each leg only how it is in the end."""

from __future__ import annotations

import sqlite3
from typing import Final

import msgspec

from switch.node.entries import (
    CallKept,
    CallOver,
    DialogKept,
    Entry,
    LegKept,
    Sent,
    SetAside,
    Stored,
    ToPublish,
    WaitingKept,
    WordsKept,
    WordsOver,
)

_PUBLISH: Final = "INSERT INTO outbox (made_at, topic, payload) VALUES (?, ?, ?)"
_PUT_CALL: Final = "REPLACE INTO call VALUES (?, ?, ?, ?, ?)"
_PUT_LEG: Final = "REPLACE INTO leg VALUES (?, ?, ?)"
_PUT_DIALOG: Final = "REPLACE INTO dialog VALUES (?, ?, ?)"
_PUT_WAITING: Final = "REPLACE INTO waiting VALUES (?, ?)"
_NO_WAITING: Final = "DELETE FROM waiting WHERE conversation_id = ?"
_PUT_WORDS: Final = "REPLACE INTO words VALUES (?, ?, ?, ?, ?)"
_NO_WORDS: Final = "DELETE FROM words WHERE port = ?"
_PUT_SENT: Final = "REPLACE INTO sent VALUES (?1, ?2)"
_MOVE_SENT: Final = (
    "UPDATE sent SET through = ?1, at = ?2 WHERE through = (SELECT max(through) FROM sent) "
    "AND CAST(at / 5 AS INTEGER) = CAST(?2 / 5 AS INTEGER)"
)
"""One mark for 5 s is enough to say what was sent when."""
_PUT_STORED: Final = "REPLACE INTO stored VALUES (1, ?)"
_SET_ASIDE: Final = (
    "INSERT OR IGNORE INTO aside SELECT seq, made_at, topic, payload, ? FROM outbox WHERE seq = ?"
)
_DROP_ROW: Final = "DELETE FROM outbox WHERE seq = ?"
_END_LEG: Final = tuple(
    f"DELETE FROM {table} WHERE conversation_id = ? AND leg_id = ?"  # noqa: S608
    for table in ("leg", "dialog")
)
_END_CALL: Final = tuple(
    f"DELETE FROM {table} WHERE conversation_id = ?"  # noqa: S608
    for table in ("call", "leg", "dialog", "waiting")
)

_ENCODE: Final = msgspec.json.Encoder().encode

_Leg = tuple[str, str]
"""Of which conversation, and which leg."""


class Changes:
    """Takes entries in their order, and writes what they come to."""

    def __init__(self, at_s: float) -> None:
        """Begin with none; what is to be published was made at that time."""
        self._at_s = at_s
        self._outgoing: list[tuple[float, str, bytes]] = []
        self._calls: dict[str, tuple[str, str, int, int, bytes]] = {}
        self._legs: dict[_Leg, bytes | None] = {}
        self._dialogs: dict[_Leg, bytes] = {}
        self._waiting: dict[str, bytes | None] = {}
        self._over: dict[str, None] = {}
        self._words: dict[str, tuple[str, int, bytes, bool, float]] = {}
        self._silent: dict[int, None] = {}
        self._sent: dict[int, float] = {}
        self._stored: int | None = None
        self._aside: list[tuple[str, int]] = []

    def add(self, entry: Entry) -> None:
        """Take one more; it counts in the place of what it makes out of date."""
        match entry:
            case ToPublish(topic, payload):
                self._outgoing.append((self._at_s, topic, payload))
            case LegKept(record):
                leg = (record.conversation_id, record.leg_id)
                is_open = record.ended_at is None
                self._legs[leg] = _ENCODE(record) if is_open else None
                if not is_open:
                    self._dialogs.pop(leg, None)
            case DialogKept(conversation_id, leg_id, dialog):
                self._dialogs[conversation_id, leg_id] = _ENCODE(dialog)
            case WaitingKept(conversation_id, waiting):
                self._waiting[conversation_id] = None if waiting is None else _ENCODE(waiting)
            case CallKept(conversation_id, worker, port, pid, memory):
                self._calls[conversation_id] = (conversation_id, worker, port, pid, memory)
            case CallOver(conversation_id):
                self._forget(conversation_id)
            case WordsKept() | WordsOver():
                self._add_words(entry)
            case Sent(through, at_s):
                self._sent = {through: at_s}
            case Stored(through):
                self._stored = through
            case SetAside(seq, why):
                self._aside.append((why, seq))

    def _add_words(self, entry: WordsKept | WordsOver) -> None:
        match entry:
            case WordsKept(leg_id, dialog, is_said):
                words = (leg_id, dialog.port, _ENCODE(dialog), is_said, self._at_s)
                self._words[leg_id] = words
            case WordsOver(port):
                self._silent[port] = None
                for leg_id in [one for one, words in self._words.items() if words[1] == port]:
                    del self._words[leg_id]

    def _forget(self, conversation_id: str) -> None:
        self._over[conversation_id] = None
        self._calls.pop(conversation_id, None)
        self._waiting.pop(conversation_id, None)
        for leg in [leg for leg in self._legs if leg[0] == conversation_id]:
            del self._legs[leg]
        for leg in [leg for leg in self._dialogs if leg[0] == conversation_id]:
            del self._dialogs[leg]

    def write(self, connection: sqlite3.Connection) -> None:
        """Write them, within the transaction of whoever calls."""
        if self._outgoing:
            connection.executemany(_PUBLISH, self._outgoing)
        for mark in self._sent.items():
            if connection.execute(_MOVE_SENT, mark).rowcount == 0:
                connection.execute(_PUT_SENT, mark)
        if self._stored is not None:
            connection.execute(_PUT_STORED, (self._stored,))
        for why, seq in self._aside:
            connection.execute(_SET_ASIDE, (why, seq))
            connection.execute(_DROP_ROW, (seq,))
        for conversation_id in self._over:  # first: what was kept of it afterwards counts
            for statement in _END_CALL:
                connection.execute(statement, (conversation_id,))
        if self._calls:
            connection.executemany(_PUT_CALL, self._calls.values())
        for port in self._silent:  # first, likewise
            connection.execute(_NO_WORDS, (port,))
        if self._words:
            connection.executemany(_PUT_WORDS, self._words.values())
        self._write_legs(connection)

    def _write_legs(self, connection: sqlite3.Connection) -> None:
        for leg, record in self._legs.items():
            if record is not None:
                connection.execute(_PUT_LEG, (*leg, record))
        for leg, dialog in self._dialogs.items():
            connection.execute(_PUT_DIALOG, (*leg, dialog))
        for leg in (leg for leg, record in self._legs.items() if record is None):
            for statement in _END_LEG:
                connection.execute(statement, leg)
        for conversation_id, waiting in self._waiting.items():
            if waiting is None:
                connection.execute(_NO_WAITING, (conversation_id,))
            else:
                connection.execute(_PUT_WAITING, (conversation_id, waiting))
