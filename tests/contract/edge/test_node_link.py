"""The evapi connection: torn, silent, gone, and two at once."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from tests.contract.edge.conftest import Edge, OpenUa
from tests.contract.edge.peer import Event, Peer, reply, to_worker
from tests.contract.edge.talk import talk_with_rep
from tests.contract.edge.ua import DOMAIN, Ua

pytestmark = pytest.mark.contract

DID = f"sip:+14805550100@{DOMAIN}"
A_MOMENT_S = 0.1


async def status_of_a_call(trunk: Ua) -> tuple[int, str, float]:
    started = time.monotonic()
    call_id = trunk.invite(DID)
    heard = await trunk.final("INVITE", call_id)
    return heard.status, heard.get("Retry-After"), time.monotonic() - started


async def test_without_a_node_a_call_is_503_at_once(edge: Edge, trunk: Ua) -> None:
    await asyncio.sleep(A_MOMENT_S)  # a node of the test before may just be leaving

    status, retry_after, took_s = await status_of_a_call(trunk)

    assert (status, retry_after) == (503, "5")
    assert took_s < 1


async def test_a_silent_node_is_503_when_its_time_is_over(
    edge: Edge, node: Peer, phone: OpenUa, trunk: Ua, worker: Ua
) -> None:
    alice = await phone()
    async with talk_with_rep(node, worker, alice) as (_, callee):
        node.plan = lambda event: None
        alice.within(callee, "REFER", extra=[("Refer-To", f"<sip:bob@{DOMAIN}>")])

        status, retry_after, took_s = await status_of_a_call(trunk)

        refused = await alice.final("REFER")
        assert (status, retry_after) == (503, "5")
        assert (refused.status, refused.get("Retry-After")) == (503, "5")
        # Kamailio's timer has steps of a sixteenth of a second.
        assert -0.1 < took_s - edge.settings.node_timeout_s < 1


async def test_a_plan_that_comes_too_late_changes_nothing(
    edge: Edge, node: Peer, trunk: Ua, worker: Ua
) -> None:
    trunk.invite(DID)
    assert (await trunk.final("INVITE")).status == 503

    node.carry_out(await node.event("invite"), to_worker(worker.port))
    await asyncio.sleep(A_MOMENT_S)

    assert worker.inbox == []
    node.plan = lambda event: reply(404)
    assert (await status_of_a_call(trunk))[0] == 404


async def test_an_older_connection_that_closes_does_not_close_the_newer(
    edge: Edge, node: Peer, trunk: Ua
) -> None:
    newer = await Peer.connect(edge.settings.evapi_port)
    await asyncio.sleep(A_MOMENT_S)
    newer.plan = lambda event: reply(404)

    await node.close()
    await asyncio.sleep(A_MOMENT_S)
    assert (await status_of_a_call(trunk))[0] == 404
    await newer.close()
    await asyncio.sleep(A_MOMENT_S)

    assert (await status_of_a_call(trunk))[0] == 503


async def test_a_connection_that_breaks_is_noticed(edge: Edge, trunk: Ua) -> None:
    node = await Peer.connect(edge.settings.evapi_port)
    await asyncio.sleep(A_MOMENT_S)
    # Closed with something unread: the edge sees a reset, not an end.
    assert node._task
    node._task.cancel()
    node.reader._transport.pause_reading()  # type: ignore[attr-defined]
    trunk.invite(DID)
    await asyncio.sleep(A_MOMENT_S)
    node.writer.transport.abort()
    assert (await trunk.final("INVITE")).status == 503

    status, _, took_s = await status_of_a_call(trunk)

    assert status == 503
    assert took_s < 1


@pytest.mark.parametrize(
    "torn",
    [
        b"garbage",
        b"5:ab,",
        b"0:,",
        b"12345678901234567890:x,",
        b"-3:abc,",
        b"3:abc;",
        b"3:abc,",
        b"2:{},",
        b'9:{"index",',
        b"\x00\xff\xfe,",
        b"7:[1,2,3],",
        b'36:{"index":99999999,"label":4294967295},',
        b'24:{"index":"x","label":{}},',
        b'26:{"index":-1,"label":-1.5 },',
        b"4:null,",
    ],
)
async def test_a_torn_message_of_the_node_harms_nothing(
    edge: Edge, node: Peer, trunk: Ua, torn: bytes
) -> None:
    node.plan = lambda event: reply(404)
    node.writer.write(torn)
    await asyncio.sleep(A_MOMENT_S)
    # A message that waits for the rest of its length swallows what comes first after it.
    node.writer.write(b"\n")
    await asyncio.sleep(A_MOMENT_S)

    statuses = [(await status_of_a_call(trunk))[0] for _ in range(2)]

    assert statuses[-1] == 404
    assert edge.is_alive()


@pytest.mark.parametrize(
    "plan",
    [
        {},
        {"action": "fly"},
        {"action": "reply"},
        {"action": "reply", "code": "x", "reason": 7},
        {"action": "reply", "code": 99999, "reason": "R"},
        {"action": "reply", "code": 180, "reason": "R"},
        {"action": "reply", "code": -1, "reason": "R"},
        {"action": "worker"},
        {"action": "worker", "uri": "garbage"},
        {"action": "rep"},
        {"action": "rep", "user": "a b<>;@"},
        {"action": "trunk"},
        {"action": "trunk", "hops": [{"uri": "x", "ruri": "y"}]},
        {"action": "hunt"},
        {"action": "hunt", "users": 7, "step_ms": "x"},
        {"action": "hunt", "users": 'a b<>;@/"/../$ru', "step_ms": -1},
        {"action": "append"},
        {"action": "append", "users": ["erin"], "call_id": 7},
    ],
)
async def test_a_plan_that_cannot_be_carried_out_ends_its_call_only(
    edge: Edge, node: Peer, trunk: Ua, plan: dict[str, object]
) -> None:
    node.plan = lambda event: plan
    status, _, _ = await status_of_a_call(trunk)
    assert status in {480, 500, 503}

    node.plan = lambda event: reply(404)

    assert (await status_of_a_call(trunk))[0] == 404


async def test_messages_may_come_together_and_in_pieces(edge: Edge, node: Peer, trunk: Ua) -> None:
    def netstring(plan: Event, *, index: int, label: int) -> bytes:
        raw = json.dumps({**plan, "index": index, "label": label}).encode()
        return b"%d:%s," % (len(raw), raw)

    trunk.invite(DID)
    asked = await node.event("invite")
    wanted = netstring(reply(404), index=asked["index"], label=asked["label"])
    other = netstring(reply(500), index=1, label=1)

    # Not within the length nor right before the last comma: Kamailio forgets such a message.
    # A node that writes each message in one piece never gets there.
    node.writer.write(other + wanted[:4])
    for start in range(4, len(wanted) - 5, 7):
        await asyncio.sleep(0.002)
        node.writer.write(wanted[start : min(start + 7, len(wanted) - 5)])
    await asyncio.sleep(0.002)
    node.writer.write(wanted[-5:])

    assert (await trunk.final("INVITE")).status == 404
