"""SIP INFO: keys reach the worker in the one form that PJSIP knows, and nothing else does."""

from __future__ import annotations

import pytest

from tests.contract.edge.conftest import Edge, OpenUa
from tests.contract.edge.peer import Peer
from tests.contract.edge.talk import talk_with_rep
from tests.contract.edge.ua import Ua

pytestmark = pytest.mark.contract

RELAY, PLAIN = "application/dtmf-relay", "application/dtmf"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("content_type", "body", "key"),
    [
        (RELAY, "Signal=5\r\nDuration=160\r\n", "5"),
        (RELAY, "Signal= # \r\nDuration= 160 \r\n", "#"),
        (RELAY, "Duration=100\nSignal=*\n", "*"),
        (RELAY, "Signal=10\r\n", "*"),
        (RELAY, "Signal=11\r\n", "#"),
        (RELAY + ";charset=utf-8", "Signal=7", "7"),
        (PLAIN, "5", "5"),
        (PLAIN, "#\r\n", "#"),
        (PLAIN, " d \n", "d"),
    ],
)
async def test_a_key_reaches_the_worker_in_one_form(
    edge: Edge,
    node: Peer,
    phone: OpenUa,
    worker: Ua,
    transport: str,
    content_type: str,
    body: str,
    key: str,
) -> None:
    alice = await phone(transport)
    async with talk_with_rep(node, worker, alice) as (_, callee):
        alice.within(callee, "INFO", extra=[("Content-Type", content_type)], body=body)

        info = await worker.request("INFO")
        worker.answer(info, 200)
        assert (await alice.final("INFO")).status == 200

    assert info.all("Content-Type") == [RELAY]
    assert info.all("Content-Length") == [str(len(info.body))]
    assert info.body == f"Signal={key}\r\nDuration=160\r\n"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        # The first made PJSIP abort the process.
        (RELAY, "Signal=12"),
        (RELAY, "Signal=\r\n"),
        (RELAY, "Signal"),
        (RELAY, "Signal=!\r\n"),
        (RELAY, "Duration=160\r\n"),
        (RELAY, ""),
        (RELAY, "\x00\x01"),
        (PLAIN, "12"),
        (PLAIN, "x\r\n5"),
        (PLAIN, ""),
        (PLAIN + "-other", "5"),
        ("application/media_control+xml", "<media_control/>"),
    ],
)
async def test_what_is_no_key_ends_at_the_edge(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua, content_type: str, body: str
) -> None:
    alice = await phone()
    async with talk_with_rep(node, worker, alice) as (_, callee):
        alice.within(callee, "INFO", extra=[("Content-Type", content_type)], body=body)

        refusal = await alice.final("INFO")

    assert refusal.status == 415
    assert refusal.get("Accept") == f"{RELAY}, {PLAIN}"
    assert [message for message in worker.inbox if message.method == "INFO"] == []


async def test_an_info_that_says_nothing_is_answered(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua
) -> None:
    alice = await phone()
    async with talk_with_rep(node, worker, alice) as (_, callee):
        alice.within(callee, "INFO")

        assert (await alice.final("INFO")).status == 200

    assert [message for message in worker.inbox if message.method == "INFO"] == []
