"""Calls to trunks: one after the other, with credentials, and asked whether they are back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from switch.edge.credentials import ha1
from tests.contract.edge.conftest import Edge
from tests.contract.edge.peer import Event, Peer, hop, to_trunk
from tests.contract.edge.ua import DOMAIN, SDP, Ua, as_callee, as_caller, is_proven

pytestmark = pytest.mark.contract

NUMBER = f"sip:+12065550100@{DOMAIN}"
REALM = "provider.example"
CHALLENGE = f'Digest realm="{REALM}", nonce="abc", algorithm=MD5, qop="auth"'
HA1 = ha1("company", REALM, "very secret")
ADDED = {
    "headers": "P-Asserted-Identity: <sip:+14805550100@switch.test>\r\n"
    "Diversion: <sip:alice@switch.test>\r\n",
    "max_forwards": 12,
}


def with_password(port: int, realm: str = REALM) -> Event:
    return hop(port, auth_user="company", auth_realm=realm, auth_ha1=HA1)


@pytest.fixture(autouse=True)
async def _both_are_up(edge: Edge, node: Peer, trunk: Ua, spare: Ua) -> AsyncIterator[None]:
    yield
    await asyncio.sleep(0.05)  # the edge tells of the hop first
    for ua, name in ((trunk, "pstn"), (spare, "spare")):
        if {"event": "trunk", "name": name, "up": False} in node.events:
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


@pytest.mark.parametrize("realm", [REALM, ""])
async def test_a_trunk_that_asks_who_we_are_is_told(
    edge: Edge, node: Peer, trunk: Ua, worker: Ua, realm: str
) -> None:
    """The second INVITE has the next CSeq (RFC 3261 §22.2), of which the worker knows nothing."""
    node.plan = lambda event: to_trunk(with_password(trunk.port, realm), **ADDED)

    worker.invite(NUMBER)
    first = await trunk.request("INVITE")
    trunk.answer(first, 407, extra=[("Proxy-Authenticate", CHALLENGE)])
    assert (await trunk.request("ACK")).get("CSeq") == "1 ACK"
    second = await trunk.request("INVITE")

    assert 'username="company"' in second.get("Proxy-Authorization")
    assert is_proven(second.get("Proxy-Authorization"), HA1, "INVITE")
    assert second.get("CSeq") == "2 INVITE"
    assert second.all("P-Asserted-Identity") == ["<sip:+14805550100@switch.test>"]
    assert second.all("Max-Forwards") == ["12"]
    trunk.answer(second, 200, body=SDP)
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
    await node.event("hop", trunk="pstn", code=200)
    assert HA1 not in edge.log.read_text()


async def test_a_call_for_which_we_proved_who_we_are_may_be_held_and_ended_by_both(
    edge: Edge, node: Peer, trunk: Ua, worker: Ua
) -> None:
    node.plan = lambda event: to_trunk(with_password(trunk.port))
    worker.invite(NUMBER)
    first = await trunk.request("INVITE")
    trunk.answer(first, 401, extra=[("WWW-Authenticate", CHALLENGE)])
    await trunk.request("ACK")
    second = await trunk.request("INVITE")
    assert is_proven(second.get("Authorization"), HA1, "INVITE")
    answered = trunk.answer(second, 200, body=SDP)
    caller = as_caller(await worker.final("INVITE"))
    callee = as_callee(second, answered)
    worker.ack(caller)
    await trunk.request("ACK")

    worker.within(caller, "INVITE", body=SDP, extra=[("Content-Type", "application/sdp")])
    hold = await trunk.request("INVITE")
    assert hold.get("CSeq") == "3 INVITE"
    trunk.answer(hold, 200, body=SDP)
    assert (await worker.final("INVITE")).get("CSeq") == "2 INVITE"
    worker.ack(caller)
    assert (await trunk.request("ACK")).get("CSeq") == "3 ACK"
    trunk.within(callee, "BYE")
    worker.answer(await worker.request("BYE"), 200)
    assert (await trunk.final("BYE")).status == 200


async def test_a_password_that_is_refused_is_tried_once(
    edge: Edge, node: Peer, trunk: Ua, spare: Ua, worker: Ua
) -> None:
    node.plan = lambda event: to_trunk(with_password(trunk.port), hop(spare.port, "spare"))

    worker.invite(NUMBER)
    for _ in range(2):
        invite = await trunk.request("INVITE")
        trunk.answer(invite, 407, extra=[("Proxy-Authenticate", CHALLENGE)])

    assert (await worker.final("INVITE")).status == 403
    await node.event("hop", trunk="pstn", code=407)
    assert [m for m in trunk.inbox + spare.inbox if m.method == "INVITE"] == []
    assert HA1 not in edge.log.read_text()


@pytest.mark.parametrize(
    "step", [{}, {"auth_user": "company", "auth_realm": "other", "auth_ha1": HA1}]
)
async def test_a_trunk_that_asks_for_what_we_do_not_have_ends_the_call(
    edge: Edge, node: Peer, trunk: Ua, worker: Ua, step: dict[str, str]
) -> None:
    node.plan = lambda event: to_trunk(hop(trunk.port, **step))

    worker.invite(NUMBER)
    challenge = [("WWW-Authenticate", CHALLENGE)]
    trunk.answer(await trunk.request("INVITE"), 401, extra=challenge)

    heard = await worker.final("INVITE")
    assert (heard.status, heard.get("WWW-Authenticate")) == (403, "")
    await node.event("hop", trunk="pstn", code=401)


async def test_each_trunk_hears_what_the_plan_says_of_who_calls_and_nothing_else(
    edge: Edge, node: Peer, trunk: Ua, spare: Ua, worker: Ua
) -> None:
    node.plan = lambda event: to_trunk(trunk.port, hop(spare.port, "spare"), **ADDED)
    false = [("P-Asserted-Identity", "<sip:evil@x>"), ("Diversion", "<sip:evil@x>")]

    worker.invite(NUMBER, extra=false)
    first = await trunk.request("INVITE")
    trunk.answer(first, 503)
    second = await spare.request("INVITE")
    spare.answer(second, 404)

    await worker.final("INVITE")
    for invite in (first, second):
        assert invite.all("P-Asserted-Identity") == ["<sip:+14805550100@switch.test>"]
        assert invite.all("Diversion") == ["<sip:alice@switch.test>"]
        assert invite.all("Max-Forwards") == ["12"]


@pytest.mark.parametrize("at", [0, 1])
async def test_a_worker_that_cancels_ends_it_at_whatever_trunk_it_is(
    edge: Edge, node: Peer, trunk: Ua, spare: Ua, worker: Ua, at: int
) -> None:
    node.plan = lambda event: to_trunk(trunk.port, hop(spare.port, "spare"))
    worker.invite(NUMBER)
    if at == 1:
        trunk.answer(await trunk.request("INVITE"), 503)
    party = (trunk, spare)[at]
    invite = await party.request("INVITE")
    party.answer(invite, 180)
    await worker.provisional(180)

    worker.cancel_last()

    party.answer(await party.request("CANCEL"), 200)
    party.answer(invite, 487)
    assert (await worker.final("INVITE")).status == 487


async def test_a_trunk_that_is_left_out_is_asked_until_it_is_back(
    edge: Edge, node: Peer, trunk: Ua, spare: Ua, worker: Ua
) -> None:
    node.plan = lambda event: to_trunk(trunk.port, hop(spare.port, "spare"))
    for _ in range(2):
        worker.invite(NUMBER)
        trunk.answer(await trunk.request("INVITE"), 503)
        spare.answer(await spare.request("INVITE"), 486)
        await worker.final("INVITE")
    await node.event("trunk", name="pstn", up=False)
    assert [e for e in node.events if e["event"] == "trunk"] == []

    first = await trunk.request("OPTIONS")
    trunk.answer(first, 503)
    again = await trunk.until(
        lambda m: m.method == "OPTIONS" and m.get("Call-ID") != first.get("Call-ID")
    )
    assert again.source[1] == edge.settings.sip_port
    assert [e for e in node.events if e["event"] == "trunk"] == []
    trunk.answer(again, 404)

    await node.event("trunk", name="pstn", up=True)
    await asyncio.sleep(1.2)
    assert [m for m in trunk.inbox + spare.inbox if m.method == "OPTIONS"] == []


@pytest.mark.parametrize(
    "hops",
    [
        [],
        [{}],
        ["x"],
        [{"trunk": "pstn"}],
        7,
        [{"uri": 1, "ruri": 2}],
        [{"trunk": 'a"', "uri": "sip:a", "ruri": "sip:a"}],
    ],
)
async def test_hops_that_are_none_end_the_call(
    edge: Edge, node: Peer, worker: Ua, hops: object
) -> None:
    node.plan = lambda event: {"action": "trunk", "hops": hops}

    worker.invite(NUMBER)

    assert (await worker.final("INVITE")).status in {500, 503}


async def test_a_plan_that_cannot_be_read_is_not_quoted_in_the_log(
    edge: Edge, node: Peer, worker: Ua
) -> None:
    worker.invite(NUMBER)
    asked = await node.event("invite")

    node.write(f'{{"index":{asked["index"]},"label":{asked["label"]},"auth_ha1":"{HA1}"')

    assert (await worker.final("INVITE")).status == 503
    assert HA1 not in edge.log.read_text()
