"""One worker, as the pool knows it."""

from __future__ import annotations

import asyncio
import dataclasses
import enum

from dialplan import Route
from switch.wire.worker import ToWorker, encode


class WorkerState(enum.StrEnum):
    """What a worker is doing, as the pool knows."""

    FORKED = "forked"
    FREE = "free"
    TAKEN = "taken"
    RESTING = "resting"
    LEAVING = "leaving"


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
    writer: asyncio.StreamWriter | None = None
    reading: asyncio.Task[None] | None = None

    def tell(self, message: ToWorker) -> None:
        """Send it a message; a dead worker hears nothing, and the pool is told of its death."""
        if self.writer is not None and not self.writer.is_closing():
            self.writer.write(encode(message))
