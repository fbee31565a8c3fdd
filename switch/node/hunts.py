"""Runs hunts: between the edge, which rings phones, and the pure ``dialplan.hunt``."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import random
import time
from collections.abc import Callable, Collection, Sequence
from typing import Final, Literal, Protocol

import structlog

from dialplan import (
    Candidate,
    Dialplan,
    GiveUp,
    Hunt,
    HuntCommand,
    HuntEvent,
    OutsideRoute,
    RepAnswered,
    RepFailed,
    RepRang,
    RepRoute,
    Ring,
    Route,
    StepEnded,
    Strategy,
    Territory,
    TerritoryRoute,
    TimePassed,
    order,
)
from dialplan import hunt as hunting
from switch.node.asking import Asking
from switch.node.plans import Transaction, hunt, more, reply
from switch.node.pooled import PooledWorker
from switch.wire.edge import Branch, Plan, Step, encode_call_id
from switch.wire.worker import AttemptMade, Attempts

_LOG = structlog.get_logger()
_RINGING: Final = range(180, 200)
_SUCCESS: Final = range(200, 300)
_PENDING: Final = "pending"

AttemptNews = Literal["ringing", "answered", "over"]


class Reps(Protocol):
    """What hunts must know of the reps, and tell of them."""

    def candidates(
        self, members: Sequence[str], *, without: Collection[str]
    ) -> tuple[Candidate, ...]:
        """Return who of them is available now."""

    def attempted(self, rep: str, conversation_id: str, news: AttemptNews) -> None:
        """Note that a rep is rung, has answered, or is rung no longer."""


@dataclasses.dataclass(slots=True, kw_only=True)
class _Running:
    """One leg to a territory, and the hunt that is on for it now."""

    worker: PooledWorker
    conversation_id: str
    call_id: str
    index: int
    label: int
    without: str | None
    transferor: str | None
    hunt: Hunt
    before: tuple[AttemptMade, ...] = ()
    """The attempts of the territories that it overflowed from."""
    due: asyncio.TimerHandle | None = None


class Hunts:
    """All hunts of the node."""

    def __init__(
        self,
        dialplan: Dialplan,
        reps: Reps,
        asking: Asking,
        *,
        send: Callable[[Plan], None],
        outside: Callable[[Transaction, PooledWorker, OutsideRoute, str | None], Plan],
        response_s: float,
    ) -> None:
        """Join what hunts need.

        Args:
            dialplan: knows the territories and where they overflow to.
            reps: knows who is available.
            asking: waits until a worker has taken in the last news of a hunt.
            send: tells the edge something that it has not asked for.
            outside: plans a call to an outside number, for an overflow.
            response_s: how long a rep may ring to whom a territory overflows.
        """
        self._dialplan = dialplan
        self._reps = reps
        self._asking = asking
        self._send = send
        self._outside = outside
        self._response_s = response_s
        self._running: dict[str, _Running] = {}
        self._last: dict[str, str] = {}
        self._questions = itertools.count(1)

    async def begin(
        self,
        transaction: Transaction,
        worker: PooledWorker,
        route: TerritoryRoute,
        *,
        call_id: str,
        without: str | None,
        transferor: str | None,
    ) -> Plan:
        """Return the first plan for a leg to a territory: who rings, or why nobody does.

        Args:
            transaction: the worker's INVITE at the edge.
            worker: whose leg it is.
            route: the territory.
            call_id: the leg's Call-ID.
            without: the rep whom it must not ring: who calls or transfers.
            transferor: the rep who transferred; None if nobody did.
        """
        territory = self._dialplan.territory(route.territory)
        assert territory is not None
        begun, command = self._hunt(territory, without)
        running = _Running(
            worker=worker,
            conversation_id=worker.conversation_id or "",
            call_id=call_id,
            index=transaction.index,
            label=transaction.label,
            without=without,
            transferor=transferor,
            hunt=begun,
        )
        self._running[encode_call_id(call_id)] = running
        _LOG.info("hunt.begun", conversation=running.conversation_id, territory=territory.name)
        return await self._plan(running, command)

    async def stepped(self, step: Step) -> Plan:
        """Return the next plan: nobody of the last one rings any more."""
        running = self._running.get(step.call_id)
        if running is None:
            return reply(step, 480)
        command = self._apply(
            running, StepEnded(available=self._available(running), at_s=time.monotonic())
        )
        return await self._plan(running, command)

    def branch(self, branch: Branch) -> None:
        """Take news of one rep."""
        running = self._running.get(branch.call_id)
        if running is None:
            return
        now_s = time.monotonic()
        event: HuntEvent
        if branch.code in _RINGING:
            event = RepRang(rep=branch.rep, at_s=now_s)
        elif branch.code in _SUCCESS:
            event = RepAnswered(rep=branch.rep, at_s=now_s)
            memory = running.worker.memory
            if memory is not None:
                memory.owners[running.call_id] = branch.rep
        else:
            event = RepFailed(rep=branch.rep, sip_status=branch.code, at_s=now_s)
        self._apply(running, event)
        self._tell(running)

    def conversation_over(self, conversation_id: str) -> None:
        """Forget the hunts of a conversation that is over."""
        for key, running in list(self._running.items()):
            if running.conversation_id == conversation_id:
                self._stop_timer(running)
                del self._running[key]

    # ------------------------------------------------------------ deciding

    def _hunt(self, territory: Territory, without: str | None) -> tuple[Hunt, HuntCommand | None]:
        candidates = self._reps.candidates(territory.members, without=_names(without))
        reps = order(
            territory.strategy,
            candidates,
            members=territory.members,
            last=self._last.get(territory.name),
            draws=[random.random() for _ in candidates]  # noqa: S311
            if territory.strategy is Strategy.RANDOM
            else (),
        )
        return hunting.begin(territory, reps, at_s=time.monotonic())

    async def _plan(self, running: _Running, command: HuntCommand | None) -> Plan:
        """Return the plan for what the hunt wants; when it gives up, that is its overflow."""
        while True:
            self._note_ringing(running)
            match command:
                case Ring(reps=reps, for_s=for_s):
                    self._tell(running)
                    return hunt(running, reps, step_s=for_s)
                case GiveUp(sip_status=sip_status):
                    route = self._overflow_of(running)
                    if not isinstance(route, TerritoryRoute | RepRoute):
                        return await self._last_plan(running, route, sip_status)
                    command = self._overflow(running, route)
                case None:
                    # The caller has left, or it was answered meanwhile: the edge knows it too.
                    return reply(running, 487)

    def _overflow_of(self, running: _Running) -> Route | None:
        name = running.hunt.territory.name
        if self._dialplan.territory(name) is None:
            return None  # it was a rep to whom one overflowed: he overflows no further
        return self._dialplan.route_overflow(name, transferor=running.transferor)

    def _overflow(self, running: _Running, route: TerritoryRoute | RepRoute) -> HuntCommand | None:
        """Go on with whom the territory overflows to, in the same leg."""
        _LOG.info("hunt.overflows", conversation=running.conversation_id)
        running.before += _attempts(running.hunt)
        if isinstance(route, TerritoryRoute):
            territory = self._dialplan.territory(route.territory)
            assert territory is not None
        else:
            territory = Territory(
                name=f"rep {route.rep}",
                extension=route.extension,
                members=(route.rep,),
                ring_s=self._response_s,
            )
        running.hunt, command = self._hunt(territory, running.without)
        return command

    async def _last_plan(
        self, running: _Running, route: OutsideRoute | None, sip_status: int
    ) -> Plan:
        """Return the plan when no rep is left; the worker must know who was rung before."""
        question = f"hunt {next(self._questions)}"
        await self._asking.ask(running.worker, question, self._news(running, question))
        if route is not None:
            return self._outside(running, running.worker, route, running.transferor)
        return reply(running, sip_status)

    def _apply(self, running: _Running, event: HuntEvent) -> HuntCommand | None:
        running.hunt, command = hunting.apply(running.hunt, event)
        self._note_ringing(running)
        return command

    # ------------------------------------------------------------ telling

    def _note_ringing(self, running: _Running) -> None:
        """Let presence know of everybody in the hunt, and set its timer."""
        for attempt in running.hunt.attempts:
            news: AttemptNews = "over"
            if attempt.outcome is None:
                news = "ringing"
            elif attempt.rep == running.hunt.winner:
                news = "answered"
            self._reps.attempted(attempt.rep, running.conversation_id, news)
        if running.hunt.last is not None:
            self._last[running.hunt.territory.name] = running.hunt.last
        self._stop_timer(running)
        if running.hunt.due_s is not None:
            wait_s = max(0.0, running.hunt.due_s - time.monotonic())
            loop = asyncio.get_running_loop()
            running.due = loop.call_later(wait_s, self._time_passed, running)

    def _time_passed(self, running: _Running) -> None:
        """Let a progressive hunt ring one more."""
        command = self._apply(
            running, TimePassed(available=self._available(running), at_s=time.monotonic())
        )
        if isinstance(command, Ring):
            self._send(more(running, command.reps, call_id=encode_call_id(running.call_id)))
            self._tell(running)

    def _available(self, running: _Running) -> Collection[str]:
        members = running.hunt.territory.members
        found = self._reps.candidates(members, without=_names(running.without))
        return {candidate.rep for candidate in found}

    def _tell(self, running: _Running) -> None:
        running.worker.tell(self._news(running, None))

    def _news(self, running: _Running, question: str | None) -> Attempts:
        return Attempts(
            call_id=running.call_id,
            attempts=running.before + _attempts(running.hunt),
            question=question,
        )

    @staticmethod
    def _stop_timer(running: _Running) -> None:
        if running.due is not None:
            running.due.cancel()
            running.due = None


def _names(name: str | None) -> tuple[str, ...]:
    return () if name is None else (name,)


def _attempts(hunt_: Hunt) -> tuple[AttemptMade, ...]:
    """Return a hunt's attempts as records have them: by the clock on the wall."""
    offset_s = time.time() - time.monotonic()
    return tuple(
        AttemptMade(
            rep=attempt.rep,
            from_s=attempt.from_s + offset_s,
            to_s=None if attempt.to_s is None else attempt.to_s + offset_s,
            outcome=_PENDING if attempt.outcome is None else attempt.outcome.value,
        )
        for attempt in hunt_.attempts
    )
