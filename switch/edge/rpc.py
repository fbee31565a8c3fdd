"""Asks the edge by JSON-RPC over HTTP: whether it is ready, and who is registered."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec

from switch.errors import SwitchError

_HOST = "127.0.0.1"
_HEAD_END = b"\r\n\r\n"
_RETRY_S = 0.05


class EdgeNotAsked(SwitchError):
    """Is a question to the edge that got no answer, or none that can be used."""

    def __init__(self, *, method: str, reason: str) -> None:
        """Keep what was asked and what went wrong."""
        super().__init__(method, reason)
        self.method = method
        self.reason = reason

    def __str__(self) -> str:
        """Say what was asked and what went wrong."""
        return f"the edge did not answer {self.method}: {self.reason}"


async def is_ready(rpc_port: int, *, timeout_s: float = 1.0) -> bool:
    """Return whether the edge takes calls: its sockets are open and its processes are up."""
    try:
        await _ask(rpc_port, "core.uptime", timeout_s)
    except EdgeNotAsked:
        return False
    return True


async def until_ready(rpc_port: int) -> None:
    """Return as soon as the edge takes calls; the caller bounds the time."""
    while not await is_ready(rpc_port):  # noqa: ASYNC110 - nothing tells us but asking
        await asyncio.sleep(_RETRY_S)


async def contacts(rpc_port: int, *, timeout_s: float = 5.0) -> Mapping[str, int]:
    """Return how many contacts each rep who has any holds now.

    For the start and for a reconnect; in between the ``contacts`` events tell of changes.

    Raises:
        EdgeNotAsked: the edge cannot be reached in time, or answers with an error.
    """
    answer = await _ask(rpc_port, "ul.dump", timeout_s)
    try:
        dump = msgspec.convert(answer, _Dump)
    except msgspec.ValidationError as error:
        raise EdgeNotAsked(method="ul.dump", reason=str(error)) from error
    held: dict[str, int] = {}
    for domain in dump.domains:
        for record in domain.domain.records:
            # A contact that ran out is listed until the next round of the timer.
            live = [c for c in record.info.contacts if isinstance(c.contact.expires, int)]
            if live:
                held[record.info.name] = len(live)
    return held


class _Contact(msgspec.Struct):
    # Seconds left, or a word: "expired", "deleted".
    expires: int | str = msgspec.field(name="Expires")


class _ContactEntry(msgspec.Struct):
    contact: _Contact = msgspec.field(name="Contact")


class _Record(msgspec.Struct):
    name: str = msgspec.field(name="AoR")
    contacts: list[_ContactEntry] = msgspec.field(name="Contacts")


class _RecordEntry(msgspec.Struct):
    info: _Record = msgspec.field(name="Info")


class _Domain(msgspec.Struct):
    records: list[_RecordEntry] = msgspec.field(name="AoRs")


class _DomainEntry(msgspec.Struct):
    domain: _Domain = msgspec.field(name="Domain")


class _Dump(msgspec.Struct):
    domains: list[_DomainEntry] = msgspec.field(name="Domains")


async def _ask(rpc_port: int, method: str, timeout_s: float) -> object:
    question = msgspec.json.encode({"jsonrpc": "2.0", "method": method, "id": 1})
    try:
        async with asyncio.timeout(timeout_s):
            body = await _post(rpc_port, question)
        answer = msgspec.json.decode(body, type=dict[str, object])
    except (OSError, TimeoutError, EOFError, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise EdgeNotAsked(method=method, reason=reason) from error
    if "result" not in answer:
        raise EdgeNotAsked(method=method, reason=str(answer.get("error", "no result")))
    return answer["result"]


async def _post(rpc_port: int, body: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(_HOST, rpc_port)
    try:
        head = (
            f"POST /RPC HTTP/1.1\r\nHost: {_HOST}:{rpc_port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer_head = await reader.readuntil(_HEAD_END)
        return await reader.readexactly(_content_length(answer_head))
    finally:
        writer.close()


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0
