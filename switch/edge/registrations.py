"""The SQLite file of our accounts at providers, which Kamailio reads when it starts.

It holds what stands for a password: the file is ours alone, like that of the credentials.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from switch.edge.settings import EdgeRegistration

# The version is the one that Kamailio 5.6 asks for at its start.
_TABLES = """
DROP TABLE IF EXISTS version;
CREATE TABLE version (
    table_name VARCHAR(32) NOT NULL UNIQUE,
    table_version INTEGER NOT NULL
);
INSERT INTO version VALUES ('uacreg', 5);
DROP TABLE IF EXISTS uacreg;
CREATE TABLE uacreg (
    id INTEGER PRIMARY KEY NOT NULL,
    l_uuid VARCHAR(64) NOT NULL UNIQUE,
    l_username VARCHAR(64) NOT NULL,
    l_domain VARCHAR(64) NOT NULL,
    r_username VARCHAR(64) NOT NULL,
    r_domain VARCHAR(64) NOT NULL,
    realm VARCHAR(64) NOT NULL,
    auth_username VARCHAR(64) NOT NULL,
    auth_password VARCHAR(64) NOT NULL,
    auth_ha1 VARCHAR(128) NOT NULL,
    auth_proxy VARCHAR(255) NOT NULL,
    expires INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    reg_delay INTEGER NOT NULL,
    contact_addr VARCHAR(255) NOT NULL,
    socket VARCHAR(128) NOT NULL
);
"""


def write(path: Path, registrations: Iterable[EdgeRegistration]) -> None:
    """Make the file anew with these accounts."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    path.chmod(0o600)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(_TABLES)
        connection.executemany(
            "INSERT INTO uacreg VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, 0, 0, '', '')",
            [
                (
                    each.user,
                    each.user,
                    each.domain,
                    each.auth_user,
                    each.domain,
                    each.realm,
                    each.auth_user,
                    each.ha1,
                    f"sip:{each.address}:{each.port}",
                    each.expires_s,
                )
                for each in registrations
            ],
        )
        connection.commit()
