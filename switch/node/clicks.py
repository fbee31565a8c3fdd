"""Begins calls for reps who ask for one by a command: click-to-call.

The rep's own phone is called first, so the call is refused at once where he could not take part
in it. Whom he may call is what he may dial; the limits on outside calls count when the other's
phone is called, like those of any call of his.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

import structlog

from dialplan import Denied, Dialplan, OutsideRoute, Refusal, RepRoute, RepSource, Route
from switch.config import ResponseTimes
from switch.node.asking import Asking
from switch.node.outside import Outside
from switch.node.pool import Pool
from switch.node.pooled import USUAL_HOPS, Memory
from switch.node.routes import presented, rep_party, target_of
from switch.records.commands import Answer, CallCommand
from switch.wire.control import Summon

_LOG = structlog.get_logger()
_OK: Final = 200
_NOT_FOUND: Final = 404
_OFFLINE: Final = 480
_HIMSELF: Final = 482
_BUSY: Final = 486
_UNAVAILABLE: Final = 503
_OTHERS_FIRST_S: Final = 0.5
"""So long a node that knows no phone of the rep waits: the one that does answers before it."""


class Reps(Protocol):
    """What must be known of the reps."""

    def names(self) -> list[str]:
        """Return everybody's name."""

    def has_phone(self, rep: str) -> bool:
        """Tell whether a phone of a rep is registered."""

    def is_free(self, rep: str) -> bool:
        """Tell whether a rep is on no call, and rung for none."""


class Clicks:
    """Calls that reps have made for them."""

    def __init__(
        self,
        *,
        dialplan: Dialplan,
        pool: Pool,
        asking: Asking,
        outside: Outside,
        reps: Reps,
        new_id: Callable[[], str],
        ring_s: float,
        response: ResponseTimes,
    ) -> None:
        """Join what is needed.

        Args:
            dialplan: whom a rep may call, and how.
            pool: gives a worker to each conversation.
            asking: asks a worker and waits for its answer.
            outside: whose numbers we show outside, and who is denied what.
            reps: knows who is where.
            new_id: makes the id of a conversation.
            ring_s: how long a phone may ring.
            response: how long a transfer target may ring.
        """
        self._dialplan = dialplan
        self._pool = pool
        self._asking = asking
        self._outside = outside
        self._reps = reps
        self._new_id = new_id
        self._ring_s = ring_s
        self._response = response
        self._begun: dict[str, str] = {}
        """Whose call has been begun, and its conversation, until he is known to be in it."""

    async def call(self, command: CallCommand) -> Answer:
        """Call a rep, and then whom he wants; or say why not."""
        rep = command.rep
        if rep not in self._reps.names():
            return Answer(status=_NOT_FOUND, problem=f"there is no rep {rep!r}")
        if not self._reps.has_phone(rep):
            await asyncio.sleep(_OTHERS_FIRST_S)
            return Answer(status=_OFFLINE, problem=f"no phone of {rep}'s is registered")
        if not self._reps.is_free(rep) or rep in self._begun:
            return Answer(status=_BUSY, problem=f"{rep} is on a call, or is being rung")
        route = self._dialplan.route_call(RepSource(name=rep), command.target)
        if isinstance(route, Refusal):
            self._note_denied(rep, route.denied)
            return Answer(status=route.status, problem=route.why)
        if isinstance(route, RepRoute) and route.rep == rep:
            return Answer(status=_HIMSELF, problem=f"{rep} cannot call himself")
        return await self._begin(command, route)

    async def _begin(self, command: CallCommand, route: Route) -> Answer:
        rep, conversation_id = command.rep, self._new_id()
        self._begun[rep] = conversation_id
        worker = await self._pool.take(conversation_id)
        if worker is None:
            self._begun.pop(rep, None)
            _LOG.error("call.no_worker", conversation=conversation_id, **self._pool.counts)
            return Answer(status=_UNAVAILABLE, problem="every worker of the switch is busy")
        caller = rep_party(self._dialplan, rep)
        worker.memory = Memory(
            caller=caller, dialled=command.target, max_forwards=USUAL_HOPS, private=False
        )
        shown = None
        if isinstance(route, OutsideRoute):
            shown = self._outside.shown(route, rep=rep, worker=worker)
        target = target_of(self._dialplan, route, response=self._response, shown=shown)
        worker.allow(target.user, route)
        summon = Summon(
            conversation_id=conversation_id,
            caller=caller,
            presented=presented(caller, target),
            dialled=command.target,
            target=target,
            ring_s=self._ring_s,
            response_s=self._response.longest_s,
        )
        if await self._asking.ask(worker, conversation_id, summon) is None:
            self._begun.pop(rep, None)
            self._pool.dismiss(worker)
            return Answer(status=_UNAVAILABLE, problem="the worker for the call does not answer")
        _LOG.info("call.summoned", conversation=conversation_id, rep=rep, kind=target.kind)
        return Answer(status=_OK, conversation=conversation_id)

    def leg(self, conversation_id: str, rep: str | None) -> None:
        """Take that a rep's leg was heard of: from now on it is known that he is on a call."""
        if rep is not None and self._begun.get(rep) == conversation_id:
            del self._begun[rep]

    def conversation_over(self, conversation_id: str) -> None:
        """Forget a conversation of which nothing was heard."""
        for rep in [one for one, begun in self._begun.items() if begun == conversation_id]:
            del self._begun[rep]

    def _note_denied(self, rep: str, denied: Denied | None) -> None:
        if denied is not None:
            self._outside.denied(rep, denied)
