"""The tables of the ledger.

``user_version`` says which these are. A later release that changes them reads the old ones, and
writes its own number: then this release leaves the file alone.
"""

from __future__ import annotations

from typing import Final

VERSION: Final = 1

TABLES: Final = """
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, made_at REAL NOT NULL,
    topic TEXT NOT NULL, payload BLOB NOT NULL);
CREATE TABLE sent (through INTEGER PRIMARY KEY, at REAL NOT NULL);
CREATE TABLE stored (one INTEGER PRIMARY KEY CHECK (one = 1), through INTEGER NOT NULL);
CREATE TABLE aside (
    seq INTEGER PRIMARY KEY, made_at REAL NOT NULL,
    topic TEXT NOT NULL, payload BLOB NOT NULL, why TEXT NOT NULL);
CREATE TABLE call (
    conversation_id TEXT PRIMARY KEY, worker TEXT NOT NULL, port INTEGER NOT NULL,
    pid INTEGER NOT NULL, memory BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE leg (
    conversation_id TEXT, leg_id TEXT, record BLOB NOT NULL,
    PRIMARY KEY (conversation_id, leg_id)) WITHOUT ROWID;
CREATE TABLE dialog (
    conversation_id TEXT, leg_id TEXT, dialog BLOB NOT NULL,
    PRIMARY KEY (conversation_id, leg_id)) WITHOUT ROWID;
CREATE TABLE words (
    leg_id TEXT PRIMARY KEY, port INTEGER NOT NULL, dialog BLOB NOT NULL,
    is_said INTEGER NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE waiting (conversation_id TEXT PRIMARY KEY, waiting BLOB NOT NULL) WITHOUT ROWID;
"""

SENT_THROUGH: Final = "(SELECT ifnull(max(through), 0) FROM sent)"
"""SQL: the number of the last row that is sent."""
