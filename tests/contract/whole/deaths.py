"""Workers that are killed in the middle of a call, and what can be seen of it from outside."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import time
from collections.abc import AsyncIterator

import aiomqtt
import psutil

from switch.config import Config
from switch.desk.store import open_store
from switch.media.ng import MediaError, NgClient
from switch.records.codec import decode_presence
from switch.threads.view import ThreadView
from tests.contract.cli.phone import PATIENCE_S, Call
from tests.contract.edge.ua import HOST, Message
from tests.contract.whole.party import CUSTOMER

_LOOKS_EVERY_S = 0.02


def port_of(call: Call) -> int:
    """Return the port of the worker that a call of a phone is with."""
    assert call.dialog is not None
    found = re.search(r"sip:switch@127\.0\.0\.1:(\d+)", call.dialog.target)
    assert found is not None, call.dialog.target
    return int(found[1])


def port_in(invite: Message) -> int:
    """Return the port of the worker whose INVITE rings a phone."""
    found = re.search(r"sip:switch@127\.0\.0\.1:(\d+)", invite.get("Contact"))
    assert found is not None, invite.get("Contact")
    return int(found[1])


def kill_at(port: int) -> None:
    """Kill the worker that has a port, and return when it is dead."""
    (pid,) = {
        one.pid
        for one in psutil.net_connections("udp4")
        if one.laddr == (HOST, port) and one.pid is not None
    }
    os.kill(pid, signal.SIGKILL)


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


async def until(holds: object, *arguments: object) -> float:
    """Return when something holds, and after how many seconds."""
    began_s = time.monotonic()
    assert callable(holds)
    async with asyncio.timeout(PATIENCE_S):
        while not holds(*arguments):  # noqa: ASYNC110
            await asyncio.sleep(_LOOKS_EVERY_S)
    return time.monotonic() - began_s


async def thread_of(config: Config, *, over: bool = True, since: str = "") -> ThreadView:
    """Return the newest thread of the customer's, once it is over."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with contextlib.closing(open_store(config.store_url)) as store:
                found = store.newest(limit=1, contact=CUSTOMER)
            if found and found[0].started_at > since and (found[0].ended_at is not None) is over:
                return found[0]
            await asyncio.sleep(_LOOKS_EVERY_S)


async def media_know(config: Config, conversation_id: str) -> bool:
    """Whether rtpengine has media of a conversation."""
    ng = await NgClient.connect(config.media.ng_host, config.media.ng_port)
    try:
        await ng.request("query", call_id=conversation_id)
    except MediaError as error:
        if not error.is_unknown_call:
            raise
        return False
    finally:
        ng.close()
    return True


class Presence:
    """What the bus says of reps."""

    def __init__(self) -> None:
        self.states: dict[str, list[str]] = {}

    async def listen(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            seen = decode_presence(message.payload)
            rep, state = seen.rep, seen.state
            self.states.setdefault(rep, []).append(state)

    async def becomes(self, rep: str, state: str) -> float:
        return await until(lambda: self.states.get(rep, [""])[-1] == state)


@contextlib.asynccontextmanager
async def presence_on(config: Config) -> AsyncIterator[Presence]:
    presence = Presence()
    async with aiomqtt.Client(config.bus.host, config.bus.port) as client:
        await client.subscribe("softswitch/v1/presence/#")
        listening = asyncio.create_task(presence.listen(client))
        try:
            yield presence
        finally:
            listening.cancel()


def nodes(config: Config) -> list[int]:
    """Return the process ids of the node of a switch: one, or none while it is away."""
    folder = str(config.switch.data_dir)
    found = []
    for one in psutil.process_iter(["pid", "cmdline"]):
        line = " ".join(one.info["cmdline"] or [])
        if "switch.node" in line and f"{folder}/config" in line:
            found.append(one.info["pid"])
    return found


def kill_node(config: Config) -> int:
    """Kill the node; the supervisor starts another."""
    (pid,) = nodes(config)
    os.kill(pid, signal.SIGKILL)
    return int(pid)


async def node_is_back(config: Config, before: int) -> float:
    """Return when another node than that holds its port towards the workers."""
    return await until(lambda: [one for one in nodes(config) if one != before])
