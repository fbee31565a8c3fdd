"""One worker, as the pool knows it."""

from __future__ import annotations

import asyncio
import dataclasses
import enum

from dialplan import Route
from switch.call.target import Party
from switch.wire.worker import ToWorker, encode


class WorkerState(enum.StrEnum):
    """What a worker is doing, as the pool knows."""

    FORKED = "forked"
    FREE = "free"
    TAKEN = "taken"
    RESTING = "resting"
    LEAVING = "leaving"


@dataclasses.dataclass(slots=True, kw_only=True)
class Memory:
    """What the node knows of the conversation that a worker has."""

    caller: Party
    dialled: str
    """The user part that the caller dialled."""
    max_forwards: int
    """Of the caller's INVITE: what goes out has one less."""
    private: bool
    """The caller asked that his identity be withheld (RFC 3323)."""
    owners: dict[str, str] = dataclasses.field(default_factory=dict)
    """The rep at the far end of each dialog, by Call-ID: who may transfer, and as whom."""


@dataclasses.dataclass(slots=True, kw_only=True, eq=False)
class PooledWorker:
    """One worker process and the node's line to it."""

    name: str
    port: int
    """The UDP port of its SIP socket; at the same time its place in the pool."""
    state: WorkerState = WorkerState.FORKED
    idle_since_s: float = 0.0
    conversation_id: str | None = None
    routes: dict[str, Route] = dataclasses.field(default_factory=dict)
    """Whom it may call in this conversation, by the user part it dials."""
    memory: Memory | None = None
    """What the node knows of this conversation."""
    writer: asyncio.StreamWriter | None = None
    reading: asyncio.Task[None] | None = None

    def tell(self, message: ToWorker) -> None:
        """Send it a message; a dead worker hears nothing, and the pool is told of its death."""
        if self.writer is not None and not self.writer.is_closing():
            self.writer.write(encode(message))
