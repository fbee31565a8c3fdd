"""Stores of both kinds, empty."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from switch.desk.store import Store, make_store
from tests.contract.store.server import Server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/threads.sqlite"
    running: Server = request.getfixturevalue("server")
    return running.fresh()


@pytest.fixture
def real_store(url: str) -> Iterator[Store]:
    store = make_store(url)
    yield store
    store.close()
