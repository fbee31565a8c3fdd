from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from switch.edge.registrations import write
from switch.edge.settings import EdgeRegistration


def account(user: str) -> EdgeRegistration:
    return EdgeRegistration(
        trunk="pstn",
        user=user,
        domain="provider.example",
        address="192.0.2.1",
        port=5062,
        auth_user="company",
        realm="realm",
        ha1="0123456789abcdef" * 2,
    )


def accounts_in(path: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.execute("SELECT l_uuid, r_username, auth_proxy FROM uacreg"))


def test_the_file_is_ours_alone(tmp_path: Path) -> None:
    path = tmp_path / "registrations.sqlite"
    path.touch(0o644)

    write(path, [account("+14805550100")])

    assert path.stat().st_mode & 0o777 == 0o600


def test_accounts_that_are_no_longer_wanted_are_gone(tmp_path: Path) -> None:
    path = tmp_path / "registrations.sqlite"

    write(path, [account("+14805550100"), account("+14805550101")])
    write(path, [account("+14805550102")])

    assert accounts_in(path) == [("+14805550102", "company", "sip:192.0.2.1:5062")]
