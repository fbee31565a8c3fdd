"""REFER ends at the edge: the node hears of it and says the answer."""

from __future__ import annotations

import pytest

from tests.contract.edge.conftest import Edge, OpenUa
from tests.contract.edge.peer import Peer, message_of, reply
from tests.contract.edge.talk import talk_with_rep, talk_with_trunk
from tests.contract.edge.ua import DOMAIN, HOST, Ua, raw_request, token

pytestmark = pytest.mark.contract

REFER_TO = [("Refer-To", f"<sip:bob@{DOMAIN}>")]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("status", "reason"),
    [(202, "Accepted"), (200, "OK"), (403, "Forbidden"), (400, "Two"), (481, "No")],
)
async def test_the_node_answers_a_reps_refer(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua, status: int, reason: str, transport: str
) -> None:
    alice = await phone(transport)
    async with talk_with_rep(node, worker, alice) as (_, callee):
        headers = f"Contact: <sip:{HOST}:{worker.port}>\r\n"
        node.plan = lambda event: reply(status, reason, headers)

        alice.within(callee, "REFER", extra=REFER_TO)

        answer = await alice.final("REFER")
        assert answer.start == f"SIP/2.0 {status} {reason}"
        assert answer.contact_uri == f"sip:{HOST}:{worker.port}"
        assert answer.get("To") == callee.remote
        asked = await node.event("refer")
        assert (asked["source"], asked["name"]) == ("rep", "")
        assert asked["address"] == f"{HOST}:{alice.port}"
        heard = message_of(asked)
        assert heard.uri == f"sip:x@{HOST}:{worker.port}"
        assert heard.get("Call-ID") == callee.call_id
        assert [m for m in worker.inbox if m.is_request] == []


async def test_a_refer_whose_plan_is_no_reply_gets_500(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    alice = await phone()
    async with talk_with_rep(node, worker, alice) as (_, callee):
        node.plan = lambda event: {"action": "worker", "uri": f"sip:{HOST}:{worker.port}"}

        alice.within(callee, "REFER", extra=REFER_TO)

        assert (await alice.final("REFER")).status == 500
        assert [m for m in worker.inbox if m.is_request] == []


async def test_a_trunk_may_not_refer(edge: Edge, node: Peer, trunk: Ua, worker: Ua) -> None:
    _, callee = await talk_with_trunk(node, worker, trunk)

    trunk.within(callee, "REFER", extra=REFER_TO)

    assert (await trunk.final("REFER")).status == 403
    assert [e for e in node.events if e["event"] == "refer"] == []


async def test_a_refer_outside_of_a_dialog_is_403(
    edge: Edge, node: Peer, phone: OpenUa, trunk: Ua
) -> None:
    for party in (trunk, await phone()):
        fixed = party.headers(
            "REFER", f"<sip:alice@{DOMAIN}>;tag=1", f"<sip:bob@{DOMAIN}>", token()
        )
        party.send(raw_request("REFER", f"sip:bob@{DOMAIN}", [*fixed, *REFER_TO]))

        assert (await party.final("REFER")).status == 403
    assert node.events == []


async def test_a_subscription_in_a_dialog_is_403(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    alice = await phone()
    async with talk_with_rep(node, worker, alice) as (_, callee):
        alice.within(callee, "SUBSCRIBE", extra=[("Event", "refer")])

        assert (await alice.final("SUBSCRIBE")).status == 403
        assert [m for m in worker.inbox if m.is_request] == []


@pytest.mark.parametrize("method", ["SUBSCRIBE", "MESSAGE", "PUBLISH", "NOTIFY", "INFO", "FOO"])
async def test_other_methods_are_405_and_told_which_are_not(
    edge: Edge, phone: OpenUa, method: str
) -> None:
    alice = await phone()
    fixed = alice.headers(method, f"<sip:alice@{DOMAIN}>;tag=1", f"<sip:bob@{DOMAIN}>", token())

    alice.send(raw_request(method, f"sip:bob@{DOMAIN}", fixed))

    refused = await alice.final(method)
    assert refused.status == 405
    assert "INVITE" in refused.get("Allow")


async def test_options_tell_what_we_can(edge: Edge, phone: OpenUa) -> None:
    alice = await phone()
    fixed = alice.headers("OPTIONS", f"<sip:alice@{DOMAIN}>;tag=1", f"<sip:{DOMAIN}>", token())

    alice.send(raw_request("OPTIONS", f"sip:{DOMAIN}", fixed))

    told = await alice.final("OPTIONS")
    assert told.status == 200
    assert "REFER" in told.get("Allow")
    assert "100rel" in told.get("Supported")
