"""Who may use the desk: reps by password, programs by token.

A file of its own beside the credentials of the phones: to lose a phone's password is not to lose
the page's, and the other way round.

Rules of this file:

* Nothing in it helps whoever steals it: passwords are argon2 hashes, tokens digests. A token has
  256 bits that nobody can guess, so its digest need not be slow.
* Every use of it is a connection of its own: they are few, and each lasts a moment.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from switch.errors import SwitchError

SCOPES: Final = ("read", "control", "admin")
"""What a token may be good for: to look; to transfer, resume and write notes; to see tokens and
webhooks."""

_HASHER: Final = PasswordHasher()
_PREFIX: Final = "ssw_"
"""What a token begins with, so that people and leak scanners know one when they see it."""
_KEY_BYTES: Final = 32
_STAMP_LETTERS: Final = 16
_ANSWERS_KEPT_S: Final = 86_400.0
_NOBODYS: Final = _HASHER.hash(secrets.token_hex(8))
"""Is verified for a name that has no password, so that it takes as long."""
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS password (rep TEXT PRIMARY KEY, hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS token (
    name TEXT PRIMARY KEY, digest TEXT NOT NULL UNIQUE, scopes TEXT NOT NULL,
    made_at REAL NOT NULL, used_at REAL
);
CREATE TABLE IF NOT EXISTS answer (
    token TEXT, key TEXT, fingerprint TEXT NOT NULL, answer TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (token, key)
);
CREATE TABLE IF NOT EXISTS secret (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class PeopleUnusable(SwitchError):
    """Is a file of passwords and tokens that cannot be read or written."""

    def __init__(self, *, path: Path, problem: str) -> None:
        """Keep which file, and what is wrong."""
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        """Say both."""
        return f"{self.path} cannot be used: {self.problem}"


class TokenExists(SwitchError):
    """Says that a token of that name is there already."""

    def __init__(self, *, name: str) -> None:
        """Keep the name."""
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        """Say which, and what helps."""
        return f"there is a token {self.name!r} already: softswitch token remove {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """Is what is known of a token; not the token itself, which nobody knows but its holder."""

    name: str
    scopes: tuple[str, ...]
    made_at: float
    """UTC seconds."""
    used_at: float | None
    """When it was used last; ``None``: never, or not for some minutes before the desk stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Is the answer to a request that was made with an Idempotency-Key."""

    fingerprint: str
    """What tells this request from another one."""
    answer: str
    """What was answered, as JSON."""


class People:
    """Is the file; it is made when something is first written into it."""

    def __init__(self, path: Path) -> None:
        """Keep where it is."""
        self._path = path

    # ------------------------------------------------------------ reps

    def set_password(self, rep: str, password: str) -> None:
        """Give a rep a password: pages that are open with the old one are signed out."""
        hashed = _HASHER.hash(password)
        with self._open() as file:
            file.execute("INSERT OR REPLACE INTO password VALUES (?, ?)", (rep, hashed))

    def remove_password(self, rep: str) -> bool:
        """Take a rep's password away; False if he had none."""
        with self._open() as file:
            return bool(file.execute("DELETE FROM password WHERE rep = ?", (rep,)).rowcount)

    def with_password(self) -> frozenset[str]:
        """Return the names of all who have one."""
        with self._open() as file:
            return frozenset(rep for (rep,) in file.execute("SELECT rep FROM password"))

    def verify(self, rep: str, password: str) -> str | None:
        """Return the stamp of a rep's password if this is it; ``None`` if not. Takes its time."""
        hashed = self._hash(rep)
        try:
            _HASHER.verify(hashed or _NOBODYS, password)
        except (Argon2Error, InvalidHashError):
            return None
        return None if hashed is None else _stamp(hashed)

    def stamp(self, rep: str) -> str | None:
        """Return what tells one password of a rep from the next; ``None``: he has none."""
        hashed = self._hash(rep)
        return None if hashed is None else _stamp(hashed)

    def _hash(self, rep: str) -> str | None:
        with self._open() as file:
            row = file.execute("SELECT hash FROM password WHERE rep = ?", (rep,)).fetchone()
        return None if row is None else str(row[0])

    # ------------------------------------------------------------ programs

    def make_token(self, name: str, scopes: Sequence[str]) -> str:
        """Make a token and return it: it is nowhere else.

        Raises:
            TokenExists: there is one of that name.
        """
        token = _PREFIX + secrets.token_urlsafe(_KEY_BYTES)
        row = (name, _digest(token), " ".join(scopes), time.time())
        with self._open() as file:
            try:
                file.execute("INSERT INTO token VALUES (?, ?, ?, ?, NULL)", row)
            except sqlite3.IntegrityError:
                raise TokenExists(name=name) from None
        return token

    def remove_token(self, name: str) -> bool:
        """Take a token away; False if there was none."""
        with self._open() as file:
            return bool(file.execute("DELETE FROM token WHERE name = ?", (name,)).rowcount)

    def tokens(self) -> tuple[Token, ...]:
        """Return all tokens, by name."""
        with self._open() as file:
            rows = file.execute("SELECT name, scopes, made_at, used_at FROM token ORDER BY name")
            return tuple(_token(row) for row in rows)

    def token(self, token: str) -> Token | None:
        """Return what a token is good for; ``None``: it is none."""
        with self._open() as file:
            row = file.execute(
                "SELECT name, scopes, made_at, used_at FROM token WHERE digest = ?",
                (_digest(token),),
            ).fetchone()
        return None if row is None else _token(row)

    def note_use(self, name: str, at: float) -> None:
        """Note when a token was used."""
        with self._open() as file:
            file.execute("UPDATE token SET used_at = ? WHERE name = ?", (at, name))

    def kept(self, token: str, key: str, now_s: float) -> Kept | None:
        """Return the answer that was kept for a token's key; ``None``: there is none."""
        with self._open() as file:
            row = file.execute(
                "SELECT fingerprint, answer FROM answer WHERE token = ? AND key = ? AND at > ?",
                (token, key, now_s - _ANSWERS_KEPT_S),
            ).fetchone()
        return None if row is None else Kept(fingerprint=row[0], answer=row[1])

    def keep(self, token: str, key: str, kept: Kept, now_s: float) -> None:
        """Keep an answer, and forget those that nobody asks for any more."""
        row = (token, key, kept.fingerprint, kept.answer, now_s)
        with self._open() as file:
            file.execute("DELETE FROM answer WHERE at < ?", (now_s - _ANSWERS_KEPT_S,))
            file.execute("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?)", row)

    # ------------------------------------------------------------ ourselves

    def secret(self, name: str) -> str:
        """Return a secret of the desk's own, made up the first time it is asked for."""
        made_up = secrets.token_urlsafe(_KEY_BYTES)
        with self._open() as file:
            file.execute("INSERT OR IGNORE INTO secret VALUES (?, ?)", (name, made_up))
            row = file.execute("SELECT value FROM secret WHERE name = ?", (name,)).fetchone()
        return str(row[0])

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
            with contextlib.closing(sqlite3.connect(self._path, timeout=10)) as file:
                file.executescript(_TABLES)
                with file:
                    yield file
        except (sqlite3.Error, OSError) as error:
            raise PeopleUnusable(path=self._path, problem=str(error)) from None


def _token(row: tuple[str, str, float, float | None]) -> Token:
    name, scopes, made_at, used_at = row
    return Token(name=name, scopes=tuple(scopes.split()), made_at=made_at, used_at=used_at)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _stamp(hashed: str) -> str:
    return hashlib.sha256(hashed.encode()).hexdigest()[:_STAMP_LETTERS]
