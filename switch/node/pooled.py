"""One worker, as the pool knows it."""

from __future__ import annotations

import dataclasses
import enum
import time
from collections.abc import Callable

import msgspec
import structlog

from dialplan import Route
from switch.call.target import Party
from switch.node.kept_hunt import KeptHunt
from switch.node.line import Line
from switch.node.vigil import Vigil
from switch.wire.errors import WireError
from switch.wire.worker import FromWorker, ToWorker, decode_from_worker, encode

_LOG = structlog.get_logger()

USUAL_HOPS = 70
"""How many proxies a call may pass that says nothing of it (RFC 3261 §8.1.1.6)."""
_MOST_UNHEARD = 100
"""A worker that is back within a moment has missed less; one that is not is killed."""


class WorkerState(enum.StrEnum):
    """What a worker is doing, as the pool knows."""

    FORKED = "forked"
    FREE = "free"
    TAKEN = "taken"
    RESTING = "resting"
    LEAVING = "leaving"


SOON_FREE = frozenset({WorkerState.FREE, WorkerState.FORKED, WorkerState.RESTING})
"""States of those who have no conversation, nor are to leave."""


@dataclasses.dataclass(slots=True, kw_only=True)
class Memory:
    """What the node knows of the conversation that a worker has; it outlives the node."""

    caller: Party
    dialled: str
    """The user part that the caller dialled."""
    max_forwards: int
    """Of the caller's INVITE: what goes out has one less."""
    private: bool
    """The caller asked that his identity be withheld (RFC 3323)."""
    owners: dict[str, str] = dataclasses.field(default_factory=dict)
    """The rep at the far end of each dialog, by Call-ID: who may transfer, and as whom."""
    users: list[str] = dataclasses.field(default_factory=list)
    """The user parts that the worker may dial."""
    charged: dict[str, str] = dataclasses.field(default_factory=dict)
    """The rep whose outside call it is, by its number."""
    hunts: dict[str, KeptHunt] = dataclasses.field(default_factory=dict)
    """The hunts for its legs, by their Call-ID."""

    def encoded(self) -> bytes:
        """Return it as JSON."""
        return msgspec.json.encode(self)

    @classmethod
    def decoded(cls, text: bytes) -> Memory:
        """Return what was encoded.

        Raises:
            msgspec.MsgspecError: it was written by another version, or is torn.
        """
        return msgspec.json.decode(text, type=Memory)


@dataclasses.dataclass(slots=True, kw_only=True, eq=False)
class PooledWorker:
    """One worker process and the node's line to it."""

    name: str
    port: int
    """The UDP port of its SIP socket; at the same time its place in the pool."""
    state: WorkerState = WorkerState.FORKED
    since_s: float = dataclasses.field(default_factory=time.monotonic)
    """When it was given this state, or lost its line."""
    conversation_id: str | None = None
    routes: dict[str, Route] = dataclasses.field(default_factory=dict)
    """Whom it may call in this conversation, by the user part it dials."""
    memory: Memory | None = None
    """What the node knows of this conversation."""
    remember: Callable[[PooledWorker], None] = lambda _worker: None
    """Is told whenever ``memory`` has changed."""
    vigil: Vigil | None = None
    """Tells when its process ends; None: it is not known yet which that is."""
    line: Line | None = None
    """Its line; None: it has none just now, dead or alive."""
    unheard: list[ToWorker] = dataclasses.field(default_factory=list)
    """What it is to be told when it has a line again."""

    @property
    def pid(self) -> int | None:
        """Its process id, once that is known."""
        return self.vigil.pid if self.vigil is not None else None

    @property
    def for_s(self) -> float:
        """For how long it has been in this state, or without a line."""
        return time.monotonic() - self.since_s

    def become(self, state: WorkerState) -> None:
        """Note what it is doing now, and since when."""
        self.state = state
        self.since_s = time.monotonic()

    def tell(self, message: ToWorker) -> None:
        """Send it a message; it comes later if the worker has no line just now.

        A dead worker hears nothing, and the pool is told of its death.
        """
        if self.line is not None and self.line.is_up:
            self.line.write(encode(message))
        elif len(self.unheard) < _MOST_UNHEARD:
            self.unheard.append(message)

    def read(self, text: bytes) -> FromWorker | None:
        """Return what it says by a line; None: that cannot be read, and is passed over."""
        try:
            return decode_from_worker(text)
        except WireError as error:
            _LOG.warning("worker.unreadable", worker=self.name, why=str(error))
            return None

    def tell_unheard(self) -> None:
        """Send what it was to be told while it had no line."""
        unheard, self.unheard = self.unheard, []
        for message in unheard:
            self.tell(message)

    def allow(self, user: str, route: Route) -> None:
        """Let it call somebody, by the user part that it will dial."""
        known = user in self.routes
        self.routes[user] = route
        if self.memory is not None and not known:
            self.memory.users = list(self.routes)
            self.remember(self)

    def owns(self, call_id: str, rep: str) -> None:
        """Note which rep is at the far end of a dialog."""
        if self.memory is not None and self.memory.owners.get(call_id) != rep:
            self.memory.owners[call_id] = rep
            self.remember(self)

    def charge(self, number: str, rep: str) -> None:
        """Note whose call to an outside number it is."""
        if self.memory is not None and self.memory.charged.get(number) != rep:
            self.memory.charged[number] = rep
            self.remember(self)

    def keep_hunt(self, hunt: KeptHunt) -> None:
        """Note how far a hunt has come."""
        if self.memory is not None and self.memory.hunts.get(hunt.call_id) != hunt:
            self.memory.hunts[hunt.call_id] = hunt
            self.remember(self)

    def forget(self) -> None:
        """Forget the conversation: it is over."""
        self.conversation_id = None
        self.memory = None
        self.routes.clear()
        self.unheard.clear()
