"""Runs hunts: between the edge, which rings phones, and the pure ``dialplan.hunt``."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Callable, Collection, Iterable
from typing import Final

import structlog

from dialplan import (
    CallerLeft,
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
from switch.call.target import Party
from switch.node.asking import Asking
from switch.node.kept_hunt import KeptHunt
from switch.node.plans import Transaction, hunt, more, reply
from switch.node.pooled import PooledWorker
from switch.node.running_hunt import AttemptNews, Reps, RunningHunt
from switch.records.leg import LegRecord
from switch.wire.edge import Branch, Plan, Step, encode_call_id

_LOG = structlog.get_logger()
_RINGING: Final = range(180, 200)
_SUCCESS: Final = range(200, 300)


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
        self._running: dict[str, RunningHunt] = {}
        self._last: dict[str, str] = {}
        self._questions = itertools.count(1)

    async def begin(
        self,
        transaction: Transaction,
        worker: PooledWorker,
        route: TerritoryRoute,
        *,
        call_id: str,
        without: Collection[str],
        transferor: str | None,
    ) -> Plan:
        """Return the first plan for a leg to a territory: who rings, or why nobody does.

        Args:
            transaction: the worker's INVITE at the edge.
            worker: whose leg it is.
            route: the territory.
            call_id: the leg's Call-ID.
            without: the reps whom it must not ring: who calls or transfers, who has just declined.
            transferor: the rep who transferred; None if nobody did.
        """
        territory = self._dialplan.territory(route.territory)
        assert territory is not None
        begun, command = self._hunt(territory, without)
        running = RunningHunt(
            worker=worker,
            conversation_id=worker.conversation_id or "",
            call_id=call_id,
            index=transaction.index,
            label=transaction.label,
            without=frozenset(without),
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

    def restore(self, worker: PooledWorker, kept: Iterable[KeptHunt]) -> None:
        """Go on with the hunts of the node before, in which phones are ringing now."""
        for one in kept:
            running = RunningHunt.again(worker, one)
            self._running[encode_call_id(one.call_id)] = running
            self._note_ringing(running)

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
        else:
            event = RepFailed(rep=branch.rep, sip_status=branch.code, at_s=now_s)
        self._change(running, event)
        if running.hunt.winner is not None:
            running.worker.owns(running.call_id, running.hunt.winner)

    def conversation_over(self, conversation_id: str) -> None:
        """Forget the hunts of a conversation that is over."""
        for key, running in list(self._running.items()):
            if running.conversation_id == conversation_id:
                running.stop_timer()
                del self._running[key]

    def caller_left(self, record: LegRecord) -> None:
        """Take a change of a leg: one to a territory that is over unanswered ends its hunt."""
        if record.territory is None or record.answered_at is not None:
            return
        if record.state not in {"released", "ended"}:
            return
        for running in self._running.values():
            if running.conversation_id == record.conversation_id:
                self._change(running, CallerLeft(at_s=time.monotonic()))

    # ------------------------------------------------------------ deciding

    def _hunt(
        self, territory: Territory, without: Collection[str]
    ) -> tuple[Hunt, HuntCommand | None]:
        candidates = self._reps.candidates(territory.members, without=without)
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

    async def _plan(self, running: RunningHunt, command: HuntCommand | None) -> Plan:
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
                    # The caller has left, or it was answered meanwhile: the edge knows too.
                    return reply(running, 487)

    def _overflow_of(self, running: RunningHunt) -> Route | None:
        name = running.hunt.territory.name
        if self._dialplan.territory(name) is None:
            return None  # it was a rep to whom one overflowed: he overflows no further
        return self._dialplan.route_overflow(name, transferor=running.transferor)

    def _overflow(
        self, running: RunningHunt, route: TerritoryRoute | RepRoute
    ) -> HuntCommand | None:
        """Go on with whom the territory overflows to, in the same leg."""
        _LOG.info("hunt.overflows", conversation=running.conversation_id)
        running.overflow()
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
        self, running: RunningHunt, route: OutsideRoute | None, sip_status: int
    ) -> Plan:
        """Return the plan when no rep is left; the worker must know who was rung before."""
        question = f"hunt {next(self._questions)}"
        party = None
        if route is not None:
            party = Party(role="external", number=route.number, trunk=route.trunk)
        await self._asking.ask(running.worker, question, running.news(question, party))
        if route is not None:
            return self._outside(running, running.worker, route, running.transferor)
        return reply(running, sip_status)

    def _apply(self, running: RunningHunt, event: HuntEvent) -> HuntCommand | None:
        running.hunt, command = hunting.apply(running.hunt, event)
        self._note_ringing(running)
        return command

    def _change(self, running: RunningHunt, event: HuntEvent) -> None:
        """Apply news for which the edge awaits no plan; what says nothing new is not told on."""
        before = running.hunt
        after, _command = hunting.apply(before, event)
        if after != before:
            running.hunt = after
            self._note_ringing(running)
            self._tell(running)

    # ------------------------------------------------------------ telling

    def _note_ringing(self, running: RunningHunt) -> None:
        """Let presence know of everybody in the hunt, have it kept, and set its timer."""
        running.worker.keep_hunt(running.kept())
        for attempt in running.hunt.attempts:
            news: AttemptNews = "over"
            if attempt.outcome is None:
                news = "ringing"
            elif attempt.rep == running.hunt.winner:
                news = "answered"
            self._reps.attempted(attempt.rep, running.conversation_id, news)
        if running.hunt.last is not None:
            self._last[running.hunt.territory.name] = running.hunt.last
        running.stop_timer()
        if running.hunt.due_s is not None:
            wait_s = max(0.0, running.hunt.due_s - time.monotonic())
            loop = asyncio.get_running_loop()
            running.due = loop.call_later(wait_s, self._time_passed, running)

    def _time_passed(self, running: RunningHunt) -> None:
        """Let a progressive hunt ring one more."""
        command = self._apply(
            running, TimePassed(available=self._available(running), at_s=time.monotonic())
        )
        if isinstance(command, Ring):
            self._send(more(running, command.reps, call_id=encode_call_id(running.call_id)))
            self._tell(running)

    def _available(self, running: RunningHunt) -> Collection[str]:
        members = running.hunt.territory.members
        found = self._reps.candidates(members, without=running.without)
        return {candidate.rep for candidate in found}

    def _tell(self, running: RunningHunt) -> None:
        running.worker.tell(running.news())
