"""Listens on the bus of a switch, and keeps when each rep did what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiomqtt
import msgspec

from switch.demo.standing import StandingSwitch

_EVERYTHING = "softswitch/v1/#"
_NEVER = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What was said on the bus while one listened."""

    states: dict[str, list[tuple[float, str]]] = field(default_factory=dict)
    """Each rep's states, and when (UTC seconds) he came into each."""
    security: list[dict[str, Any]] = field(default_factory=list)
    """The security events."""

    def busy_s(self, rep: str, since_s: float, until_s: float) -> float:
        """Return how long after an instant a rep was busy last, before another instant.

        Said to be available twice in a row he was busy in between, but so shortly that the bus,
        which keeps the newest, did not say so.
        """
        freed_s = float("-inf")
        for at_s, state in self.states[rep]:
            if at_s >= until_s:
                break
            if state == "available" or (state == "offline" and freed_s == _NEVER):
                freed_s = at_s
            elif state != "offline":
                freed_s = _NEVER
        return max(0.0, freed_s - since_s)

    def take(self, topic: str, payload: bytes) -> None:
        """Take what was said."""
        match topic.split("/")[2:]:
            case ["presence", rep]:
                said = msgspec.json.decode(payload)
                # When it was said; it may be late to be heard.
                at_s = datetime.fromisoformat(said["time"]).timestamp()
                self.states.setdefault(rep, []).append((at_s, said["data"]["state"]))
            case ["node", _node, "security"]:
                self.security.append(msgspec.json.decode(payload)["data"])


@asynccontextmanager
async def watch(switch: StandingSwitch) -> AsyncIterator[Watch]:
    """Listen as long as the block lasts."""
    watched = Watch()
    bus = switch.config.bus
    async with aiomqtt.Client(bus.host, bus.port) as client:
        await client.subscribe(_EVERYTHING, qos=1)

        async def listen() -> None:
            async for message in client.messages:
                if isinstance(message.payload, bytes):
                    watched.take(str(message.topic), message.payload)

        listening = asyncio.create_task(listen(), name="watch")
        try:
            yield watched
        finally:
            listening.cancel()
