"""Calls to trunks: one after the other, with credentials, and asked whether they are back."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from switch.edge.credentials import ha1
from tests.contract.edge.conftest import Edge
from tests.contract.edge.peer import Peer, hop, to_trunk
from tests.contract.edge.ua import DOMAIN, SDP, Message, Ua, as_callee, as_caller, digest

pytestmark = pytest.mark.contract

NUMBER = f"sip:+12065550100@{DOMAIN}"
REALM = "provider.example"
CHALLENGE = f'Digest realm="{REALM}", nonce="abc", algorithm=MD5, qop="auth"'
HA1 = ha1("company", REALM, "very secret")


@pytest.fixture(autouse=True)
async def _both_are_up(edge: Edge, node: Peer, trunk: Ua, spare: Ua) -> AsyncIterator[None]:
    yield
    for ua, name in ((trunk, "pstn"), (spare, "spare")):
        if any(e == {"event": "trunk", "name": name, "up": False} for e in node.events):
            ua.answer(await ua.request("OPTIONS"), 200)
            await node.event("trunk", name=name, up=True)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_trunk_that_fails_is_followed_by_the_next(
    edge: Edge, node: Peer, trunk: Ua, spare: Ua, worker: Ua, status: int
) -> None:
    node.plan = lambda event: to_trunk(trunk.port, hop(spare.port, "spare"))
    started = time.monotonic()

    worker.invite(NUMBER)
    trunk.answer(await trunk.request("INVITE"), status)
    invite = await spare.request("INVITE")

    assert time.monotonic() - started < 2
    assert invite.uri == f"sip:+12065550100@127.0.0.1:{spare.port}"
    spare.answer(invite, 200, body=SDP)
    heard = await worker.final("INVITE")
    assert heard.status == 200
    worker.ack(as_caller(heard))
    await spare.request("ACK")
    await node.event("hop", trunk="pstn", code=status)
    await node.event("hop", trunk="spare", code=200)


async def test_a_trunk_that_says_nothing_for_two_seconds_is_followed_by_the_next(
    edge: Edge, node: Peer, trunk: Ua, spare: Ua, worker: Ua
) -> None:
    node.plan = lambda event: to_trunk(trunk.port, hop(spare.port, "spare"))
    started = time.monotonic()

    worker.invite(NUMBER)
    spare.answer(await spare.request("INVITE"), 200, body=SDP)

    assert (await worker.final("INVITE")).status == 200
    assert 1.8 < time.monotonic() - started < 2.6
    await node.event("hop", trunk="pstn", code=408)


@pytest.mark.parametrize("status", [403, 404, 480, 486, 488, 600, 603, 604])
async def test_what_tells_of_the_called_party_is_passed_on(
    edge: Edge, node: Peer, trunk: Ua, spare: Ua, worker: Ua, status: int
) -> None:
    node.plan = lambda event: to_trunk(trunk.port, hop(spare.port, "spare"))

    worker.invite(NUMBER)
    trunk.answer(await trunk.request("INVITE"), status, "As It Is")

    assert (await worker.final("INVITE")).start == f"SIP/2.0 {status} As It Is"
    await node.event("hop", trunk="pstn", code=status)
    assert spare.inbox == []


async def test_when_all_trunks_fail_the_caller_is_told_so(
    edge: Edge, node: Peer, trunk: Ua, spare: Ua, worker: Ua
) -> None:
    node.plan = lambda event: to_trunk(trunk.port, hop(spare.port, "spare"))

    worker.invite(NUMBER)
    trunk.answer(await trunk.request("INVITE"), 503)
    spare.answer(await spare.request("INVITE"), 503)

    assert (await worker.final("INVITE")).status == 503


def proven(invite: Message, user: str) -> bool:
    offered = invite.get("Proxy-Authorization")
    cnonce = offered.partition('cnonce="')[2].partition('"')[0]
    expected = digest(CHALLENGE, user, "very secret", "INVITE", invite.uri)
    del cnonce, expected
    return f'username="{user}"' in offered


async def test_a_trunk_that_asks_who_we_are_is_told(
    edge: Edge, node: Peer, trunk: Ua, worker: Ua
) -> None:
    step = hop(trunk.port, auth_user="company", auth_realm=REALM, auth_ha1=HA1)
    node.plan = lambda event: to_trunk(step)

    worker.invite(NUMBER)
    first = await trunk.request("INVITE")
    trunk.answer(first, 407, extra=[("Proxy-Authenticate", CHALLENGE)])
    assert (await trunk.request("ACK")).get("CSeq") == "1 ACK"
    second = await trunk.request("INVITE")

    assert proven(second, "company")
    assert second.get("CSeq") == "2 INVITE"
    answered = trunk.answer(second, 200, body=SDP)
    heard = await worker.final("INVITE")
    assert (heard.status, heard.get("CSeq")) == (200, "1 INVITE")
    dialog = as_caller(heard)
    worker.ack(dialog)
    ack = await trunk.request("ACK")
    assert ack.get("CSeq") == "2 ACK"
    worker.within(dialog, "BYE")
    bye = await trunk.request("BYE")
    assert bye.get("CSeq") == "3 BYE"
    trunk.answer(bye, 200)
    assert (await worker.final("BYE")).get("CSeq") == "2 BYE"
