"""Two who answer a hunt at once, and who answers it too late."""

from __future__ import annotations

import asyncio

import pytest

from tests.contract.edge.conftest import Edge, OpenUa
from tests.contract.edge.hunting import (
    TERRITORY,
    branch,
    codes_of,
    is_hung_up,
    obey_cancel,
    registered,
    ring,
)
from tests.contract.edge.peer import Peer, reply, to_hunt
from tests.contract.edge.ua import SDP, Ua, as_caller

pytestmark = pytest.mark.contract

A_MOMENT_S = 0.1


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_who_answers_just_when_his_time_was_over_is_told_to_hang_up(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua, transport: str
) -> None:
    steps = iter([to_hunt("alice", step_ms=300), to_hunt("bob")])
    node.plan = lambda event: next(steps)
    async with (
        registered(phone, "alice", transport=transport) as (alice,),
        registered(phone, "bob") as (bob,),
    ):
        call_id = worker.invite(TERRITORY)
        invite = await ring(alice)
        cancel = await alice.request("CANCEL")
        ringing = await ring(bob)
        alice.answer(cancel, 200)
        late = alice.answer(invite, 200, body=SDP)

        await is_hung_up(alice, late)
        bob.answer(ringing, 200, body=SDP)
        heard = await worker.final("INVITE")
        assert (heard.status, heard.get("X-Rep")) == (200, "bob")
        await branch(node, call_id, "bob", 200)
        assert codes_of(node, "alice") == [180, 408]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_two_who_answer_at_once_one_has_the_call_and_the_other_is_told_to_hang_up(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua, transport: str
) -> None:
    node.plan = lambda event: to_hunt("alice/bob")
    async with registered(phone, "alice", "bob", transport=transport) as (alice, bob):
        for _ in range(5):
            call_id = worker.invite(TERRITORY)
            invites = {each.port: await ring(each) for each in (alice, bob)}

            answers = {
                each.port: each.answer(invites[each.port], 200, body=SDP) for each in (alice, bob)
            }

            heard = await worker.final("INVITE", call_id)
            winner, loser = (alice, bob) if heard.get("X-Rep") == "alice" else (bob, alice)
            worker.ack(as_caller(heard))
            await is_hung_up(loser, answers[loser.port])
            await winner.request("ACK")
            await asyncio.sleep(A_MOMENT_S)
            assert [m for m in worker.inbox if m.status == 200] == []
            assert [m for m in winner.inbox if m.method == "BYE"] == []
            for each in (alice, bob):
                each.inbox.clear()


async def test_who_answers_when_the_hunt_was_given_up_is_told_to_hang_up(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    steps = iter([to_hunt("alice", step_ms=300), reply(480)])
    node.plan = lambda event: next(steps)
    async with registered(phone, "alice") as (alice,):
        worker.invite(TERRITORY)
        invite = await ring(alice)
        await alice.request("CANCEL")
        assert (await worker.final("INVITE")).status == 480

        await is_hung_up(alice, alice.answer(invite, 200, body=SDP))

        await asyncio.sleep(A_MOMENT_S)
        assert [m for m in worker.inbox if m.status == 200] == []


async def test_who_answers_when_the_worker_has_just_cancelled_is_for_the_worker_to_end(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    node.plan = lambda event: to_hunt("alice/bob")
    async with registered(phone, "alice", "bob") as (alice, bob):
        worker.invite(TERRITORY)
        invites = [await ring(each) for each in (alice, bob)]
        await worker.provisional(180)
        worker.cancel_last()
        await obey_cancel(alice, invites[0])
        await bob.request("CANCEL")

        bob.answer(invites[1], 200, body=SDP)

        assert (await worker.final("INVITE")).status == 200


async def test_a_late_answer_without_a_contact_harms_nothing(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    node.plan = lambda event: to_hunt("alice/bob")
    async with registered(phone, "alice", "bob") as (alice, bob):
        worker.invite(TERRITORY)
        invites = [await ring(each) for each in (alice, bob)]
        alice.answer(invites[0], 200, body=SDP)
        assert (await worker.final("INVITE")).status == 200
        kept = [(name, invites[1].get(name)) for name in ("From", "Call-ID", "CSeq")]
        to = ("To", f"{invites[1].get('To')};tag=bare")
        vias = [("Via", value) for value in invites[1].all("Via")]
        lines = [*vias, *kept, to, ("Content-Length", "0")]
        text = "\r\n".join(f"{name}: {value}" for name, value in lines)

        bob.send(f"SIP/2.0 200 OK\r\n{text}\r\n\r\n".encode())

        assert (await bob.request("BYE")).get("To") == to[1]
        assert edge.is_alive()
