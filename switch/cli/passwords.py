"""``softswitch password``: what a rep's phones register with."""

from __future__ import annotations

import getpass
import secrets
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import typer

from switch.config import Config
from switch.edge import credentials
from switch.errors import SwitchError

_SHORTEST: Final = 8
"""Whoever guesses a rep's password telephones at the company's expense, so it has a length."""

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Those that nobody mistakes for each other when he types them into a phone."""

_GENERATED_LENGTH: Final = 16


class UnknownRep(SwitchError):
    """Is a name that no rep has."""

    def __init__(self, *, name: str, known: Sequence[str]) -> None:
        """Keep the name, and those that reps have."""
        super().__init__(name, known)
        self.name = name
        self.known = tuple(known)

    def __str__(self) -> str:
        """Say who is meant, and who there is."""
        there = ", ".join(self.known) or "nobody yet"
        return f"there is no rep {self.name!r}; reps.toml has {there}"


class PasswordRefused(SwitchError):
    """Is a password that is not taken."""

    def __init__(self, *, why: str) -> None:
        """Keep why; the password itself is nowhere."""
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        """Say why, and that nothing has changed."""
        return f"{self.why}; nothing was changed"


class CredentialsUnusable(SwitchError):
    """Is a file of credentials that cannot be read or written."""

    def __init__(self, *, path: Path, problem: str) -> None:
        """Keep which file, and what SQLite said."""
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        """Say both."""
        return f"{self.path} cannot be used: {self.problem}"


def with_password(config: Config) -> frozenset[str]:
    """Return the names of the reps whose phones can register; the file need not be there yet.

    Raises:
        CredentialsUnusable: the file is there and cannot be read.
    """
    path = config.credentials_path
    if not path.exists():
        return frozenset()
    with _sentences(path):
        return credentials.users_with_password(path, config.switch.domain)


def change(config: Config, rep: str, *, generate: bool) -> None:
    """Ask for a rep's password, or make one up, and keep its digest.

    Raises:
        UnknownRep: nobody is called so.
        PasswordRefused: it is too short, or was typed differently the second time.
        CredentialsUnusable: it cannot be kept.
    """
    require_rep(config, rep)
    password = new_password(rep, generate=generate)
    path = config.credentials_path
    path.parent.mkdir(parents=True, exist_ok=True)
    domain = config.switch.domain
    with _sentences(path):
        credentials.set_password(path, rep, domain, password)
    if generate:
        # Alone on standard output, so that a script can take it.
        typer.echo(f"The password of {rep}, shown this once:", err=True)
        typer.echo(password)
    typer.echo(f"{rep} can register now, as {rep} in the domain {domain}.", err=True)


def remove(config: Config, rep: str) -> None:
    """Take a rep's password away; also that of one who is in ``reps.toml`` no more.

    Raises:
        UnknownRep: nobody is called so, and nobody of that name has a password.
        CredentialsUnusable: it cannot be taken away.
    """
    path = config.credentials_path
    if rep not in with_password(config):
        require_rep(config, rep)
        typer.echo(f"{rep} has no password; nothing to remove.", err=True)
        return
    with _sentences(path):
        credentials.remove(path, rep, config.switch.domain)
    typer.echo(
        f"{rep} can neither register nor call any more; a registration that stands is good for "
        "calls to him until it expires.",
        err=True,
    )


def new_password(rep: str, *, generate: bool) -> str:
    """Return the password that was asked for, or made up.

    Raises:
        PasswordRefused: it is too short, or was typed differently the second time.
    """
    password = _made_up() if generate else _asked(rep)
    if len(password) < _SHORTEST:
        raise PasswordRefused(why=f"a password has at least {_SHORTEST} characters")
    return password


def require_rep(config: Config, rep: str) -> None:
    """See to it that there is such a rep.

    Raises:
        UnknownRep: nobody is called so.
    """
    if config.dialplan.rep(rep) is None:
        raise UnknownRep(name=rep, known=[one.name for one in config.dialplan.reps])


def _made_up() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_GENERATED_LENGTH))


def _asked(rep: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass(f"New password for {rep}: ")
    if first != getpass.getpass("Once more: "):
        raise PasswordRefused(why="the two are not the same")
    return first


@contextmanager
def _sentences(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise CredentialsUnusable(path=path, problem=str(error)) from None
