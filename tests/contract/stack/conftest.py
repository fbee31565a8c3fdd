"""A real SIP stack in a process of its own, and a phone of raw messages in the edge's place."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import cast

import pytest

from tests.contract.edge.conftest import free_ports
from tests.contract.edge.ua import DOMAIN, HOST
from tests.contract.stack.partner import Partner, Phone

_READY_WITHIN_S = 20.0


@pytest.fixture(scope="session")
def stage() -> Iterator[Path]:
    """Return the socket of a program that makes stacks."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stage"
        program = subprocess.Popen(
            [sys.executable, "-m", "tests.contract.stack.stage", str(path)],
            stdin=subprocess.DEVNULL,
        )
        try:
            ready = path.with_name("stage.ready")
            deadline_s = time.monotonic() + _READY_WITHIN_S
            while not ready.exists():
                assert program.poll() is None, "the stage ended at once"
                assert time.monotonic() < deadline_s, "the stage is not ready"
                time.sleep(0.02)
            yield path
        finally:
            program.kill()
            program.wait(10)


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    """Return the only one whom the stack knows: its edge, and so whoever is behind it."""
    [port] = free_ports(1)
    ua = cast("Phone", await Phone.open(port))
    yield ua
    await ua.close()


@pytest.fixture
async def stack(stage: Path, phone: Phone) -> AsyncIterator[Partner]:
    partner = await Partner.connect(stage)
    await partner.do(
        "start", address=HOST, port=phone.edge_port, domain=DOMAIN, edge=f"{HOST}:{phone.port}"
    )
    yield partner
    await partner.close()
