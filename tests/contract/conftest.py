"""What several contracts are held against."""

from collections.abc import Iterator

import pytest

from tests.contract.store.server import Server, serving


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server of our own; each test makes a database of its own there."""
    with serving() as running:
        yield running
