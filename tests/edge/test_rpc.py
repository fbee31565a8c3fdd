from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from switch.edge import rpc

HOST = "127.0.0.1"
Serve = Callable[[bytes], Awaitable[int]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Return a function that starts an edge with one answer, and gives its port."""
    servers: list[asyncio.Server] = []

    async def start(answer: bytes) -> int:
        async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b'"id":1}')
            writer.write(answer)
            writer.close()

        servers.append(await asyncio.start_server(serve_one, HOST, 0))
        port: int = servers[-1].sockets[0].getsockname()[1]
        return port

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


def http(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


async def test_only_contacts_that_still_hold_are_counted(serve: Serve) -> None:
    port = await serve(
        http(
            b'{"jsonrpc":"2.0","id":1,"result":{"Domains":[{"Domain":{"AoRs":['
            b'{"Info":{"AoR":"alice","Contacts":[{"Contact":{"Expires":30}},'
            b'{"Contact":{"Expires":"expired"}}]}},'
            b'{"Info":{"AoR":"bob","Contacts":[{"Contact":{"Expires":"deleted"}}]}}]}}]}}'
        )
    )

    assert await rpc.contacts(port) == {"alice": 1}


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}",
        http(b"not json"),
        http(b"[]"),
        http(b'{"error":{"code":500}}'),
        http(b'{"result":{"Domains":7}}'),
    ],
    ids=repr,
)
async def test_an_answer_that_cannot_be_used_is_an_error_that_says_so(
    serve: Serve, answer: bytes
) -> None:
    port = await serve(answer)

    with pytest.raises(rpc.EdgeNotAsked, match=r"ul\.dump") as caught:
        await rpc.contacts(port)

    assert caught.value.reason


async def test_an_edge_that_is_not_there_is_not_ready(unused_tcp_port: int) -> None:
    assert not await rpc.is_ready(unused_tcp_port)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(rpc.until_ready(unused_tcp_port), 0.2)


async def test_an_edge_that_answers_is_ready(serve: Serve) -> None:
    port = await serve(http(b'{"jsonrpc":"2.0","result":{"now":"x"},"id":1}'))

    await asyncio.wait_for(rpc.until_ready(port), 10)
