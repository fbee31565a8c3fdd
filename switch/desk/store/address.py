"""Where a store is: what ``[desk] store`` says, taken apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from switch.desk.errors import UnsupportedStoreError


@dataclass(frozen=True, slots=True)
class FileAddress:
    """Is an SQLite file."""

    path: Path

    def __str__(self) -> str:
        """Return the file's name."""
        return str(self.path)


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Is a database on a PostgreSQL server."""

    url: sa.URL = field(repr=False)

    def __str__(self) -> str:
        """Return where it is, without who we are there and by which password."""
        url = self.url
        host = url.host or "/".join(url.normalized_query.get("host", ("this machine",)))
        port = "" if url.port is None else f":{url.port}"
        return f"{url.database or ''} on {host}{port} (PostgreSQL)".strip()


Address = FileAddress | ServerAddress


def address_of(url: str | Path) -> Address:
    """Return where a store is.

    Which driver the URL names (``postgresql+asyncpg``) does not matter: we have one for each.

    Args:
        url: SQLAlchemy's; a path is an SQLite file.

    Raises:
        UnsupportedStoreError: it is of no kind we know.
    """
    if isinstance(url, Path):
        return FileAddress(url)
    try:
        parsed = sa.engine.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise UnsupportedStoreError("what is no URL") from None
    kind = parsed.get_backend_name()
    if kind == "postgresql":
        return ServerAddress(parsed.set(drivername="postgresql+psycopg"))
    if kind != "sqlite":
        raise UnsupportedStoreError(kind)
    if not parsed.database or parsed.database == ":memory:":
        raise UnsupportedStoreError("SQLite without a file")
    return FileAddress(Path(parsed.database))
