from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from switch.media.ng import MediaError, NgClient

HOST = "127.0.0.1"
PATIENCE_S = 10.0
Reply = Callable[[bytes, dict[str, Any]], list[bytes]]


def ok(cookie: bytes, _asked: dict[str, Any]) -> list[bytes]:
    return [cookie + b' {"result":"ok"}']


class Peer(asyncio.DatagramProtocol):
    """A media server that answers as a test says."""

    def __init__(self) -> None:
        self.reply: Reply = ok
        self.heard: list[tuple[bytes, dict[str, Any]]] = []
        self.port = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def stop(self) -> None:
        self._transport.close()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        cookie, _blank, body = data.partition(b" ")
        self.heard.append((cookie, json.loads(body)))
        for answer in self.reply(cookie, self.heard[-1][1]):
            self._transport.sendto(answer, addr)


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    transport, peer = await asyncio.get_running_loop().create_datagram_endpoint(
        Peer, local_addr=(HOST, 0)
    )
    yield peer
    transport.close()


@pytest.fixture
async def client(peer: Peer) -> AsyncIterator[NgClient]:
    client = await NgClient.connect(HOST, peer.port)
    yield client
    client.close()


async def test_a_request_is_a_cookie_and_an_object_with_dashes(
    peer: Peer, client: NgClient
) -> None:
    assert await client.request("block media", call_id="c1", from_tag="a") == {"result": "ok"}

    [(cookie, asked)] = peer.heard
    assert cookie
    assert asked == {"command": "block media", "call-id": "c1", "from-tag": "a"}


async def test_a_datagram_that_was_lost_is_sent_again_with_the_same_cookie(
    peer: Peer, client: NgClient
) -> None:
    peer.reply = lambda cookie, asked: ok(cookie, asked) if len(peer.heard) == 2 else []

    assert await client.request("ping") == {"result": "ok"}

    first, second = peer.heard
    assert first == second


async def test_every_request_has_a_cookie_of_its_own(peer: Peer, client: NgClient) -> None:
    other = await NgClient.connect(HOST, peer.port)
    await asyncio.gather(client.request("ping"), client.request("ping"), other.request("ping"))
    other.close()

    assert len({cookie for cookie, _asked in peer.heard}) == 3


async def test_answers_may_come_in_another_order(peer: Peer, client: NgClient) -> None:
    waiting: list[bytes] = []

    def the_last_first(cookie: bytes, asked: dict[str, Any]) -> list[bytes]:
        answer = f' {{"result":"ok","number":{asked["number"]}}}'.encode()
        waiting.insert(0, cookie + answer)
        return waiting if len(waiting) == 3 else []

    peer.reply = the_last_first

    answers = await asyncio.gather(*(client.request("ping", number=n) for n in range(3)))

    assert [answer["number"] for answer in answers] == [0, 1, 2]


async def test_silence_is_an_error_after_three_tries(peer: Peer, client: NgClient) -> None:
    peer.reply = lambda _cookie, _asked: []

    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(MediaError, match="'ping': it does not answer"):
            await client.request("ping")

    assert len(peer.heard) == 3


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"result":"error","error-reason":"Unknown call-id"}', "Unknown call-id"),
        (b'{"result":"load limit"}', "load limit"),
        (b"{}", "it gave no reason"),
        (b"d6:result2:oke", "unreadable"),
        (b"[1]", "unreadable"),
        (b"", "unreadable"),
    ],
)
async def test_an_answer_that_is_no_yes_is_an_error_that_says_why(
    peer: Peer, client: NgClient, body: bytes, why: str
) -> None:
    peer.reply = lambda cookie, _asked: [cookie + b" " + body]

    with pytest.raises(MediaError) as refusal:
        await client.request("query")

    assert refusal.value.command == "query"
    assert why in refusal.value.why


async def test_stray_datagrams_are_nobodys_answer(peer: Peer, client: NgClient) -> None:
    peer.reply = lambda cookie, asked: [
        b"",
        b"\xff\x00",
        b'other {"result":"error"}',
        *ok(cookie, asked),
        *ok(cookie, asked),
    ]

    assert await client.request("ping") == {"result": "ok"}
    assert await client.request("ping") == {"result": "ok"}


async def test_who_still_waits_when_the_client_is_closed_waits_no_longer(
    peer: Peer, client: NgClient
) -> None:
    peer.reply = lambda _cookie, _asked: []
    waiting = asyncio.create_task(client.request("ping"))
    await asyncio.sleep(0.05)

    client.close()

    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(MediaError, match="closed"):
            await waiting


async def test_a_request_while_nobody_listens_is_answered_by_who_comes(peer: Peer) -> None:
    """rtpengine is being started anew: each datagram is refused until then."""
    client = await NgClient.connect(HOST, peer.port)
    peer.stop()
    asked = [asyncio.create_task(client.request("ping", number=number)) for number in range(3)]
    await asyncio.sleep(0.3)
    assert not any(one.done() for one in asked)

    transport, other = await asyncio.get_running_loop().create_datagram_endpoint(
        Peer, local_addr=(HOST, peer.port)
    )

    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*asked)
    assert len({cookie for cookie, _asked in other.heard}) == 3
    client.close()
    transport.close()


async def test_nobody_is_waited_for_for_ever(peer: Peer) -> None:
    client = await NgClient.connect(HOST, peer.port)
    peer.stop()

    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(MediaError, match="does not answer"):
            await client.request("ping")
    client.close()


async def test_a_server_that_does_not_know_the_call_says_so(peer: Peer, client: NgClient) -> None:
    """In two spellings, as rtpengine does."""
    for why in ("Unknown call-id", "Unknown call-ID"):
        answer = f' {{"result":"error","error-reason":"{why}"}}'.encode()
        peer.reply = lambda cookie, _asked, answer=answer: [cookie + answer]  # type: ignore[misc]
        with pytest.raises(MediaError) as refused:
            await client.request("query")
        assert refused.value.is_unknown_call
