"""Reads what a worker says on its line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import structlog

from switch.wire.errors import WireError
from switch.wire.worker import FromWorker, decode_from_worker

_LOG = structlog.get_logger()


async def messages_of(worker: str, reader: asyncio.StreamReader) -> AsyncIterator[FromWorker]:
    """Yield what a worker says until its line is lost; what cannot be read is passed over."""
    while True:
        try:
            text = await reader.readuntil(b"\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        except asyncio.LimitOverrunError as error:
            await reader.readexactly(error.consumed)
            _LOG.warning("worker.line_too_long", worker=worker)
            continue
        try:
            message = decode_from_worker(text)
        except WireError as error:
            _LOG.warning("worker.unreadable", worker=worker, why=str(error))
            continue
        yield message
