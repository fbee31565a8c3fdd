"""A node for the edge to ask: it answers as the test says, or not at all."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.contract.edge.ua import HOST, PATIENCE_S, Message

Event = dict[str, Any]
Plan = Callable[[Event], Event | None]


def reply(code: int, reason: str = "Refused", headers: str = "") -> Event:
    return {"action": "reply", "code": code, "reason": reason, "headers": headers}


def to_worker(port: int) -> Event:
    return {"action": "worker", "uri": f"sip:{HOST}:{port}"}


def to_rep(user: str) -> Event:
    return {"action": "rep", "user": user}


def hop(port: int, trunk: str = "pstn", **extra: str) -> Event:
    there = f"{HOST}:{port}"
    return {
        "trunk": trunk,
        "ruri": f"sip:+12065550100@{there}",
        "uri": f"sip:{there}",
        **extra,
    }


def to_trunk(*hops: int | Event, **extra: object) -> Event:
    steps = [each if isinstance(each, dict) else hop(each) for each in hops]
    return {"action": "trunk", "hops": steps, **extra}


def to_hunt(users: str, step_ms: int = 20000) -> Event:
    return {"action": "hunt", "users": users, "step_ms": step_ms}


def message_of(event: Event) -> Message:
    return Message.parse(base64.b64decode(event["message"]))


@dataclass(slots=True)
class Peer:
    """Is one evapi connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    plan: Plan = lambda event: None
    events: list[Event] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, port: int) -> Peer:
        peer = cls(*await asyncio.open_connection(HOST, port))
        peer._task = asyncio.create_task(peer._read())
        return peer

    async def close(self) -> None:
        self.writer.close()
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self) -> None:
        while True:
            size = int((await self.reader.readuntil(b":"))[:-1])
            event: Event = json.loads((await self.reader.readexactly(size + 1))[:-1])
            self.events.append(event)
            self._news.set()
            plan = self.plan(event) if "index" in event else None
            if plan is not None:
                self.carry_out(event, plan)

    def carry_out(self, event: Event, plan: Event) -> None:
        self.write(json.dumps({**plan, "index": event["index"], "label": event["label"]}))

    def write(self, text: str) -> None:
        raw = text.encode()
        self.writer.write(b"%d:%s," % (len(raw), raw))

    async def event(self, kind: str, **wanted: object) -> Event:
        """Return the first event of the kind with these values, forgetting it."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for event in self.events:
                    if event["event"] == kind and wanted.items() <= event.items():
                        self.events.remove(event)
                        return event
                self._news.clear()
                await self._news.wait()
