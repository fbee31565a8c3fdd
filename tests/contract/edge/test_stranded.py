"""An edge that dies while the node thinks: the caller is told by the next one."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from switch.node.link import EdgeLink
from switch.node.plans import reply
from switch.node.stranded import Stranded
from switch.wire.edge import Asked, Plan
from tests.contract.edge.conftest import Edge, free_ports, settings_in, start
from tests.contract.edge.ua import DOMAIN, HOST, PATIENCE_S, Ua

pytestmark = pytest.mark.contract


@pytest.fixture
def own_edge(tmp_path: Path) -> Iterator[Edge]:
    trunk_port, first = free_ports(2)
    settings = settings_in(tmp_path, trunk_port=trunk_port, worker_ports=[first, first])
    running = start(settings, trunk_port=trunk_port, worker_ports=[first, first])
    try:
        yield running
    finally:
        running.stop()


async def nothing(*_args: Any) -> None:
    pass


async def test_who_called_then_may_try_again(own_edge: Edge) -> None:
    asked: asyncio.Queue[Asked] = asyncio.Queue()
    settled = asyncio.Event()

    async def plan(question: Asked) -> Plan:
        asked.put_nowait(question)
        await settled.wait()
        return reply(question, 486)

    link = EdgeLink(
        host=HOST,
        port=own_edge.settings.evapi_port,
        plan=plan,
        step=nothing,  # type: ignore[arg-type]
        told=lambda _news: None,
        connected=nothing,
        stranded=Stranded((HOST, own_edge.settings.inner_port)).refuse,
    )
    running = asyncio.create_task(link.run())
    async with asyncio.timeout(PATIENCE_S):
        while "a node has connected" not in own_edge.log.read_text():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    trunk = await Ua.open(own_edge.settings.sip_port, port=own_edge.trunk_port)
    worker = await Ua.open(own_edge.settings.inner_port, port=own_edge.worker_ports[0])
    for caller in (trunk, worker):
        caller.invite(f"sip:+14805550100@{DOMAIN}")
        await asyncio.wait_for(asked.get(), PATIENCE_S)

    os.killpg(own_edge.program.pid, signal.SIGKILL)
    own_edge.program.wait()
    again = await asyncio.to_thread(
        start,
        own_edge.settings,
        trunk_port=own_edge.trunk_port,
        worker_ports=own_edge.worker_ports,
    )

    try:
        settled.set()
        for caller in (trunk, worker):
            told = await caller.final("INVITE")
            assert (told.status, told.get("Retry-After")) == (503, "1")
            assert len(told.all("Via")) == 1
            await caller.close()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        again.stop()
