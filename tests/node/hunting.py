"""Hunts with the reps and the edge made up, and the worker's line real."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Collection, Sequence

from dialplan import (
    Candidate,
    Dialplan,
    OutsideRoute,
    Rep,
    Strategy,
    Territory,
    TerritoryRoute,
    Trunk,
)
from switch.call.target import Party
from switch.node.asking import Asking
from switch.node.hunts import Hunts
from switch.node.plans import Transaction, reply, trunk
from switch.node.pooled import Memory, PooledWorker
from switch.node.running_hunt import AttemptNews
from switch.wire.edge import Branch, Plan, Step, encode_call_id
from switch.wire.worker import AttemptMade, Attempts, FromWorker, Noted
from tests.node.fakes import FakeNursery, FakeWorker, Hall, Script, eventually, obedient

CALL_ID = "placed@127.0.0.1"
STEP = Step(index=7, label=9, call_id=encode_call_id(CALL_ID))
SOON_S = 0.02
OUTSIDE_NUMBER = "+12065550111"
REPS = tuple(
    Rep(name=name, extension=str(number), display_name=name.title())
    for number, name in enumerate(["alice", "saul", "bob", "carol", "dave"], start=101)
)
SEATTLE = Territory(name="seattle", extension="801", members=("bob", "carol", "dave"))
ARIZONA = Territory(name="arizona", extension="802", members=("alice", "saul"))


def plan_with(*territories: Territory) -> Dialplan:
    return Dialplan(
        reps=REPS,
        territories=territories,
        trunks=(Trunk(name="pstn", address="192.0.2.1", port=5080),),
    )


def seattle(strategy: Strategy = Strategy.RING_ALL, **fields: object) -> Territory:
    return dataclasses.replace(SEATTLE, strategy=strategy, **fields)  # type: ignore[arg-type]


class FakeReps:
    """Whom the test says is available; what a hunt says of them is kept."""

    def __init__(self, *available: str) -> None:
        self.available = dict.fromkeys(available)
        self.known: dict[str, Candidate] = {}
        self.news: dict[str, list[AttemptNews]] = {}

    def candidates(
        self, members: Sequence[str], *, without: Collection[str]
    ) -> tuple[Candidate, ...]:
        return tuple(
            self.known.get(name, Candidate(rep=name))
            for name in members
            if name in self.available and name not in without
        )

    def attempted(self, rep: str, conversation_id: str, news: AttemptNews) -> None:
        assert conversation_id == "c1"
        said = self.news.setdefault(rep, [])
        if said[-1:] != [news]:
            said.append(news)
        if news == "over":
            self.available[rep] = None
        else:
            self.available.pop(rep, None)


class Hunting:
    """One conversation whose worker has placed a leg to a territory."""

    def __init__(
        self, hall: Hall, worker: PooledWorker, reps: FakeReps, territories: Sequence[Territory]
    ) -> None:
        self.reps = reps
        self.worker = worker
        self.far_end: FakeWorker = hall.worker_of(worker)
        self.sent: list[Plan] = []
        self.asking = Asking()
        self.outside_calls: list[tuple[OutsideRoute, str | None]] = []
        self._dialplan = plan_with(*territories)
        self.hunts = self._new()
        for territory in territories:
            # Less than a file may say: a test need not wait so long.
            object.__setattr__(territory, "grow_s", SOON_S)
        self._territories = {territory.name: territory for territory in territories}
        hall.listener = self._heard

    def _new(self) -> Hunts:
        return Hunts(
            self._dialplan,
            self.reps,
            self.asking,
            send=self.sent.append,
            outside=self._outside,
            response_s=20,
        )

    def is_of_the_next_node(self) -> None:
        """Let another node go on, with what this one has kept."""
        assert self.worker.memory is not None
        self.hunts.conversation_over("c1")
        self.worker.memory = Memory.decoded(self.worker.memory.encoded())
        self.reps.news.clear()
        self.hunts = self._new()
        self.hunts.restore(self.worker, self.worker.memory.hunts.values())

    def _outside(
        self,
        transaction: Transaction,
        worker: PooledWorker,
        route: OutsideRoute,
        transferor: str | None,
    ) -> Plan:
        assert worker is self.worker
        self.outside_calls.append((route, transferor))
        return trunk(transaction, hops=(), headers="", max_forwards=69)

    def _heard(self, _worker: PooledWorker, message: FromWorker) -> None:
        if isinstance(message, Noted):
            self.asking.answered(message.question, 200)

    # ------------------------------------------------------------ what happens

    async def begins(
        self,
        territory: str = "seattle",
        *,
        without: str | None = None,
        transferor: str | None = None,
        call_id: str = CALL_ID,
    ) -> Plan:
        asked = self._territories[territory]
        return await self.hunts.begin(
            STEP,
            self.worker,
            TerritoryRoute(territory=asked.name, extension=asked.extension, display_name=""),
            call_id=call_id,
            without=() if without is None else {without},
            transferor=transferor,
        )

    async def steps(self) -> Plan:
        return await self.hunts.stepped(STEP)

    def branch(self, rep: str, *codes: int, call_id: str = CALL_ID) -> None:
        for code in codes:
            self.hunts.branch(Branch(call_id=encode_call_id(call_id), rep=rep, code=code))

    # ------------------------------------------------------------ what came of it

    async def told(self, **outcomes: str) -> Attempts:
        """Return the news with which the worker knows of just these outcomes."""

        def newest() -> Attempts | None:
            news = [message for message in self.far_end.told if isinstance(message, Attempts)]
            return news[-1] if news and outcomes_of(news[-1].attempts) == outcomes else None

        await eventually(newest)
        found = newest()
        assert found is not None
        return found

    @property
    def owners(self) -> dict[str, str]:
        assert self.worker.memory is not None
        return self.worker.memory.owners


@contextlib.asynccontextmanager
async def hunting(
    *territories: Territory, available: Sequence[str] = (), script: Script = obedient
) -> AsyncIterator[Hunting]:
    async with Hall(FakeNursery(script=script), warm=1, most=1) as hall:
        worker = await hall.pool.take("c1")
        assert worker is not None
        worker.memory = Memory(
            caller=Party(role="customer", number="+12065550100"),
            dialled="+14805550100",
            max_forwards=70,
            private=False,
        )
        reps = FakeReps(*(available or SEATTLE.members))
        own = [dataclasses.replace(territory) for territory in territories or (SEATTLE,)]
        yield Hunting(hall, worker, reps, own)


def outcomes_of(attempts: Sequence[AttemptMade]) -> dict[str, str]:
    return {attempt.rep: attempt.outcome for attempt in attempts}


def rings(plan: Plan) -> list[str]:
    """Return whom a plan rings."""
    assert plan.action == "hunt", plan
    assert (plan.index, plan.label) == (7, 9)
    return plan.users.split("/")


def assert_replied(plan: Plan, code: int) -> None:
    assert plan == reply(STEP, code)
