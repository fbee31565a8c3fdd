"""Where threads are kept: an SQLite file, or a PostgreSQL database.

``store.py`` is what the desk and the command line use; ``writing.py`` and ``forgetting.py`` are
how records come and go, ``pigeonhole.py`` keeps what could not be read, ``counting.py`` tells how
much there is; ``tables.py`` and ``schema.py`` are the tables, ``engine.py`` and ``address.py`` the
way to them.
"""

import os
from pathlib import Path

from switch.desk.errors import StoreMissingError, StoreUnavailableError
from switch.desk.store import schema
from switch.desk.store.address import FileAddress, address_of
from switch.desk.store.counting import Holdings
from switch.desk.store.engine import Database
from switch.desk.store.forgetting import Traces
from switch.desk.store.store import Store

__all__ = ["Holdings", "Store", "Traces", "make_store", "open_store"]


def open_store(url: str | Path, *, migrate: bool = False) -> Store:
    """Return the store that is there.

    Args:
        url: SQLAlchemy's; a path is an SQLite file.
        migrate: give it the tables of this release; as it is, one of an older release can be
            read and listed, but has no dead letters, and nobody can be erased from it.

    Raises:
        UnsupportedStoreError: it is of no kind we know.
        StoreMissingError: there is none.
        NewerStoreError: a later release has written it.
        StoreUnavailableError: it cannot be read, or is no store.
    """
    address = address_of(url)
    if isinstance(address, FileAddress) and not address.path.is_file():
        raise StoreMissingError(address.path)
    database = Database(address)
    try:
        with database.transaction(writes=migrate) as connection:
            schema.check(connection, address)
            if migrate:
                schema.migrate(connection, address)
    except BaseException:
        database.close()
        raise
    return Store(database)


def make_store(url: str | Path) -> Store:
    """Return the store, made if it is not there, with the tables of this release.

    A file holds people's numbers, so only the user of the switch may read it.

    Args:
        url: SQLAlchemy's; a path is an SQLite file.

    Raises:
        UnsupportedStoreError: it is of no kind we know.
        NewerStoreError: a later release has written it.
        StoreUnavailableError: it cannot be made or is no store.
    """
    address = address_of(url)
    if isinstance(address, FileAddress):
        try:
            address.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # SQLite gives its journals the mode of the file itself.
            os.close(os.open(address.path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            problem = error.strerror or "cannot be opened"
            raise StoreUnavailableError(address.path, problem) from error
    database = Database(address)
    try:
        with database.transaction(writes=True) as connection:
            schema.migrate(connection, address)
    except BaseException:
        database.close()
        raise
    return Store(database)
