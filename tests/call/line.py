"""A made-up telephone network around one conversation: phones on one side, commands on the other.

A phone does something (``line.answers(leg)``); the conversation takes it in; what it
wants then is kept, and turned into what each phone hears, was told and has to answer.
"""

from __future__ import annotations

import itertools

import msgspec

from switch.call.commands import (
    AnswerAsk,
    AnswerRefer,
    AskBack,
    AskTransfer,
    CloseConversation,
    Command,
    HangUpLeg,
    PlaceLeg,
    RejectLeg,
    SendNotify,
)
from switch.call.conversation import Conversation
from switch.call.endings import EndReason
from switch.call.events import (
    BackAllowed,
    BackBarred,
    DigitPressed,
    HangUpAsked,
    HoldAsked,
    LegAlerted,
    LegAnswered,
    LegAttempted,
    LegEnded,
    LegEvent,
    LegHeld,
    LegRetrieved,
    MuteAsked,
    NotifyAnswered,
    PromptEnded,
    ReferReceived,
    ResumeAsked,
    TransferAsked,
)
from switch.call.ids import ConversationId, LegId, Moment
from switch.call.leg import Attempt, Leg, LegState
from switch.call.target import Party, Refusal, Target
from switch.call.timers import Timers
from switch.records.of_leg import record_of
from switch.threads.thread import fold
from switch.threads.view import ThreadView, view
from tests.call.earshot import Earshot

RING_S = 60.0
RESPONSE_S = 20.0
RECALL_RING_S = 25.0
PAUSE_S = 10.0
WAIT_S = 90.0
MENU_S = 15.0
TIMERS = Timers(
    ring_s=RING_S,
    response_s=RESPONSE_S,
    recall_ring_s=RECALL_RING_S,
    recall_retries=1,
    recall_pause_s=PAUSE_S,
    recall_wait_s=WAIT_S,
)
WITH_MENU = msgspec.structs.replace(TIMERS, menu_s=MENU_S)
NO_SUCH_CALL = 481
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
        self,
        *,
        caller: Party = CUSTOMER,
        target: Target = TO_ALICE,
        dialled: str = "+14805550100",
        timers: Timers = TIMERS,
        summoned: bool = False,
    ) -> None:
        self._now_s = 1000.0
        self.timers = timers
        self._refer_ids = (str(number) for number in itertools.count(1))
        self._questions = (f"q{number}" for number in itertools.count(1))
        begin = Conversation.summoned if summoned else Conversation.begun
        self.conversation = begin(
            conversation_id=ConversationId("c1"),
            caller=caller,
            presented=caller,
            dialled=dialled,
            target=target,
            timers=timers,
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
        self.asked_back: list[AskBack] = []
        """What the node was asked about transferors, in order."""
        self.dialled: list[AskTransfer] = []
        """What choosers have dialled that the dialplan has not answered yet."""
        self.answers_of_asks: dict[str, int] = {}
        """The status that each question was answered with."""
        self.earshot = Earshot()
        self.take()
        self.caller = self.conversation.caller_leg_id
        self.callee = self.placed[0]
        """Whom the first INVITE went to: the caller himself, if he was summoned."""

    # ------------------------------------------------------------ time

    @property
    def now(self) -> Moment:
        return Moment(monotonic_s=self._now_s, utc_s=SUNDAY_NOON_S + self._now_s)

    def wait(self, seconds: float) -> None:
        self._now_s += seconds

    def wait_until_due(self) -> None:
        """Wait for the deadline."""
        self._now_s = max(self._now_s, self.conversation.next_deadline() or 0.0)

    def expire(self) -> None:
        """Let the worker's timer go off, whether it is time or not."""
        self.conversation.expire(now=self.now)
        self.take()

    def fail(self, reason: EndReason = EndReason.SWITCH_ERROR) -> None:
        self.conversation.fail(reason=reason, now=self.now)
        self.take()

    # ------------------------------------------------------------ what phones do

    def happens(self, event: LegEvent) -> None:
        self.conversation.receive(event, now=self.now)
        self.take()

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
        self,
        leg_id: LegId,
        to: Target | Refusal = TO_SAUL,
        *,
        notifies: bool = True,
        fallbacks: tuple[Target, ...] = (),
    ) -> LegId:
        """Send a REFER; returns the newest leg, which is the target's if it was accepted."""
        self.happens(
            ReferReceived(
                leg_id=leg_id,
                refer_id=next(self._refer_ids),
                target=to,
                notifies=notifies,
                fallbacks=fallbacks,
            )
        )
        return self.newest

    def presses(self, leg_id: LegId, digits: str) -> None:
        for digit in digits:
            self.happens(DigitPressed(leg_id=leg_id, digit=digit))

    def has_heard(self, leg_id: LegId) -> None:
        """Let what is played to a phone once be over."""
        self.earshot.prompts.pop(leg_id)
        self.happens(PromptEnded(leg_id=leg_id))

    # ------------------------------------------------------------ what desk and node do

    def allows_back(self) -> None:
        """Answer the last question about a transferor: he is free."""
        asked = self.asked_back[-1]
        self.happens(BackAllowed(leg_id=asked.leg_id, rep=asked.rep))

    def bars_back(self) -> None:
        """Answer the last question about a transferor: he is on another call."""
        asked = self.asked_back[-1]
        self.happens(BackBarred(leg_id=asked.leg_id, rep=asked.rep))

    def calls_back(self) -> LegId:
        """Let the transferor be free; returns the leg back to him."""
        self.allows_back()
        self.rings(self.newest)
        return self.newest

    def is_asked_to_transfer(
        self,
        to: Target | Refusal,
        *,
        rep: str | None = None,
        leg_id: LegId | None = None,
        fallbacks: tuple[Target, ...] = (),
        dialled: bool = False,
    ) -> int:
        """Take a wish of the desk's; returns how it was answered."""
        question = next(self._questions)
        about = leg_id or self.conversation.leg_to_ask(rep)
        if about is None:
            return NO_SUCH_CALL
        asked = TransferAsked(
            leg_id=about, question=question, target=to, fallbacks=fallbacks, dialled=dialled
        )
        self.happens(asked)
        return self.answers_of_asks[question]

    def is_asked_to_resume(self, *, rep: str | None = None, leg_id: LegId | None = None) -> int:
        """Take a wish of the desk's; returns how it was answered."""
        question = next(self._questions)
        about = leg_id or self.conversation.leg_to_ask(rep)
        if about is None:
            return NO_SUCH_CALL
        self.happens(ResumeAsked(leg_id=about, question=question))
        return self.answers_of_asks[question]

    def is_asked(
        self, event: type[HangUpAsked | HoldAsked | MuteAsked], leg_id: LegId, **how: bool
    ) -> int:
        """Take a command about a leg; returns how it was answered."""
        question = next(self._questions)
        self.happens(event(leg_id=leg_id, question=question, **how))
        return self.answers_of_asks[question]

    def is_asked_to_hang_up(self, leg_id: LegId, *, everybody: bool = False) -> int:
        return self.is_asked(HangUpAsked, leg_id, everybody=everybody)

    def dialplan_says(self, to: Target | Refusal) -> int:
        """Answer what a chooser has dialled."""
        return self.is_asked_to_transfer(to, rep=self.dialled.pop(0).rep, dialled=True)

    # ------------------------------------------------------------ what phones answer

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

    @property
    def newest(self) -> LegId:
        """The leg that came last."""
        return list(self.conversation.legs)[-1]

    def ringing(self) -> list[LegId]:
        """Return the legs placed by us that may still be answered."""
        states = {LegState.PLACED, LegState.ALERTED}
        return [one for one in self.placed if self.leg(one).state in states]

    def places(self) -> PlaceLeg:
        """Return the one leg that the last thing that happened has placed."""
        (placed,) = [command for command in self.news if isinstance(command, PlaceLeg)]
        return placed

    def leg(self, leg_id: LegId) -> Leg:
        return self.conversation.legs[leg_id]

    def hears(self, leg_id: LegId) -> LegId | str | None:
        """Return whom a phone hears: a leg, music, a prompt, or None for silence."""
        return self.earshot.hears(leg_id)

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

    def assert_waits(self, leg_id: LegId, seconds: float) -> None:
        """He hears music, and something happens by itself so many seconds from now."""
        self.assert_on_music(leg_id)
        assert self.conversation.next_deadline() == self._now_s + seconds

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
        # Whoever asks for something afterwards is told that it comes too late.
        assert isinstance(
            [one for one in self.said if not isinstance(one, AnswerAsk)][-1], CloseConversation
        )
        assert self.conversation.next_deadline() is None

    # ------------------------------------------------------------ taking in

    def take(self) -> None:
        """Take in what the conversation wants now."""
        self.news = self.conversation.commands()
        for command in self.news:
            self.said.append(command)
            self.earshot.take(command)
            self._keep(command)
        self.published += self.conversation.changed_legs()
        over = {leg.leg_id for leg in self.conversation.legs.values() if leg.is_over}
        self.earshot.forget(over)
        self.dying = [leg_id for leg_id in self.dying if leg_id not in over]
        self.late += [notify for notify in self.owed if notify.leg_id in over]
        self.owed = [notify for notify in self.owed if notify.leg_id not in over]

    def _keep(self, command: Command) -> None:
        """Keep what somebody will answer later, or has been answered now."""
        match command:
            case PlaceLeg(leg_id=leg_id):
                assert command.target.user, "somebody is dialled"
                self.placed.append(leg_id)
            case SendNotify():
                self.owed.append(command)
            case AskBack():
                assert command.rep, "somebody is asked about"
                self.asked_back.append(command)
            case AskTransfer():
                self.dialled.append(command)
            case AnswerAsk(question=question, sip_status=sip_status):
                assert question not in self.answers_of_asks
                self.answers_of_asks[question] = sip_status
            case HangUpLeg(leg_id=leg_id) | RejectLeg(leg_id=leg_id):
                self.dying.append(leg_id)


def answered(
    *,
    caller: Party = CUSTOMER,
    target: Target = TO_ALICE,
    talked_s: float = 10.0,
    timers: Timers = TIMERS,
) -> Line:
    """Return a call that was answered and has lasted a while."""
    line = Line(caller=caller, target=target, timers=timers)
    line.wait(2)
    line.rings(line.callee)
    line.wait(3)
    line.answers(line.callee)
    line.wait(talked_s)
    return line


def without_revision(leg: Leg) -> Leg:
    return msgspec.structs.replace(leg, revision=0)
