"""New calls: from trunks and reps to a worker, from a worker to reps and trunks."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.contract.edge.conftest import Edge, OpenUa
from tests.contract.edge.hunting import is_hung_up, registered
from tests.contract.edge.peer import (
    Event,
    Peer,
    message_of,
    reply,
    to_rep,
    to_trunk,
    to_worker,
)
from tests.contract.edge.ua import DOMAIN, HOST, SDP, Ua, as_callee, as_caller

pytestmark = pytest.mark.contract

DID = f"sip:+14805550100@{DOMAIN}"


async def test_a_call_from_the_trunk_reaches_the_worker_the_node_names(
    edge: Edge, node: Peer, trunk: Ua, worker: Ua
) -> None:
    node.plan = lambda event: to_worker(worker.port)

    call_id = trunk.invite(DID)

    asked = await node.event("invite")
    assert (asked["source"], asked["name"], asked["transport"]) == ("trunk", "pstn", "udp")
    assert asked["address"] == f"{HOST}:{trunk.port}"
    assert message_of(asked).get("Call-ID") == call_id
    assert message_of(asked).body == SDP
    invite = await worker.request("INVITE")
    assert (invite.uri, invite.body) == (DID, SDP)

    worker.answer(invite, 180)
    await trunk.provisional(180)
    answered = worker.answer(invite, 200, body=SDP)
    heard = await trunk.final("INVITE")
    assert heard.status == 200
    caller, callee = as_caller(heard), as_callee(invite, answered)
    trunk.ack(caller)
    await worker.request("ACK")
    worker.within(callee, "BYE")
    bye = await trunk.request("BYE")
    trunk.answer(bye, 200)
    assert (await worker.final("BYE")).status == 200


async def test_a_call_from_a_rep_is_proven_by_digest(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    node.plan = lambda event: to_worker(worker.port)
    alice = await phone()

    await alice.invite_as("alice", "secret-alice", f"sip:bob@{DOMAIN}")

    asked = await node.event("invite")
    assert (asked["source"], asked["name"]) == ("rep", "alice")
    invite = await worker.request("INVITE")
    assert invite.get("Proxy-Authorization") == ""
    worker.answer(invite, 486, "Busy Here")
    assert (await alice.final("INVITE")).status == 486


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_worker_reaches_a_registered_phone(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua, transport: str
) -> None:
    alice = await phone(transport)
    assert (await alice.register("alice", "secret-alice")).status == 200
    node.plan = lambda event: to_rep("alice")

    worker.invite(f"sip:alice@{DOMAIN}")

    asked = await node.event("invite")
    assert (asked["source"], asked["address"]) == ("worker", f"{HOST}:{worker.port}")
    invite = await alice.request("INVITE")
    alice.answer(invite, 180)
    await worker.provisional(180)
    answered = alice.answer(invite, 200, body=SDP)
    heard = await worker.final("INVITE")
    caller, callee = as_caller(heard), as_callee(invite, answered)
    worker.ack(caller)
    await alice.request("ACK")

    # From the phone: a hold; from the worker: what tells of a transfer, and the end.
    alice.within(callee, "INVITE", body=SDP, extra=[("Content-Type", "application/sdp")])
    hold = await worker.request("INVITE")
    worker.answer(hold, 200, body=SDP)
    assert (await alice.final("INVITE")).status == 200
    alice.ack(callee)
    await worker.request("ACK")
    for method in ("NOTIFY", "INFO", "UPDATE", "BYE"):
        worker.within(caller, method)
        alice.answer(await alice.request(method), 200)
        assert (await worker.final(method)).status == 200
    await alice.register("alice", "secret-alice", expires=0)


async def test_a_worker_reaches_a_trunk(edge: Edge, node: Peer, trunk: Ua, worker: Ua) -> None:
    node.plan = lambda event: to_trunk(trunk.port)

    worker.invite(f"sip:+12065550100@{DOMAIN}", extra=[("X-Conversation", "c1")])

    invite = await trunk.request("INVITE")
    assert invite.uri == f"sip:+12065550100@{HOST}:{trunk.port}"
    assert invite.get("X-Conversation") == ""
    assert invite.source[1] == edge.settings.sip_port
    answered = trunk.answer(invite, 200, body=SDP)
    heard = await worker.final("INVITE")
    worker.ack(as_caller(heard))
    await trunk.request("ACK")
    trunk.within(as_callee(invite, answered), "BYE")
    worker.answer(await worker.request("BYE"), 200)
    assert (await trunk.final("BYE")).status == 200


@pytest.mark.parametrize("status", [302, 404, 480, 486, 488, 500, 503, 603])
@pytest.mark.parametrize("party", ["phone", "trunk"])
async def test_a_partys_status_reaches_the_worker_as_it_was(
    edge: Edge, node: Peer, phone: OpenUa, trunk: Ua, worker: Ua, status: int, party: str
) -> None:
    alice = await phone()
    if party == "phone":
        await alice.register("alice", "secret-alice")
    node.plan = lambda event: to_rep("alice") if party == "phone" else to_trunk(trunk.port)
    other = alice if party == "phone" else trunk

    worker.invite(f"sip:alice@{DOMAIN}")
    invite = await other.request("INVITE")
    other.answer(invite, status, "As It Is")

    heard = await worker.final("INVITE")
    assert heard.start == f"SIP/2.0 {status} As It Is"
    await alice.register("alice", "secret-alice", expires=0)


async def test_a_reply_of_the_node_has_its_headers(edge: Edge, node: Peer, trunk: Ua) -> None:
    node.plan = lambda event: reply(503, "All Busy", "Retry-After: 7\r\nX-Why: pool\r\n")

    trunk.invite(DID)

    heard = await trunk.final("INVITE")
    assert heard.start == "SIP/2.0 503 All Busy"
    assert heard.get("Retry-After") == "7"


async def test_a_rep_who_is_not_registered_is_480(edge: Edge, node: Peer, worker: Ua) -> None:
    node.plan = lambda event: to_rep("erin")

    worker.invite(f"sip:erin@{DOMAIN}")

    assert (await worker.final("INVITE")).status == 480


async def test_all_phones_of_a_rep_ring_and_one_that_declines_stops_no_other(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    first, second = await phone(), await phone("tcp")
    for each in (first, second):
        await each.register("bob", "secret-bob")
    node.plan = lambda event: to_rep("bob")

    worker.invite(f"sip:bob@{DOMAIN}")
    first.answer(await first.request("INVITE"), 603, "Decline")
    ringing = await second.request("INVITE")
    second.answer(ringing, 180)
    await worker.provisional(180)
    second.answer(ringing, 200, body=SDP)

    assert (await worker.final("INVITE")).status == 200
    for each in (first, second):
        await each.register("bob", "secret-bob", expires=0)


async def test_the_phones_that_did_not_answer_are_told_why(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    first, second = await phone(), await phone()
    for each in (first, second):
        await each.register("bob", "secret-bob")
    node.plan = lambda event: to_rep("bob")

    worker.invite(f"sip:bob@{DOMAIN}")
    ringing = await first.request("INVITE")
    first.answer(ringing, 180)
    second.answer(await second.request("INVITE"), 200, body=SDP)

    cancel = await first.request("CANCEL")
    assert "200" in cancel.get("Reason")
    first.answer(cancel, 200)
    first.answer(ringing, 487)
    for each in (first, second):
        await each.register("bob", "secret-bob", expires=0)


async def test_a_worker_cancels_a_ringing_phone(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    alice = await phone()
    await alice.register("alice", "secret-alice")
    node.plan = lambda event: to_rep("alice")
    worker.invite(f"sip:alice@{DOMAIN}")
    ringing = await alice.request("INVITE")
    alice.answer(ringing, 180)
    await worker.provisional(180)

    worker.cancel_last()

    assert (await worker.final("CANCEL")).status == 200
    alice.answer(await alice.request("CANCEL"), 200)
    alice.answer(ringing, 487, "Request Terminated")
    assert (await worker.final("INVITE")).status == 487
    await alice.register("alice", "secret-alice", expires=0)


async def test_a_silent_phone_is_given_up_in_three_seconds(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    alice = await phone()
    await alice.register("alice", "secret-alice")
    node.plan = lambda event: to_rep("alice")
    started = time.monotonic()

    worker.invite(f"sip:alice@{DOMAIN}")

    assert (await worker.final("INVITE")).status == 408
    assert time.monotonic() - started < 3.5
    await alice.register("alice", "secret-alice", expires=0)


async def test_a_silent_worker_is_503_with_a_time_to_come_again(
    edge: Edge, node: Peer, trunk: Ua, worker: Ua
) -> None:
    node.plan = lambda event: to_worker(worker.port)

    trunk.invite(DID)

    heard = await trunk.final("INVITE")
    assert (heard.status, heard.get("Retry-After")) == (503, "5")


async def test_a_caller_who_gives_up_while_the_node_thinks_gets_487(
    edge: Edge, node: Peer, trunk: Ua, worker: Ua
) -> None:
    trunk.invite(DID)
    asked: Event = await node.event("invite")

    trunk.cancel_last()
    assert (await trunk.final("CANCEL")).status == 200
    await asyncio.sleep(0.1)
    node.carry_out(asked, to_worker(worker.port))

    assert (await trunk.final("INVITE")).status == 487
    assert not [m for m in worker.inbox if m.method == "INVITE"]


async def test_a_retransmitted_invite_is_asked_about_once(
    edge: Edge, node: Peer, trunk: Ua, worker: Ua
) -> None:
    trunk.invite(DID)
    await node.event("invite")
    trunk.send(trunk.last_invite)
    asked_again = [e for e in node.events if e["event"] == "invite"]

    await trunk.until(lambda m: m.status == 100)
    await trunk.until(lambda m: m.status == 100)

    assert asked_again == []


async def test_a_caller_cancels_a_call_that_a_worker_has(
    edge: Edge, node: Peer, trunk: Ua, worker: Ua
) -> None:
    node.plan = lambda event: to_worker(worker.port)
    trunk.invite(DID)
    ringing = await worker.request("INVITE")
    worker.answer(ringing, 180)
    await trunk.provisional(180)

    trunk.cancel_last()

    assert (await trunk.final("CANCEL")).status == 200
    worker.answer(await worker.request("CANCEL"), 200)
    worker.answer(ringing, 487, "Request Terminated")
    assert (await trunk.final("INVITE")).status == 487


async def test_what_belongs_to_an_early_dialog_passes(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    """100rel: PRACK to the phone before it answers, and UPDATE from it (RFC 3262, 3311)."""
    alice = await phone("tcp")
    await alice.register("alice", "secret-alice")
    node.plan = lambda event: to_rep("alice")
    worker.invite(f"sip:alice@{DOMAIN}", extra=[("Supported", "100rel")])
    invite = await alice.request("INVITE")
    assert invite.get("Supported") == "100rel"
    reliable = [("Require", "100rel"), ("RSeq", "1")]
    early = alice.answer(invite, 183, extra=reliable, body=SDP)
    heard = await worker.provisional(183)
    caller, callee = as_caller(heard), as_callee(invite, early)

    worker.within(caller, "PRACK", extra=[("RAck", "1 1 INVITE")])
    alice.answer(await alice.request("PRACK"), 200)
    assert (await worker.final("PRACK")).status == 200
    alice.within(callee, "UPDATE", body=SDP, extra=[("Content-Type", "application/sdp")])
    worker.answer(await worker.request("UPDATE"), 200, body=SDP)
    assert (await alice.final("UPDATE")).status == 200

    alice.answer(invite, 486)
    assert (await worker.final("INVITE")).status == 486
    await alice.register("alice", "secret-alice", expires=0)


async def test_of_two_phones_that_answer_at_once_the_worker_hears_one(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    node.plan = lambda event: to_rep("bob")
    async with registered(phone, "bob", "bob") as phones:
        worker.invite(f"sip:bob@{DOMAIN}")
        invites = [await each.request("INVITE") for each in phones]

        answers = [
            each.answer(invite, 200, body=SDP) for each, invite in zip(phones, invites, strict=True)
        ]

        heard = await worker.final("INVITE")
        worker.ack(as_caller(heard))
        lost = 1 if heard.get("To") == answers[0].get("To") else 0
        await is_hung_up(phones[lost], answers[lost])
        await phones[1 - lost].request("ACK")
        assert [m for m in worker.inbox if m.status == 200] == []


async def test_a_phone_whose_connection_is_gone_is_known_to_be_out_of_reach(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    alice = await phone("tcp")
    await alice.register("alice", "secret-alice")
    node.plan = lambda event: to_rep("alice")
    await alice.close()
    started = time.monotonic()

    worker.invite(f"sip:alice@{DOMAIN}")

    assert (await worker.final("INVITE")).status in {408, 480}
    assert time.monotonic() - started < 3.5


async def test_short_names_of_headers_are_understood(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    short = {"Via": "v", "From": "f", "To": "t", "Call-ID": "i", "Contact": "m"}
    node.plan = lambda event: to_worker(worker.port)
    alice = await phone("tcp")
    alice.spelling = short

    await alice.invite_as("alice", "secret-alice", f"sip:bob@{DOMAIN}")

    invite = await worker.request("INVITE")
    assert ";alias=" in invite.contact_uri
    worker.answer(invite, 486)
    assert (await alice.final("INVITE")).status == 486
