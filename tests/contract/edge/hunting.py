"""Phones of several reps that ring for one call of a worker."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.contract.edge.conftest import OpenUa
from tests.contract.edge.peer import Event, Peer
from tests.contract.edge.ua import DOMAIN, Message, Ua

ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"'
TERRITORY = f"sip:seattle@{DOMAIN}"


@asynccontextmanager
async def registered(phone: OpenUa, *reps: str, transport: str = "udp") -> AsyncIterator[list[Ua]]:
    """Give a registered phone of each rep; a rep named twice has two."""
    phones = [await phone(transport) for _ in reps]
    for each, rep in zip(phones, reps, strict=True):
        assert (await each.register(rep, f"secret-{rep}")).status == 200
    try:
        yield phones
    finally:
        for each, rep in zip(phones, reps, strict=True):
            await each.register(rep, f"secret-{rep}", expires=0)


async def ring(phone: Ua) -> Message:
    """Let a phone ring, and return the INVITE that it rings for."""
    invite = await phone.request("INVITE")
    phone.answer(invite, 180)
    return invite


async def obey_cancel(phone: Ua, invite: Message) -> Message:
    """Let a phone stop ringing when it is told to, and return what told it."""
    cancel = await phone.request("CANCEL")
    phone.answer(cancel, 200)
    phone.answer(invite, 487)
    return cancel


async def branch(node: Peer, call_id: str, rep: str, code: int) -> Event:
    encoded = base64.b64encode(call_id.encode()).decode()
    return await node.event("branch", call_id=encoded, rep=rep, code=code)


def codes_of(node: Peer, rep: str) -> list[int]:
    """Return what the node was told of a rep and has not been asked for yet."""
    return [e["code"] for e in node.events if e["event"] == "branch" and e["rep"] == rep]


async def is_hung_up(phone: Ua, answer: Message) -> None:
    """Check that a phone whose answer came too late hears of it, and why."""
    ack, bye = await phone.request("ACK"), await phone.request("BYE")
    phone.answer(bye, 200)
    for request in (ack, bye):
        assert request.uri == answer.contact_uri
        for name in ("From", "To", "Call-ID"):
            assert request.get(name) == answer.get(name)
    assert ack.get("CSeq").split()[0] == answer.get("CSeq").split()[0]
    assert int(bye.get("CSeq").split()[0]) > int(ack.get("CSeq").split()[0])
    assert bye.get("Reason") == ELSEWHERE
