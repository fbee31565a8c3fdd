"""Calls that are up, for tests of what may follow in them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.contract.edge.peer import Peer, to_rep, to_trunk
from tests.contract.edge.ua import DOMAIN, SDP, Dialog, Ua, as_callee, as_caller


async def talk_with_trunk(node: Peer, worker: Ua, trunk: Ua) -> tuple[Dialog, Dialog]:
    """Return the worker's and the trunk's side of a call that the worker placed."""
    node.plan = lambda event: to_trunk(trunk.port) if event["event"] == "invite" else None
    return await _talk(worker, trunk)


@asynccontextmanager
async def talk_with_rep(
    node: Peer, worker: Ua, phone: Ua, rep: str = "alice", contact: str | None = None
) -> AsyncIterator[tuple[Dialog, Dialog]]:
    """Give the worker's and the rep's side of a call that the worker placed."""
    reply = await phone.register(rep, f"secret-{rep}", contact=contact)
    assert reply.status == 200, reply.start
    node.plan = lambda event: to_rep(rep) if event["event"] == "invite" else None
    yield await _talk(worker, phone, contact)
    await phone.register(rep, f"secret-{rep}", expires=0, contact=contact)


async def _talk(worker: Ua, party: Ua, contact: str | None = None) -> tuple[Dialog, Dialog]:
    worker.invite(f"sip:somebody@{DOMAIN}")
    invite = await party.request("INVITE")
    answered = party.answer(invite, 200, body=SDP, contact=contact)
    caller = as_caller(await worker.final("INVITE"))
    worker.ack(caller)
    await party.request("ACK")
    return caller, as_callee(invite, answered)
