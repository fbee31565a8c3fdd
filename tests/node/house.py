"""A router with all that stands behind it, a real pool of scripted workers, and an edge's eyes."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from dialplan import Denied, Dialplan
from switch.call.choice import Choice
from switch.config import ResponseTimes
from switch.node.asking import Asking
from switch.node.choices import Choices
from switch.node.control import Control
from switch.node.hunts import Hunts
from switch.node.outside import Outside
from switch.node.pooled import PooledWorker
from switch.node.recordings import Recordings
from switch.node.referrals import Referrals
from switch.node.refused import RefusedCall
from switch.node.reps import RepsNow
from switch.node.router import Router, RouterSettings
from switch.node.targets import Targets
from switch.node.ways import Ways
from switch.wire.edge import Asked, Contacts, Plan
from switch.wire.worker import (
    Answered,
    AskingBack,
    AskingTransfer,
    Attempts,
    Choosing,
    Expect,
    Expecting,
    FromWorker,
    Noted,
    Refer,
    ReferAnswered,
    Resting,
)
from tests.dialplan.samples import plan as dialplan
from tests.node.fakes import (
    FakeNursery,
    FakeWorker,
    Hall,
    Script,
    asked,
    obedient,
    request,
)

DOMAIN = "switch.test"
RESPONSE = ResponseTimes.of(20)
WORKERS_CALL = "placed@127.0.0.1"
"""The Call-ID of a leg that a worker places."""


class House:
    """The node without its sockets."""

    def __init__(
        self, hall: Hall, plan: Dialplan, fallback: tuple[str, ...], *, transcode: bool
    ) -> None:
        self.hall = hall
        self.refused: list[RefusedCall] = []
        self.denied: list[tuple[str, Denied]] = []
        self.published: list[tuple[str, Choice | None]] = []
        """What can be chosen, as it was published."""
        self.sent: list[Plan] = []
        """What the edge was told unasked."""
        self.asking = Asking()
        self.reps = RepsNow([rep.name for rep in plan.reps], wrap_up_s=0, changed=self._changed)
        self.outside = Outside(plan, domain=DOMAIN, security=self._denied)
        self.hunts = Hunts(
            plan,
            self.reps,
            self.asking,
            send=self.sent.append,
            outside=self.outside.plan,
            response_s=20,
        )
        domains = frozenset({DOMAIN, "127.0.0.1"})
        self.targets = Targets(plan, self.outside, response=RESPONSE, fallback=fallback)
        self.unattended: dict[str, str] = {}
        self.recordings = Recordings(
            pool=hall.pool, asking=self.asking, talking_in=self.reps.talking_in
        )
        self.choices = Choices(
            pool=hall.pool,
            asking=self.asking,
            targets=self.targets,
            reps=self.reps,
            recordings=self.recordings,
            control=Control(asking=self.asking, reps=self.reps),
            publish=lambda *said: self.published.append(said),
            unattended=self.unattended.get,
        )
        self.orphaned: set[int] = set()
        """Ports whose worker is dead, and somebody answers in its place."""
        self.referrals = Referrals(
            pool=hall.pool,
            asking=self.asking,
            targets=self.targets,
            domains=domains,
            orphaned=self.orphaned.__contains__,
        )
        self.router = Router(
            RouterSettings(
                domains=domains,
                codecs=("PCMU", "PCMA"),
                transcode=transcode,
                ring_s=60,
                response=RESPONSE,
            ),
            dialplan=plan,
            pool=hall.pool,
            asking=self.asking,
            ways=Ways(pool=hall.pool, hunts=self.hunts, outside=self.outside, domains=domains),
            referrals=self.referrals,
            outside=self.outside,
            refused=self.refused.append,
        )
        hall.listener = self._heard

    def _changed(self, rep: str, state: str) -> None:
        self.choices.reps_changed()

    def _denied(self, rep: str, denied: Denied) -> None:
        self.denied.append((rep, denied))

    def _heard(self, worker: PooledWorker, message: FromWorker) -> None:
        match message:
            case Expecting() | ReferAnswered() | Noted() | Answered():
                self.asking.heard(message)
            case AskingBack() | AskingTransfer() | Choosing():
                self.choices.heard(worker, message)
            case Resting(conversation_id=conversation_id):
                self.hunts.conversation_over(conversation_id)
                self.choices.conversation_over(conversation_id)

    # ------------------------------------------------------------ what the edge asks

    async def plan(self, message: bytes, **changes: object) -> Plan:
        return await self.router.plan(asked(message, **changes))

    async def call(self, *headers: str, uri: str = "sip:+14805550100@switch.test") -> FakeWorker:
        """Let a customer call, alice unless said otherwise; returns the worker that got it."""
        plan = await self.plan(request("INVITE", uri, *headers))
        assert plan.action == "worker", plan
        return self.worker_at(int(plan.uri.rpartition(":")[2]))

    async def call_by(self, rep: str, user: str, *headers: str) -> FakeWorker:
        """Let a rep call somebody; returns the worker that got it."""
        message = request("INVITE", f"sip:{user}@switch.test", *headers)
        plan = await self.plan(message, source="rep", name=rep)
        assert plan.action == "worker", plan
        return self.worker_at(int(plan.uri.rpartition(":")[2]))

    async def place(
        self, worker: FakeWorker, user: str, *headers: str, call_id: str = WORKERS_CALL
    ) -> Plan:
        """Let a worker call whom it was told of."""
        message = request("INVITE", f"sip:{user}@switch.test", *headers, call_id=call_id)
        return await self.plan(message, source="worker", address=f"127.0.0.1:{worker.port}")

    def register(self, *reps: str) -> None:
        for rep in reps:
            self.reps.contacts(Contacts(rep=rep, count=1))

    def worker_at(self, port: int) -> FakeWorker:
        return next(one for one in reversed(self.hall.nursery.forked) if one.port == port)


@contextlib.asynccontextmanager
async def a_house(
    plan: Dialplan | None = None,
    *,
    script: Script = obedient,
    most: int = 3,
    fallback: tuple[str, ...] = (),
    transcode: bool = False,
) -> AsyncIterator[House]:
    async with Hall(FakeNursery(script=script), warm=1, most=most) as hall:
        yield House(hall, plan or dialplan(), fallback, transcode=transcode)


def expectation(worker: FakeWorker) -> Expect:
    (expect,) = [message for message in worker.told if isinstance(message, Expect)]
    return expect


def news_of(worker: FakeWorker) -> list[Attempts]:
    """Return what a worker was told of its hunts, the newest last."""
    return [message for message in worker.told if isinstance(message, Attempts)]


def refers_of(worker: FakeWorker) -> list[Refer]:
    return [message for message in worker.told if isinstance(message, Refer)]


def a_refer(
    worker: FakeWorker, *headers: str, event: str = "refer", call_id: str = "a@192.0.2.9"
) -> Asked:
    message = request(
        "REFER",
        f"sip:switch@127.0.0.1:{worker.port}",
        *headers,
        body="",
        to_tag=";tag=t1",
        call_id=call_id,
    )
    return asked(message, event=event, source="rep", name="")


def assert_replied(plan: Plan, code: int, reason: str, headers: str = "") -> None:
    assert plan == Plan(index=7, label=9, action="reply", code=code, reason=reason, headers=headers)
