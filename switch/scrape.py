"""Lets Prometheus look: the numbers of a process, over HTTP, at ``/metrics``.

Numbers are put together when somebody looks, in the loop that everything else runs in: so they
belong together, and cost nothing as long as nobody looks. It answers one request a connection.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final, NoReturn

import structlog
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

_LOG = structlog.get_logger()
_PATH: Final = "/metrics"
_PATIENCE_S: Final = 5.0
"""So long a request may take to come, and its answer to go."""
_LONGEST: Final = 8192
"""Bytes of a request's head."""
_MOST: Final = 16
"""Who look at a time; whoever comes then is sent away."""
_AGAIN_AFTER_S: Final = 2.0


class Scrape:
    """Answers whoever looks; who makes one awaits ``run``."""

    def __init__(self, registry: CollectorRegistry, *, address: str, port: int) -> None:
        """Keep what there is to see, and where.

        Args:
            registry: collects the numbers.
            address: IPv4 address of this machine.
            port: TCP port.
        """
        self._registry = registry
        self._address = address
        self._port = port
        self._looking: set[asyncio.Task[None]] = set()

    async def run(self) -> NoReturn:
        """Serve for ever. A port that cannot be had is tried again: calls need no metrics."""
        while True:
            try:
                server = await asyncio.start_server(
                    self._answer, self._address, self._port, limit=_LONGEST
                )
            except OSError as error:
                _LOG.warning("metrics.no_port", port=self._port, problem=error.strerror)
                await asyncio.sleep(_AGAIN_AFTER_S)
                continue
            async with server:
                await server.serve_forever()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._looking.add(task)
        try:
            # Whatever a stranger does ends his connection, and is nobody else's business.
            with contextlib.suppress(OSError, TimeoutError, ValueError, EOFError):
                async with asyncio.timeout(_PATIENCE_S):
                    if len(self._looking) <= _MOST:
                        head = await reader.readuntil(b"\r\n\r\n")
                        writer.write(self._answer_to(head))
                        await writer.drain()
        finally:
            self._looking.discard(task)
            writer.close()

    def _answer_to(self, head: bytes) -> bytes:
        """Return the answer to a request."""
        method, _space, rest = head.partition(b"\r\n")[0].partition(b" ")
        path = rest.partition(b" ")[0].partition(b"?")[0]
        if path != _PATH.encode():
            return _response("404 Not Found", b"The numbers are at /metrics.\n")
        if method not in {b"GET", b"HEAD"}:
            return _response("405 Method Not Allowed", b"", "Allow: GET, HEAD\r\n")
        body = generate_latest(self._registry)
        kind = f"Content-Type: {CONTENT_TYPE_PLAIN_0_0_4}\r\n"
        return _response("200 OK", body, kind, with_body=method == b"GET")


def _response(status: str, body: bytes, more: str = "", *, with_body: bool = True) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + (body if with_body else b"")
