"""One place for all tests of the pages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.contract.web.place import Place, place, shoot


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    async with place(tmp_path_factory.mktemp("desk")) as made:
        yield made


@pytest_asyncio.fixture(autouse=True, loop_scope="package")
async def shots(request: pytest.FixtureRequest, desk: Place) -> AsyncIterator[None]:
    """Keep a picture of each page that a test leaves open: one that went well closes its own."""
    desk.pages.clear()
    yield
    for number, page in enumerate(desk.pages):
        if not page.is_closed():
            await shoot(page, f"left-{request.node.name}-{number}")
            await page.context.close()
