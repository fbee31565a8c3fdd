"""What is no SIP gets an answer or silence; the edge lives and the next call works."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.contract.edge.conftest import Edge, OpenUa
from tests.contract.edge.peer import Peer, reply
from tests.contract.edge.ua import DOMAIN, HOST, SDP, Ua, raw_request, token

pytestmark = pytest.mark.contract

URI = f"sip:bob@{DOMAIN}"


def invite(ua: Ua, *, without: str = "", **changed: str) -> bytes:
    fixed = ua.headers("INVITE", f"<sip:alice@{DOMAIN}>;tag=1", f"<{URI}>", token())
    headers = [(name, changed.pop(name.replace("-", "_"), value)) for name, value in fixed]
    headers += [(name.replace("_", "-"), value) for name, value in changed.items()]
    return raw_request("INVITE", URI, [pair for pair in headers if pair[0] != without], SDP)


async def is_well(edge: Edge, node: Peer, trunk: Ua) -> bool:
    node.plan = lambda event: reply(404)
    call_id = trunk.invite(f"sip:+14805550100@{DOMAIN}")
    return (await trunk.final("INVITE", call_id)).status == 404 and edge.is_alive()


@pytest.mark.parametrize(
    "without", ["Via", "From", "To", "Call-ID", "CSeq", "Max-Forwards", "Contact"]
)
async def test_a_missing_header(edge: Edge, node: Peer, trunk: Ua, without: str) -> None:
    trunk.send(invite(trunk, without=without))
    await asyncio.sleep(0.1)

    statuses = {m.status for m in trunk.inbox}
    assert statuses <= {100, 400, 404}
    if without in {"From", "To", "Call-ID", "CSeq", "Contact"}:
        assert 404 not in statuses
    assert await is_well(edge, node, trunk)


@pytest.mark.parametrize(
    "changed",
    [
        {"Content_Length": "-1"},
        {"Content_Length": "99999"},
        {"Content_Length": "4294967297"},
        {"Content_Length": "two"},
        {"CSeq": "1 BYE"},
        {"CSeq": "99999999999999 INVITE"},
        {"CSeq": "INVITE"},
        {"From": "<<<>;tag=1"},
        {"From": f"sip:{'a' * 3000}@{DOMAIN};tag=1"},
        {"To": '"unclosed <sip:x@y>'},
        {"To": ""},
        {"Via": "SIP/2.0/UDP"},
        {"Via": "SIP/2.0/UDP :::::;branch=1"},
        {"Contact": "<sip:@:99999999>"},
        {"Contact": "*"},
        {"Contact": ""},
        {"Max_Forwards": "0"},
        {"Max_Forwards": "-5"},
        {"Max_Forwards": "many"},
        {"Route": "<sip:;lr>"},
        {"Call_ID": "x" * 4000},
        {"Proxy_Require": "the-impossible"},
    ],
    ids=str,
)
async def test_a_broken_header(edge: Edge, node: Peer, trunk: Ua, changed: dict[str, str]) -> None:
    node.plan = lambda event: reply(404)

    trunk.send(invite(trunk, **changed))
    await asyncio.sleep(0.1)

    if changed == {"Max_Forwards": "0"}:
        assert 483 in {m.status for m in trunk.inbox}
    if "Proxy_Require" in changed:
        assert 420 in {m.status for m in trunk.inbox}
    assert await is_well(edge, node, trunk)


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00",
        b"\r\n\r\n",
        b"INVITE\r\n\r\n",
        b"INVITE sip:x SIP/2.0",
        b"SIP/2.0 200 OK\r\n\r\n",
        b"SIP/2.0 999999 X\r\nVia: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"OPTIONS " + b"a" * 60000 + b" SIP/2.0\r\n\r\n",
        b"\xff" * 1500,
        b"INVITE sip:bob@switch.test SIP/2.0\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
    ],
    ids=lambda raw: repr(raw[:20]),
)
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_garbage(
    edge: Edge, node: Peer, phone: OpenUa, trunk: Ua, raw: bytes, transport: str
) -> None:
    stranger = await phone(transport)

    stranger.send(raw)
    await asyncio.sleep(0.05)

    assert await is_well(edge, node, trunk)


async def test_any_message_may_be_cut_or_scratched(edge: Edge, node: Peer, trunk: Ua) -> None:
    chance = random.Random(2)
    for _ in range(300):
        raw = bytearray(invite(trunk))
        for _ in range(chance.randint(1, 6)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        trunk.send(bytes(raw[: chance.randint(1, len(raw))]))
        await asyncio.sleep(0.001)

    trunk.inbox.clear()
    assert await is_well(edge, node, trunk)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_message_too_long_is_513(
    edge: Edge, node: Peer, phone: OpenUa, trunk: Ua, transport: str
) -> None:
    alice = await phone(transport)
    body = "v" * (edge.settings.message_bytes + 1)
    fixed = alice.headers("INVITE", f"<sip:alice@{DOMAIN}>;tag=1", f"<{URI}>", token())

    alice.send(raw_request("INVITE", URI, fixed, body))

    assert (await alice.final("INVITE")).status == 513
    assert await is_well(edge, node, trunk)


async def test_the_longest_message_reaches_the_node_whole(
    edge: Edge, node: Peer, trunk: Ua
) -> None:
    node.plan = lambda event: reply(404)
    fixed = trunk.headers("INVITE", f"<sip:alice@{DOMAIN}>;tag=1", f"<{URI}>", token())
    room = edge.settings.message_bytes - len(raw_request("INVITE", URI, fixed)) - 10

    trunk.send(raw_request("INVITE", URI, fixed, "v" * room))

    assert (await trunk.final("INVITE")).status == 404
    asked = await node.event("invite")
    assert len(asked["message"]) > room


async def test_the_rpc_port_answers_neither_sip_nor_a_browser(
    edge: Edge, node: Peer, trunk: Ua
) -> None:
    sip = await Ua.open(edge.settings.rpc_port, "tcp")
    fixed = sip.headers("OPTIONS", f"<sip:a@{DOMAIN}>;tag=1", f"<sip:{DOMAIN}>", token())
    sip.send(raw_request("OPTIONS", f"sip:{DOMAIN}", fixed))
    await asyncio.sleep(0.1)
    assert sip.inbox == []
    await sip.close()

    for port in (edge.settings.rpc_port, edge.settings.sip_port):
        reader, writer = await asyncio.open_connection(HOST, port)
        body = b'{"jsonrpc":"2.0","method":"core.kill","params":[15],"id":1}'
        head = b"POST /RPC HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
        writer.write(head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        assert b"403" in await reader.readline()
        writer.close()
    assert await is_well(edge, node, trunk)


async def test_what_cannot_be_parsed_is_not_quoted_in_the_log(
    edge: Edge, node: Peer, trunk: Ua
) -> None:
    for _ in range(20):
        trunk.send(b"INVITE sip:+12065550177@switch.test SIP/2.0\r\nVia: +12065550177\r\n\r\n")
        trunk.send(invite(trunk, From="<sip:+12065550177@>;;;tag=1"))

    assert await is_well(edge, node, trunk)
    assert "+12065550177" not in edge.log.read_text(errors="replace")
