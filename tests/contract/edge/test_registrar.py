"""Who may register, and what the node hears of it."""

from __future__ import annotations

import pytest

from switch.edge import credentials, rpc
from tests.contract.edge.conftest import Edge, OpenUa
from tests.contract.edge.peer import Peer, to_rep
from tests.contract.edge.ua import DOMAIN, HOST, Ua

pytestmark = pytest.mark.contract


async def counts(node: Peer, many: int) -> list[int]:
    """Return so many counts of phones as the node was told, from the first phone on.

    That others have gone, in the test before, may be told late.
    """
    found: list[int] = []
    while len(found) < many:
        count = (await node.event("contacts"))["count"]
        if found or count:
            found.append(count)
    return found


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_rep_registers_and_the_node_is_told(
    edge: Edge, node: Peer, phone: OpenUa, transport: str
) -> None:
    alice = await phone(transport)

    assert (await alice.register("alice", "secret-alice")).status == 200

    assert await counts(node, 1) == [1]
    assert await rpc.contacts(edge.settings.rpc_port) == {"alice": 1}
    assert (await alice.register("alice", "secret-alice", expires=0)).status == 200
    assert await node.event("contacts") == {"event": "contacts", "rep": "alice", "count": 0}
    assert await rpc.contacts(edge.settings.rpc_port) == {}


async def test_a_second_phone_counts(edge: Edge, node: Peer, phone: OpenUa) -> None:
    first, second = await phone(), await phone()

    await first.register("bob", "secret-bob")
    await second.register("bob", "secret-bob")
    await first.register("bob", "secret-bob")
    await first.register("bob", "secret-bob", expires=0, contact="*")

    assert await counts(node, 4) == [1, 2, 2, 0]


async def test_a_registration_that_runs_out_is_told_with_the_true_count(
    edge: Edge, node: Peer, phone: OpenUa
) -> None:
    brief, lasting = await phone(), await phone()
    await lasting.register("bob", "secret-bob")
    # Kamailio counts in whole seconds: one that holds for 1 s may hold for no time.
    await brief.register("bob", "secret-bob", expires=2)

    assert await counts(node, 3) == [1, 2, 1]
    assert await rpc.contacts(edge.settings.rpc_port) == {"bob": 1}
    await lasting.register("bob", "secret-bob", expires=0)


async def test_a_lost_tcp_connection_ends_its_registration(
    edge: Edge, node: Peer, phone: OpenUa
) -> None:
    alice = await phone("tcp")
    await alice.register("alice", "secret-alice")
    await node.event("contacts", count=1)

    await alice.close()

    assert (await node.event("contacts", rep="alice"))["count"] == 0


async def test_a_rep_registers_no_other_rep(edge: Edge, node: Peer, phone: OpenUa) -> None:
    alice = await phone()

    assert (await alice.register("alice", "secret-alice", address="bob")).status == 403

    assert not [event for event in node.events if event.get("count")]
    assert await rpc.contacts(edge.settings.rpc_port) == {}


@pytest.mark.parametrize(("user", "password"), [("alice", "guess"), ("nobody", ""), ("alice", "")])
async def test_without_the_password_nobody_registers(
    edge: Edge, node: Peer, phone: OpenUa, user: str, password: str
) -> None:
    stranger = await phone()

    assert (await stranger.register(user, password)).status == 401

    assert not [event for event in node.events if event.get("count")]


async def test_passwords_change_at_once(edge: Edge, phone: OpenUa) -> None:
    store = edge.settings.credentials
    frank = await phone()
    assert (await frank.register("frank", "first")).status == 401

    credentials.set_password(store, "frank", DOMAIN, "first")
    assert (await frank.register("frank", "first")).status == 200
    credentials.set_password(store, "frank", DOMAIN, "second")
    assert (await frank.register("frank", "first")).status == 401
    assert (await frank.register("frank", "second", expires=0)).status == 200
    credentials.remove(store, "frank", DOMAIN)

    assert (await frank.register("frank", "second")).status == 401


async def test_credentials_of_another_domain_are_none(edge: Edge, phone: OpenUa) -> None:
    credentials.set_password(edge.settings.credentials, "grace", "other.test", "secret")
    grace = await phone()

    assert (await grace.register("grace", "secret")).status == 401


async def test_a_phone_in_use_by_a_wrong_contact_is_still_reached(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    """NAT: the address in Contact is one that only the phone's own network knows."""
    alice = await phone()
    await alice.register("alice", "secret-alice", contact="<sip:alice@192.168.7.7:5060>")
    node.plan = lambda event: to_rep("alice")

    worker.invite(f"sip:alice@{DOMAIN}")

    ringing = await alice.request("INVITE")
    assert ringing.uri == "sip:alice@192.168.7.7:5060"
    assert ringing.source == (HOST, edge.settings.sip_port)
    alice.answer(ringing, 486)
    await worker.final("INVITE")
    await alice.register("alice", "secret-alice", contact="<sip:alice@192.168.7.7:5060>", expires=0)
