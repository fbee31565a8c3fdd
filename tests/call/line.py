"""A made-up telephone network around one conversation: phones on one side, commands on the other.

A phone does something (``line.answers(leg)``); the conversation takes it in; what it
wants then is kept, and turned into what each phone hears, was told and has to answer.
"""

from __future__ import annotations

import dataclasses
import itertools

from switch.call.commands import (
    AnswerLeg,
    AnswerRefer,
    CloseConversation,
    Command,
    HangUpLeg,
    JoinLegs,
    MuteLeg,
    PlaceLeg,
    PlayMusic,
    RejectLeg,
    SendNotify,
    StopMusic,
    UnmuteLeg,
)
from switch.call.conversation import Conversation
from switch.call.endings import EndReason
from switch.call.events import (
    LegAlerted,
    LegAnswered,
    LegAttempted,
    LegEnded,
    LegEvent,
    LegHeld,
    LegRetrieved,
    NotifyAnswered,
    ReferReceived,
)
from switch.call.ids import ConversationId, LegId, Moment
from switch.call.leg import Attempt, Leg, LegState
from switch.call.roster import Timers
from switch.call.target import Party, Refusal, Target
from switch.records.of_leg import record_of
from switch.threads.thread import fold
from switch.threads.view import ThreadView, view

RING_S = 60.0
RESPONSE_S = 20.0
SUNDAY_NOON_S = 1795348800.0

CUSTOMER = Party(role="customer", number="+12065550100", name="Kim", trunk="pstn")
ALICE = Party(role="rep", rep="alice", number="101", name="Alice Moreno")
TO_ALICE = Target(user="alice", kind="rep", rep="alice", number="101", name="Alice Moreno")
TO_SAUL = Target(user="saul", kind="rep", rep="saul", number="102", name="Saul Berg")
TO_BOB = Target(user="bob", kind="rep", rep="bob", number="103", name="Bob Ng")
SAUL = Party(role="rep", rep="saul", number="102", name="Saul Berg")
BOB = Party(role="rep", rep="bob", number="103", name="Bob Ng")
HUNT_S = 35.0
TO_SEATTLE = Target(
    user="seattle",
    kind="territory",
    number="801",
    name="Seattle",
    territory="seattle",
    members=(SAUL, BOB),
    ring_s=HUNT_S,
)
OUTSIDE = Target(user="+12065550100", kind="outside", number="+12065550100", trunk="pstn")
NOBODY = Refusal(user="nobody", sip_status=404, why="nobody of that name")


class Line:
    """One conversation and the phones in it."""

    def __init__(
        self, *, caller: Party = CUSTOMER, target: Target = TO_ALICE, dialled: str = "+14805550100"
    ) -> None:
        self._now_s = 1000.0
        self._refer_ids = (str(number) for number in itertools.count(1))
        self.conversation = Conversation(
            conversation_id=ConversationId("c1"),
            caller=caller,
            presented=caller,
            dialled=dialled,
            target=target,
            timers=Timers(ring_s=RING_S, response_s=RESPONSE_S),
            now=self.now,
        )
        self.said: list[Command] = []
        """Every command so far."""
        self.news: list[Command] = []
        """The commands since the last thing that happened."""
        self.published: list[Leg] = []
        """Every leg that was published, in order."""
        self.placed: list[LegId] = []
        """The legs placed by us, in order."""
        self.owed: list[SendNotify] = []
        """NOTIFYs that no phone has answered yet."""
        self.late: list[SendNotify] = []
        """NOTIFYs that were not answered when the dialog ended; their transactions time out."""
        self.dying: list[LegId] = []
        """Legs whose end we have asked for and that have not ended."""
        self.music: set[LegId] = set()
        self.muted: set[LegId] = set()
        self.joined: tuple[LegId, LegId] | None = None
        self._take()
        self.caller = self.conversation.caller_leg_id
        self.callee = self.placed[0]

    # ------------------------------------------------------------ time

    @property
    def now(self) -> Moment:
        return Moment(monotonic_s=self._now_s, utc_s=SUNDAY_NOON_S + self._now_s)

    def wait(self, seconds: float) -> None:
        self._now_s += seconds

    def expire(self) -> None:
        """Let the worker's timer go off, whether it is time or not."""
        self.conversation.expire(now=self.now)
        self._take()

    def fail(self, reason: EndReason = EndReason.SWITCH_ERROR) -> None:
        self.conversation.fail(reason=reason, now=self.now)
        self._take()

    # ------------------------------------------------------------ what phones do

    def happens(self, event: LegEvent) -> None:
        self.conversation.receive(event, now=self.now)
        self._take()

    def rings(self, leg_id: LegId, *, early_media: bool = False) -> None:
        self.happens(LegAlerted(leg_id=leg_id, early_media=early_media))

    def answers(self, leg_id: LegId, *, rep: str | None = None) -> None:
        self.happens(LegAnswered(leg_id=leg_id, rep=rep))

    def tries(self, leg_id: LegId, *, party: Party | None = None, **outcomes: str) -> None:
        """Let the hunt behind a leg have rung these reps from its beginning, to these ends."""
        began_s = self.leg(leg_id).offered_s
        attempts = tuple(
            Attempt(
                rep=rep,
                from_s=began_s,
                to_s=None if outcome == "pending" else self.now.utc_s,
                outcome=outcome,
            )
            for rep, outcome in outcomes.items()
        )
        self.happens(LegAttempted(leg_id=leg_id, attempts=attempts, party=party))

    def refuses(self, leg_id: LegId, sip_status: int) -> None:
        self.happens(LegEnded(leg_id=leg_id, by_party=True, sip_status=sip_status))

    def hangs_up(self, leg_id: LegId) -> None:
        self.refuses(leg_id, 200)

    def cancels(self, leg_id: LegId) -> None:
        self.refuses(leg_id, 487)

    def holds(self, leg_id: LegId) -> None:
        self.happens(LegHeld(leg_id=leg_id))

    def retrieves(self, leg_id: LegId) -> None:
        self.happens(LegRetrieved(leg_id=leg_id))

    def refers(
        self, leg_id: LegId, to: Target | Refusal = TO_SAUL, *, notifies: bool = True
    ) -> LegId:
        """Send a REFER; returns the newest leg, which is the target's if it was accepted."""
        refer_id = next(self._refer_ids)
        self.happens(ReferReceived(leg_id=leg_id, refer_id=refer_id, target=to, notifies=notifies))
        return list(self.conversation.legs)[-1]

    def answers_notify(self, leg_id: LegId, sip_status: int = 200) -> None:
        """Answer the oldest NOTIFY that this phone has not answered yet."""
        notify = next(notify for notify in self.owed if notify.leg_id == leg_id)
        self.owed.remove(notify)
        self.notify_answered(notify, sip_status)

    def notify_answered(self, notify: SendNotify, sip_status: int) -> None:
        self.happens(
            NotifyAnswered(
                leg_id=notify.leg_id,
                refer_id=notify.refer_id,
                final=notify.final,
                sip_status=sip_status,
            )
        )

    def happens_ended_by_us(self, leg_id: LegId, sip_status: int) -> None:
        """End a leg by the worker's own decision: the conversation has not asked for it."""
        self.happens(LegEnded(leg_id=leg_id, by_party=False, sip_status=sip_status))

    def confirms_end(self, leg_id: LegId) -> None:
        """Answer our BYE, CANCEL or refusal."""
        self.dying.remove(leg_id)
        status = 200 if self.leg(leg_id).was_answered else 487
        self.happens(LegEnded(leg_id=leg_id, by_party=False, sip_status=status))

    def settle(self) -> None:
        """Let the phones answer all that they still owe."""
        while self.owed or self.dying:
            if self.owed:
                self.answers_notify(self.owed[0].leg_id)
            else:
                self.confirms_end(self.dying[0])

    # ------------------------------------------------------------ what came of it

    def leg(self, leg_id: LegId) -> Leg:
        return self.conversation.legs[leg_id]

    def hears(self, leg_id: LegId) -> LegId | str | None:
        """Return whom a phone hears: a leg, ``"music"``, or None for silence."""
        if leg_id in self.music:
            return "music"
        if self.joined is None or leg_id not in self.joined:
            return None
        peer = self.joined[0] if leg_id == self.joined[1] else self.joined[1]
        return None if peer in self.muted else peer

    def notified(self, leg_id: LegId) -> list[int]:
        """Return the statuses that a phone was told in NOTIFYs, in order."""
        return [
            command.sip_status
            for command in self.said
            if isinstance(command, SendNotify) and command.leg_id == leg_id
        ]

    def refer_answer(self) -> int | str:
        """Return the status of the last refusal of a REFER, or ``"accepted"``."""
        answers = [command for command in self.said if isinstance(command, AnswerRefer)]
        return "accepted" if answers[-1].accepted else answers[-1].sip_status

    def attempts(self, leg_id: LegId) -> dict[str, str]:
        """Return who was rung for a leg, and what came of it."""
        return {attempt.rep: attempt.outcome for attempt in self.leg(leg_id).attempts}

    def thread(self) -> ThreadView:
        """Return what the desk makes of all that was published."""
        conversation = self.conversation
        return view(
            fold(
                record_of(
                    leg,
                    conversation_id=conversation.conversation_id,
                    direction=conversation.direction,
                )
                for leg in self.published
            )
        )

    def talk_s(self, leg_id: LegId) -> float:
        return sum((talk.ended_s or 0) - talk.started_s for talk in self.leg(leg_id).talks)

    # ------------------------------------------------------------ assertions

    def assert_talking(self, one: LegId, other: LegId) -> None:
        assert (self.hears(one), self.hears(other)) == (other, one)
        assert self.leg(one).talks[-1].ended_s is None
        assert self.leg(one).talks[-1].with_leg == other
        assert self.leg(other).talks[-1].with_leg == one

    def assert_on_music(self, leg_id: LegId) -> None:
        assert self.hears(leg_id) == "music"

    def assert_notified(self, leg_id: LegId, statuses: list[int]) -> None:
        assert self.notified(leg_id) == statuses
        finals = [
            command.final
            for command in self.said
            if isinstance(command, SendNotify) and command.leg_id == leg_id
        ]
        assert finals == [status >= 200 for status in statuses]

    def assert_hung_up(self, leg_id: LegId) -> None:
        assert HangUpLeg(leg_id=leg_id) in self.said
        assert self.leg(leg_id).state in {LegState.RELEASED, LegState.ENDED}

    def assert_stands(self, leg_id: LegId) -> None:
        assert HangUpLeg(leg_id=leg_id) not in self.said
        assert self.leg(leg_id).is_up

    def assert_ended(
        self, leg_id: LegId, reason: EndReason, *, by: str, sip_status: int = 200
    ) -> None:
        leg = self.leg(leg_id)
        assert leg.is_over
        assert (leg.end_reason, leg.ended_by, leg.sip_status) == (reason, by, sip_status)

    def assert_over(self) -> None:
        """Nobody is left, and the worker was told so, once and last."""
        assert all(leg.is_over for leg in self.conversation.legs.values())
        assert self.conversation.closed
        assert [type(command) for command in self.said].count(CloseConversation) == 1
        assert isinstance(self.said[-1], CloseConversation)
        assert self.conversation.next_deadline() is None

    # ------------------------------------------------------------ taking in

    def _take(self) -> None:
        self.news = self.conversation.commands()
        for command in self.news:
            self.said.append(command)
            self._carry_out(command)
        self.published += self.conversation.changed_legs()
        over = {leg.leg_id for leg in self.conversation.legs.values() if leg.is_over}
        self.music -= over
        self.muted -= over
        self.dying = [leg_id for leg_id in self.dying if leg_id not in over]
        self.late += [notify for notify in self.owed if notify.leg_id in over]
        self.owed = [notify for notify in self.owed if notify.leg_id not in over]

    def _carry_out(self, command: Command) -> None:
        match command:
            case PlaceLeg(leg_id=leg_id):
                self.placed.append(leg_id)
            case AnswerLeg(leg_id=leg_id, answered_by=peer):
                self.joined = (leg_id, peer)
            case JoinLegs(leg_id=leg_id, peer=peer):
                self.joined = (leg_id, peer)
                self.music.discard(leg_id)
                self.muted -= {leg_id, peer}
            case MuteLeg(leg_id=leg_id):
                self.muted.add(leg_id)
            case UnmuteLeg(leg_id=leg_id):
                self.muted.discard(leg_id)
            case PlayMusic(leg_id=leg_id):
                self.music.add(leg_id)
            case StopMusic(leg_id=leg_id):
                self.music.discard(leg_id)
            case SendNotify():
                self.owed.append(command)
            case HangUpLeg(leg_id=leg_id) | RejectLeg(leg_id=leg_id):
                self.dying.append(leg_id)


def answered(
    *, caller: Party = CUSTOMER, target: Target = TO_ALICE, talked_s: float = 10.0
) -> Line:
    """Return a call that was answered and has lasted a while."""
    line = Line(caller=caller, target=target)
    line.wait(2)
    line.rings(line.callee)
    line.wait(3)
    line.answers(line.callee)
    line.wait(talked_s)
    return line


def without_revision(leg: Leg) -> Leg:
    return dataclasses.replace(leg, revision=0)
