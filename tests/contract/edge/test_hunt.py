"""Hunts: phones of several reps at once, step after step."""

from __future__ import annotations

import asyncio
import base64
import time

import pytest

from tests.contract.edge.conftest import Edge, OpenUa
from tests.contract.edge.hunting import (
    TERRITORY,
    branch,
    codes_of,
    obey_cancel,
    registered,
    ring,
)
from tests.contract.edge.peer import Event, Peer, reply, to_hunt, to_rep, to_trunk
from tests.contract.edge.ua import HOST, SDP, Ua, as_caller

pytestmark = pytest.mark.contract

A_MOMENT_S = 0.1


def append(users: str, call_id: str) -> Event:
    return {
        "action": "append",
        "users": users,
        "call_id": base64.b64encode(call_id.encode()).decode(),
    }


async def test_all_reps_ring_and_the_first_who_answers_has_the_call(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    node.plan = lambda event: to_hunt("alice/bob/carol")
    async with registered(phone, "alice", "bob", "carol") as (alice, bob, carol):
        call_id = worker.invite(TERRITORY)
        invites = {each.port: await ring(each) for each in (alice, bob, carol)}
        for rep in ("alice", "bob", "carol"):
            await branch(node, call_id, rep, 180)
        early = [await worker.provisional(180) for _ in invites]
        assert {each.get("X-Rep") for each in early} == {"alice", "bob", "carol"}

        bob.answer(invites[bob.port], 200, body=SDP, extra=[("X-Rep", "mallory")])

        heard = await worker.final("INVITE")
        assert (heard.status, heard.all("X-Rep")) == (200, ["bob"])
        await branch(node, call_id, "bob", 200)
        for loser, rep in ((alice, "alice"), (carol, "carol")):
            cancel = await obey_cancel(loser, invites[loser.port])
            assert cancel.get("Reason") == 'SIP;cause=200;text="Call completed elsewhere"'
            await branch(node, call_id, rep, 487)


async def test_when_all_have_refused_the_node_is_asked_for_the_next_step(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    steps = iter([to_hunt("alice/bob"), to_hunt("carol"), reply(480, "Nobody")])
    node.plan = lambda event: next(steps)
    async with registered(phone, "alice", "bob", "carol") as (alice, bob, carol):
        call_id = worker.invite(TERRITORY)
        alice.answer(await ring(alice), 486)
        await branch(node, call_id, "alice", 486)
        bob.answer(await ring(bob), 603)
        await branch(node, call_id, "bob", 603)

        asked = await node.event("step")
        assert base64.b64decode(asked["call_id"]).decode() == call_id
        carol.answer(await ring(carol), 486)
        await branch(node, call_id, "carol", 486)

        await node.event("step")
        assert (await worker.final("INVITE")).start == "SIP/2.0 480 Nobody"


async def test_several_phones_of_a_rep_count_as_one(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    node.plan = lambda event: to_hunt("alice/bob") if event["event"] == "invite" else reply(480)
    async with registered(phone, "alice", "alice", "alice", "bob") as (*phones, bob):
        call_id = worker.invite(TERRITORY)
        invites = [await ring(each) for each in phones]
        ringing = await ring(bob)
        await branch(node, call_id, "alice", 180)
        await branch(node, call_id, "bob", 180)
        phones[0].answer(invites[0], 603)
        await asyncio.sleep(A_MOMENT_S)
        phones[1].answer(invites[1], 480)
        bob.answer(ringing, 486)
        await branch(node, call_id, "bob", 486)
        await asyncio.sleep(A_MOMENT_S)
        assert codes_of(node, "alice") == []

        phones[2].answer(invites[2], 486)

        await branch(node, call_id, "alice", 603)
        await node.event("step")
        assert codes_of(node, "alice") == []


async def test_a_refusal_is_told_rather_than_a_phone_that_is_switched_off(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    node.plan = lambda event: to_hunt("alice") if event["event"] == "invite" else reply(480)
    async with registered(phone, "alice", "alice") as (live, dead):
        call_id = worker.invite(TERRITORY)
        live.answer(await ring(live), 603)
        await dead.request("INVITE")

        await branch(node, call_id, "alice", 603)
        assert (await worker.final("INVITE")).status == 480


async def test_a_rep_without_a_phone_has_failed_at_once_and_the_others_ring(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    node.plan = lambda event: to_hunt("dave/bob/erin")
    async with registered(phone, "bob") as (bob,):
        call_id = worker.invite(TERRITORY)
        invite = await ring(bob)
        await branch(node, call_id, "dave", 480)
        await branch(node, call_id, "erin", 480)
        bob.answer(invite, 200, body=SDP)

        assert (await worker.final("INVITE")).get("X-Rep") == "bob"


@pytest.mark.parametrize("users", ["erin", "erin/dave", "", "/", "nobody"])
async def test_when_nobody_can_be_rung_the_next_step_is_asked_for_at_once(
    edge: Edge, node: Peer, worker: Ua, users: str
) -> None:
    node.plan = lambda event: to_hunt(users) if event["event"] == "invite" else reply(480, "None")
    started = time.monotonic()

    worker.invite(TERRITORY)

    assert (await worker.final("INVITE")).start == "SIP/2.0 480 None"
    assert time.monotonic() - started < 1


async def test_a_step_ends_when_its_time_is_over(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    steps = iter([to_hunt("alice/bob", step_ms=500), to_hunt("carol")])
    node.plan = lambda event: next(steps)
    async with registered(phone, "alice", "bob", "carol") as (alice, bob, carol):
        call_id = worker.invite(TERRITORY)
        invites = [await ring(each) for each in (alice, bob)]
        started = time.monotonic()

        for each, invite in zip((alice, bob), invites, strict=True):
            cancel = await obey_cancel(each, invite)
            assert "200" not in cancel.get("Reason")
        await branch(node, call_id, "alice", 408)
        await branch(node, call_id, "bob", 408)
        invite = await ring(carol)
        assert 0.3 < time.monotonic() - started < 1
        carol.answer(invite, 200, body=SDP)

        assert (await worker.final("INVITE")).get("X-Rep") == "carol"


async def test_a_dead_phone_is_given_up_and_the_hunt_goes_on(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    node.plan = lambda event: to_hunt("alice/bob")
    async with registered(phone, "alice", "bob") as (alice, bob):
        started = time.monotonic()
        call_id = worker.invite(TERRITORY)
        await alice.request("INVITE")
        invite = await ring(bob)

        await branch(node, call_id, "alice", 408)

        assert time.monotonic() - started < 3.2
        bob.answer(invite, 200, body=SDP)
        assert (await worker.final("INVITE")).get("X-Rep") == "bob"


async def test_a_worker_that_cancels_stops_all_phones_at_once(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    node.plan = lambda event: to_hunt("alice/bob/carol")
    async with registered(phone, "alice", "bob", "carol") as phones:
        call_id = worker.invite(TERRITORY)
        invites = [await ring(each) for each in phones]
        await worker.provisional(180)
        started = time.monotonic()

        worker.cancel_last()

        for each, invite in zip(phones, invites, strict=True):
            await obey_cancel(each, invite)
        assert (await worker.final("INVITE")).status == 487
        assert time.monotonic() - started < 0.5
        for rep in ("alice", "bob", "carol"):
            await branch(node, call_id, rep, 487)
        await asyncio.sleep(A_MOMENT_S)
        assert [e for e in node.events if e["event"] == "step"] == []


async def test_a_worker_that_cancels_between_two_steps_ends_the_hunt(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    node.plan = lambda event: to_hunt("alice") if event["event"] == "invite" else None
    async with registered(phone, "alice", "bob") as (alice, bob):
        worker.invite(TERRITORY)
        alice.answer(await ring(alice), 486)
        asked = await node.event("step")

        worker.cancel_last()
        await worker.final("CANCEL")
        node.carry_out(asked, to_hunt("bob"))

        assert (await worker.final("INVITE")).status == 487
        await asyncio.sleep(A_MOMENT_S)
        assert bob.inbox == []


async def test_a_node_that_has_no_next_step_in_time_ends_the_hunt(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    node.plan = lambda event: to_hunt("alice") if event["event"] == "invite" else None
    async with registered(phone, "alice") as (alice,):
        worker.invite(TERRITORY)
        alice.answer(await ring(alice), 486)

        heard = await worker.final("INVITE")

        assert (heard.status, heard.get("Retry-After")) == (503, "5")


async def test_a_rep_is_added_to_a_hunt_that_goes_on(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    node.plan = lambda event: to_hunt("alice") if event["event"] == "invite" else None
    async with registered(phone, "alice", "bob", "bob") as (alice, first, second):
        call_id = worker.invite(TERRITORY)
        asked = await node.event("invite")
        ringing = await ring(alice)
        node.carry_out(asked, append("bob/erin", call_id))
        invites = [await ring(each) for each in (first, second)]
        await branch(node, call_id, "bob", 180)
        await branch(node, call_id, "erin", 480)
        alice.answer(ringing, 486)
        await branch(node, call_id, "alice", 486)

        second.answer(invites[1], 200, body=SDP)

        heard = await worker.final("INVITE")
        assert (heard.status, heard.all("X-Rep")) == (200, ["bob"])
        await obey_cancel(first, invites[0])
        await branch(node, call_id, "bob", 200)


async def test_a_hunt_with_added_reps_ends_when_all_have_refused(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    node.plan = lambda event: to_hunt("alice") if event["event"] == "invite" else reply(480)
    async with registered(phone, "alice", "bob") as (alice, bob):
        call_id = worker.invite(TERRITORY)
        asked = await node.event("invite")
        ringing = await ring(alice)
        node.carry_out(asked, append("bob", call_id))
        added = await ring(bob)

        alice.answer(ringing, 486)
        bob.answer(added, 603)

        await branch(node, call_id, "bob", 603)
        await node.event("step")
        assert (await worker.final("INVITE")).status == 480


async def test_a_rep_who_is_added_just_when_the_step_is_over_rings_on(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    node.plan = lambda event: to_hunt("alice") if event["event"] == "invite" else None
    async with registered(phone, "alice", "bob") as (alice, bob):
        call_id = worker.invite(TERRITORY)
        asked = await node.event("invite")
        alice.answer(await ring(alice), 486)
        over = await node.event("step")
        node.carry_out(asked, append("bob", call_id))
        added = await ring(bob)

        node.carry_out(over, to_hunt(""))
        await asyncio.sleep(1.5)
        bob.answer(added, 200, body=SDP)

        assert (await worker.final("INVITE")).get("X-Rep") == "bob"


@pytest.mark.parametrize("when", ["answered", "refused", "cancelled", "unknown"])
async def test_a_rep_is_not_added_to_a_hunt_that_is_over(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua, when: str
) -> None:
    node.plan = lambda event: to_hunt("alice") if event["event"] == "invite" else reply(480)
    async with registered(phone, "alice", "bob") as (alice, bob):
        call_id = worker.invite(TERRITORY)
        asked = await node.event("invite")
        ringing = await ring(alice)
        if when == "answered":
            alice.answer(ringing, 200, body=SDP)
        elif when == "refused":
            alice.answer(ringing, 486)
        elif when == "cancelled":
            worker.cancel_last()
            await obey_cancel(alice, ringing)
        else:
            asked = {**asked, "label": 1}
            alice.answer(ringing, 486)
        await worker.final("INVITE")

        node.carry_out(asked, append("bob", call_id))

        await branch(node, call_id, "bob", 480)
        await asyncio.sleep(A_MOMENT_S)
        assert bob.inbox == []


async def test_a_hunt_may_have_many_steps_but_not_without_end(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    node.plan = lambda event: to_hunt("alice")
    async with registered(phone, "alice") as (alice,):
        worker.invite(TERRITORY)
        for _ in range(15):
            alice.answer(await ring(alice), 486)

        assert (await worker.final("INVITE")).status == 480


async def test_a_hunt_in_vain_may_end_at_a_trunk(
    edge: Edge, node: Peer, phone: OpenUa, trunk: Ua, worker: Ua
) -> None:
    steps = iter([to_hunt("alice", step_ms=300), to_trunk(trunk.port)])
    node.plan = lambda event: next(steps)
    async with registered(phone, "alice") as (alice,):
        call_id = worker.invite(TERRITORY)
        await obey_cancel(alice, await ring(alice))
        invite = await trunk.request("INVITE")
        trunk.answer(invite, 180)
        assert (await worker.until(lambda m: m.status == 180 and not m.get("X-Rep"))).status == 180
        trunk.answer(invite, 200, body=SDP)

        heard = await worker.final("INVITE")
        assert (heard.status, heard.get("X-Rep")) == (200, "")
        worker.ack(as_caller(heard))
        await trunk.request("ACK")
        await node.event("hop", trunk="pstn", code=200)
        await branch(node, call_id, "alice", 408)
        assert [e for e in node.events if e["event"] == "branch" and e["rep"] != "alice"] == []


async def test_a_hunt_in_vain_may_end_at_a_rep(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    steps = iter([to_hunt("alice"), to_rep("bob")])
    node.plan = lambda event: next(steps)
    async with registered(phone, "alice", "bob", "bob") as (alice, first, second):
        worker.invite(TERRITORY)
        alice.answer(await ring(alice), 486)
        invites = [await ring(each) for each in (first, second)]
        first.answer(invites[0], 603)
        second.answer(invites[1], 200, body=SDP)

        assert (await worker.final("INVITE")).status == 200


async def test_reps_for_whom_no_branch_is_left_are_told_of(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    node.plan = lambda event: to_hunt("alice/bob/carol/dave/erin")
    many = [rep for rep in ("alice", "bob", "carol") for _ in range(10)]
    async with registered(phone, *many, "dave") as phones:
        call_id = worker.invite(TERRITORY)

        await branch(node, call_id, "dave", 480)
        await branch(node, call_id, "erin", 480)

        phones[0].answer(await ring(phones[0]), 200, body=SDP)
        assert (await worker.final("INVITE")).get("X-Rep") == "alice"
        assert phones[-1].inbox == []


@pytest.mark.parametrize("users", ["alice", "alice/bob"])
async def test_a_phone_that_cannot_be_sent_to_has_failed(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua, users: str
) -> None:
    node.plan = lambda event: to_hunt(users) if event["event"] == "invite" else reply(480)
    odd = await phone()
    contact = f"<sip:x@{HOST}:{odd.port};transport=tls>"
    await odd.register("alice", "secret-alice", contact=contact)
    async with registered(phone, "bob") as (bob,):
        worker.invite(TERRITORY)
        if "bob" in users:
            bob.answer(await ring(bob), 486)

        assert (await worker.final("INVITE")).status == 480
        assert (await node.event("branch", rep="alice"))["code"] in {408, 480}
    await odd.register("alice", "secret-alice", contact=contact, expires=0)


async def test_a_rep_who_is_rung_again_is_told_of_again(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    steps = iter([to_hunt("alice"), to_hunt("alice", step_ms=300), reply(480)])
    node.plan = lambda event: next(steps)
    async with registered(phone, "alice") as (alice,):
        call_id = worker.invite(TERRITORY)
        alice.answer(await ring(alice), 486)
        await branch(node, call_id, "alice", 486)
        await obey_cancel(alice, await ring(alice))

        await worker.final("INVITE")
        assert codes_of(node, "alice") == [180, 180, 408]
