"""The SQLite files that Kamailio reads: who may register, and who has.

Only HA1 is kept, MD5 over ``user:realm:password`` (RFC 7616 §3.4.2), which is all that a
digest needs; the password itself is nowhere. A change holds from the next request on.

Two files, because db_sqlite has no busy timeout: in one file the registrar's write would make
a digest fail. The credentials are in WAL, so that our commit never makes Kamailio wait.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from switch.edge.settings import check_name

# The versions are those that Kamailio 5.6 asks for at its start.
_CREDENTIALS = """
CREATE TABLE IF NOT EXISTS version (
    table_name VARCHAR(32) NOT NULL UNIQUE,
    table_version INTEGER NOT NULL
);
INSERT OR IGNORE INTO version VALUES ('subscriber', 7);
CREATE TABLE IF NOT EXISTS subscriber (
    username VARCHAR(64) NOT NULL,
    domain VARCHAR(253) NOT NULL,
    ha1 VARCHAR(128) NOT NULL,
    PRIMARY KEY (username, domain)
);
"""

_LOCATIONS = """
CREATE TABLE IF NOT EXISTS version (
    table_name VARCHAR(32) NOT NULL UNIQUE,
    table_version INTEGER NOT NULL
);
INSERT OR IGNORE INTO version VALUES ('location', 9);
CREATE TABLE IF NOT EXISTS location (
    id INTEGER PRIMARY KEY NOT NULL,
    ruid VARCHAR(64) NOT NULL UNIQUE,
    username VARCHAR(64) NOT NULL,
    domain VARCHAR(64),
    contact VARCHAR(512) NOT NULL,
    received VARCHAR(128),
    path VARCHAR(512),
    expires TIMESTAMP NOT NULL,
    q REAL NOT NULL,
    callid VARCHAR(255) NOT NULL,
    cseq INTEGER NOT NULL,
    last_modified TIMESTAMP NOT NULL,
    flags INTEGER NOT NULL,
    cflags INTEGER NOT NULL,
    user_agent VARCHAR(255) NOT NULL,
    socket VARCHAR(64),
    methods INTEGER,
    instance VARCHAR(255),
    reg_id INTEGER NOT NULL DEFAULT 0,
    server_id INTEGER NOT NULL DEFAULT 0,
    connection_id INTEGER NOT NULL DEFAULT 0,
    keepalive INTEGER NOT NULL DEFAULT 0,
    partition INTEGER NOT NULL DEFAULT 0
);
"""

_BUSY_S = 5.0


def create(path: Path) -> None:
    """Make the file of credentials if it is not there; leave it as it is if it is."""
    _create(path, _CREDENTIALS)


def create_locations(path: Path) -> None:
    """Make the file of registrations if it is not there; leave it as it is if it is."""
    _create(path, _LOCATIONS)


def set_password(path: Path, user: str, domain: str, password: str) -> None:
    """Let this user register and call with this password, and with no former one.

    Raises:
        EdgeSettingRefused: the user's name cannot be one.
    """
    set_passwords(path, domain, {user: password})


def set_passwords(path: Path, domain: str, passwords: Mapping[str, str]) -> None:
    """Do the same for many users at once, each with a password of his.

    Raises:
        EdgeSettingRefused: the name of a user cannot be one; then nothing is changed.
    """
    for user in passwords:
        check_name("user", user)
    with _open(path) as connection:
        connection.executemany(
            "INSERT INTO subscriber (username, domain, ha1) VALUES (?, ?, ?)"
            " ON CONFLICT (username, domain) DO UPDATE SET ha1 = excluded.ha1",
            [(user, domain, ha1(user, domain, secret)) for user, secret in passwords.items()],
        )


def remove(path: Path, user: str, domain: str) -> bool:
    """Let this user register and call no more; return whether he could before.

    A registration that stands, stands until it expires.
    """
    with _open(path) as connection:
        removed = connection.execute(
            "DELETE FROM subscriber WHERE username = ? AND domain = ?", (user, domain)
        )
        return removed.rowcount > 0


def users_with_password(path: Path, domain: str) -> frozenset[str]:
    """Return who can register in this domain."""
    with _open(path) as connection:
        rows = connection.execute("SELECT username FROM subscriber WHERE domain = ?", (domain,))
        return frozenset(name for (name,) in rows)


def keep_open(path: Path) -> sqlite3.Connection:
    """Return a connection that is only to be kept while the edge runs, and closed after it.

    Whoever is the first to open the file sets up its WAL and locks the others out meanwhile,
    and Kamailio does not wait for a lock: of two phones that register in that moment one
    would be told that its password is wrong.
    """
    create(path)
    connection = sqlite3.connect(path, timeout=_BUSY_S)
    connection.execute("SELECT count(*) FROM subscriber").fetchone()
    return connection


def ha1(user: str, realm: str, password: str) -> str:
    """Return the part of a digest that stands for the password (RFC 7616 §3.4.2, MD5)."""
    secret = f"{user}:{realm}:{password}".encode()
    return hashlib.md5(secret, usedforsecurity=False).hexdigest()


def _create(path: Path, tables: str) -> None:
    # Before SQLite touches it: the -wal and -shm files take their mode from this one.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    path.chmod(0o600)
    with closing(sqlite3.connect(path, timeout=_BUSY_S)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(tables)


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    create(path)
    with closing(sqlite3.connect(path, timeout=_BUSY_S)) as connection, connection:
        yield connection
