"""Whoever may look sees the numbers, and whatever else is asked does no harm."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from prometheus_client import CollectorRegistry, Gauge

from switch.demo.ports import take_port
from switch.scrape import Scrape

HOST = "127.0.0.7"


@pytest.fixture
async def url() -> AsyncIterator[str]:
    registry = CollectorRegistry()
    Gauge("softswitch_things", "Things.", registry=registry).set(3)
    port = take_port(HOST)
    running = asyncio.create_task(Scrape(registry, address=HOST, port=port).run())
    async with asyncio.timeout(30):
        while True:
            try:
                _reader, writer = await asyncio.open_connection(HOST, port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                break
    yield f"http://{HOST}:{port}"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_the_numbers_are_at_metrics(url: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{url}/metrics?name=x")
        head = await client.head(f"{url}/metrics")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "\nsoftswitch_things 3.0\n" in answer.text
    assert (head.status_code, head.text) == (200, "")
    assert head.headers["Content-Length"] == answer.headers["Content-Length"]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/", 404), ("POST", "/metrics", 405)]
)
async def test_nothing_else_is_there(url: str, method: str, path: str, status: int) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.request(method, url + path)).status_code == status


@pytest.mark.parametrize("sent", [b"", b"\0\r\n\r\n", b"x" * 100_000, b"GET /metrics"])
async def test_what_is_no_request_ends_its_connection_and_nothing_else(
    url: str, sent: bytes
) -> None:
    host, _colon, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    writer.write_eof()
    async with asyncio.timeout(30):
        try:
            answer = await reader.read()
        except ConnectionError:
            answer = b""
    writer.close()

    assert b"softswitch_things" not in answer
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{url}/metrics")).status_code == 200


async def test_a_port_that_somebody_has_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("switch.scrape._AGAIN_AFTER_S", 0.01)
    port = take_port(HOST)
    somebody = await asyncio.start_server(lambda _reader, writer: writer.close(), HOST, port)
    running = asyncio.create_task(Scrape(CollectorRegistry(), address=HOST, port=port).run())
    await asyncio.sleep(0.05)
    assert not running.done()
    somebody.close()
    await somebody.wait_closed()

    async with asyncio.timeout(30), httpx.AsyncClient(trust_env=False) as client:
        while await _status(client, f"http://{HOST}:{port}/metrics") != 200:  # noqa: ASYNC110 -- nobody tells
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _status(client: httpx.AsyncClient, url: str) -> int | None:
    try:
        return (await client.get(url)).status_code
    except httpx.TransportError:
        return None
