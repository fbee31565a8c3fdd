"""Which tables a store has, and how it comes to have today's.

Rules of this file:

* A store that has tables of the first release, and no version, is of version 0001.
* Whoever migrates holds a lock meanwhile: of two desks that start together one waits.
* What a later release wrote is not touched, not even read.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from switch.desk.errors import NewerStoreError, StoreMissingError, StoreUnavailableError
from switch.desk.store.address import Address
from switch.desk.store.engine import is_sqlite

VERSIONS: Final = ("0001", "0002", "0003")
"""All there are, the oldest first; a test compares them with the migrations."""

_FIRST: Final = VERSIONS[0]
_NEWEST: Final = VERSIONS[-1]
_LOCK: Final = 0x736F_6674_7377
"""A number of ours among a PostgreSQL database's advisory locks."""


def migrate(connection: sa.Connection, address: Address) -> None:
    """Give the store today's tables; what is in it stays.

    Raises:
        NewerStoreError: a later release has written it.
        StoreUnavailableError: the database cannot hold what records say.
    """
    if not is_sqlite(connection):
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise StoreUnavailableError(
                str(address), f"its encoding is {encoding}, which lacks many a name's letters: "
                "make the database with ENCODING 'UTF8'"
            )  # fmt: skip
    found = version_of(connection)
    if found == _NEWEST:
        return
    _refuse_newer(address, found)
    _run(connection, found)


def check(connection: sa.Connection, address: Address) -> None:
    """See to it that the store can be read as it is.

    Raises:
        StoreMissingError: it has no tables yet.
        NewerStoreError: a later release has written it.
    """
    found = version_of(connection)
    if found is None:
        raise StoreMissingError(str(address))
    _refuse_newer(address, found)


def version_of(connection: sa.Connection) -> str | None:
    """Return the version of the store's tables; ``None`` if it has none."""
    tables = sa.inspect(connection)
    if tables.has_table("alembic_version"):
        version = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
        found: str | None = version.scalar()
        if found is not None:
            return found
    return _FIRST if tables.has_table("thread") else None


def _refuse_newer(address: Address, found: str | None) -> None:
    if found is not None and found not in VERSIONS:
        raise NewerStoreError(str(address), found, _NEWEST)


def _run(connection: sa.Connection, found: str | None) -> None:
    """Carry out the steps from that version on."""
    # It takes longer to import than a command line may take to answer.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "switch.desk:migrations")
    config.attributes["connection"] = connection
    if found == _FIRST:
        command.stamp(config, _FIRST)
    command.upgrade(config, "head")
