"""A phone that hangs up right behind its REFER: the BYE does not overtake it on its way."""

from __future__ import annotations

import pytest

from tests.contract.edge.conftest import Edge, OpenUa
from tests.contract.edge.peer import Event, Peer, message_of, reply
from tests.contract.edge.talk import talk_with_rep
from tests.contract.edge.ua import DOMAIN, Ua

pytestmark = pytest.mark.contract

REFER_TO = [("Refer-To", f"<sip:bob@{DOMAIN}>")]
PASS: Event = {"action": "pass"}


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_the_bye_behind_a_refer_waits_for_the_node(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua, transport: str
) -> None:
    alice = await phone(transport)
    async with talk_with_rep(node, worker, alice) as (_, callee):
        node.plan = lambda event: None

        alice.within(callee, "REFER", extra=REFER_TO)
        alice.within(callee, "BYE")

        refer = await node.event("refer")
        bye = await node.event("bye")
        assert (bye["source"], bye["name"]) == ("rep", "")
        assert message_of(bye).get("Call-ID") == callee.call_id
        assert [m for m in worker.inbox if m.is_request] == []
        node.carry_out(refer, reply(202, "Accepted"))
        assert (await alice.final("REFER")).status == 202
        node.carry_out(bye, PASS)
        worker.answer(await worker.request("BYE"), 200)
        assert (await alice.final("BYE")).status == 200


async def test_the_bye_of_a_dialog_without_refer_goes_straight(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    alice = await phone()
    async with talk_with_rep(node, worker, alice) as (_, callee):
        alice.within(callee, "BYE")

        worker.answer(await worker.request("BYE"), 200)
        assert (await alice.final("BYE")).status == 200
        assert [event for event in node.events if event["event"] == "bye"] == []


async def test_the_bye_gets_through_if_the_node_is_silent(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    alice = await phone()
    async with talk_with_rep(node, worker, alice) as (_, callee):
        node.plan = lambda event: None
        alice.within(callee, "REFER", extra=REFER_TO)
        alice.within(callee, "BYE")
        await node.event("bye")

        worker.answer(await worker.request("BYE"), 200)

        assert (await alice.final("BYE")).status == 200


async def test_the_bye_gets_through_if_the_node_has_died_since_the_refer(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    alice = await phone()
    async with talk_with_rep(node, worker, alice) as (_, callee):
        node.plan = lambda event: reply(202, "Accepted")
        alice.within(callee, "REFER", extra=REFER_TO)
        assert (await alice.final("REFER")).status == 202
        await node.close()
        # Until the edge has noticed, it would wait for the node's answer.
        alice.within(callee, "OPTIONS")
        worker.answer(await worker.request("OPTIONS"), 200)

        alice.within(callee, "BYE")

        worker.answer(await worker.request("BYE"), 200)
        assert (await alice.final("BYE")).status == 200


@pytest.mark.parametrize("plan", [{"action": "worker"}, {"action": "hunt", "users": "bob"}])
async def test_a_refer_cannot_be_passed_on(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua, plan: Event
) -> None:
    alice = await phone()
    async with talk_with_rep(node, worker, alice) as (_, callee):
        node.plan = lambda event: PASS if event["event"] == "refer" else plan

        alice.within(callee, "REFER", extra=REFER_TO)

        assert (await alice.final("REFER")).status == 500
        assert [m for m in worker.inbox if m.is_request] == []
