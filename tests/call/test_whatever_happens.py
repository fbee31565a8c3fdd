"""Whatever phones and networks do, in whatever order: nobody is stranded, nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from switch.call.commands import (
    AnswerRefer,
    CloseConversation,
    Command,
    HangUpLeg,
    JoinLegs,
    PlaceLeg,
    PlayMusic,
    RejectLeg,
    SendNotify,
    StopMusic,
)
from switch.call.events import ReferReceived
from switch.call.ids import LegId
from switch.call.leg import Leg, LegState
from switch.call.roster import Part
from switch.call.target import Party, Refusal, Target
from switch.records import codec
from switch.records.leg import LegRecord
from switch.records.of_leg import record_of
from switch.threads.thread import fold
from switch.threads.view import view
from tests.call.line import (
    ALICE,
    CUSTOMER,
    NOBODY,
    OUTSIDE,
    RESPONSE_S,
    TO_ALICE,
    TO_BOB,
    TO_SAUL,
    TO_SEATTLE,
    Line,
)

CALLS: list[tuple[Party, Target]] = [
    (CUSTOMER, TO_ALICE),
    (CUSTOMER, TO_SEATTLE),
    (ALICE, OUTSIDE),
    (ALICE, TO_SAUL),
    (ALICE, TO_SEATTLE),
]
TARGETS: list[Target | Refusal] = [TO_SAUL, TO_BOB, TO_SEATTLE, TO_ALICE, OUTSIDE, NOBODY]
MEMBERS = [member.rep for member in TO_SEATTLE.members]
OFFICE = Party(role="external", number="+12065550111", trunk="pstn")
OUTCOMES = ["pending", "answered", "declined", "busy", "no_answer", "elsewhere", "cancelled"]
FAILURES = [302, 404, 408, 480, 486, 487, 488, 500, 503, 600, 603]
WAITS_S = [0.0, 0.001, 1.0, RESPONSE_S, 60.0]
_Thing = TypeVar("_Thing")
SOME = st.integers(0, 11)


class Telephony(RuleBasedStateMachine):
    """Does to a conversation all that a SIP stack can report, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.line = Line()
        self.picked_up: set[LegId] = set()
        """Legs whose dialog is confirmed, as their phones know."""
        self.referred: set[str] = set()
        self.untold: set[str] = set()
        """REFERs whose phone wants no NOTIFY, or knows of no subscription."""

    @initialize(call=st.sampled_from(CALLS))
    def call(self, call: tuple[Party, Target]) -> None:
        caller, target = call
        self.line = Line(caller=caller, target=target)
        self.check_news()

    # ------------------------------------------------------------ what can happen

    def standing(self) -> list[Leg]:
        """Return the legs whose dialogs are not over."""
        return [leg for leg in self.line.conversation.legs.values() if not leg.is_over]

    def confirmed(self) -> list[LegId]:
        """Return the legs whose phones may send a re-INVITE."""
        return [
            leg.leg_id
            for leg in self.standing()
            if leg.leg_id in self.picked_up or (leg.side == "caller" and leg.was_answered)
        ]

    def placed(self) -> list[LegId]:
        return [leg.leg_id for leg in self.standing() if leg.side == "callee"]

    @rule(which=SOME, early_media=st.booleans())
    @precondition(lambda self: self.placed())
    def a_phone_rings(self, which: int, early_media: bool) -> None:
        self.line.rings(one_of(self.placed(), which), early_media=early_media)
        self.check_news()

    @rule(which=SOME, rep=st.sampled_from([None, "mallory", *MEMBERS]))
    @precondition(lambda self: self.placed())
    def a_phone_is_picked_up(self, which: int, rep: str | None) -> None:
        leg_id = one_of(self.placed(), which)
        self.picked_up.add(leg_id)
        before = self.line.leg(leg_id)
        self.line.answers(leg_id, rep=rep)
        self.check_news()
        after = self.line.leg(leg_id).party
        if before.territory and rep in MEMBERS and not before.was_answered and after.rep:
            assert after.rep == rep

    def hunted(self) -> list[LegId]:
        """Return the legs that were placed to a territory, also those that are over."""
        return [leg.leg_id for leg in self.line.conversation.legs.values() if leg.territory]

    @rule(
        which=SOME,
        outcomes=st.dictionaries(st.sampled_from(MEMBERS), st.sampled_from(OUTCOMES)),
        party=st.sampled_from([None, None, None, OFFICE]),
    )
    @precondition(lambda self: self.hunted())
    def a_hunt_has_news(self, which: int, outcomes: dict[str, str], party: Party | None) -> None:
        leg_id = one_of(self.hunted(), which)
        self.line.tries(leg_id, party=party, **outcomes)
        assert self.line.news == []
        assert set(self.line.attempts(leg_id)) == set(outcomes)

    @rule(which=SOME, sip_status=st.sampled_from(FAILURES))
    @precondition(lambda self: set(self.placed()) - self.picked_up)
    def a_phone_refuses(self, which: int, sip_status: int) -> None:
        unanswered = sorted(set(self.placed()) - self.picked_up)
        self.line.refuses(one_of(unanswered, which), sip_status)
        self.check_news()

    @rule(which=SOME)
    @precondition(lambda self: self.standing())
    def somebody_hangs_up(self, which: int) -> None:
        leg = one_of(self.standing(), which)
        self.line.refuses(leg.leg_id, 200 if leg.was_answered else 487)
        self.check_news()

    @rule(which=SOME, sip_status=st.sampled_from([200, 487, 488, 500]))
    @precondition(lambda self: self.standing())
    def the_worker_cannot_go_on(self, which: int, sip_status: int) -> None:
        leg = one_of(self.standing(), which)
        self.line.happens_ended_by_us(leg.leg_id, sip_status)
        self.check_news()

    @rule(which=SOME)
    @precondition(lambda self: self.line.dying)
    def an_end_is_confirmed(self, which: int) -> None:
        self.line.confirms_end(one_of(self.line.dying, which))
        self.check_news()

    @rule()
    def an_end_is_reported_twice(self) -> None:
        over = [leg for leg in self.line.conversation.legs.values() if leg.is_over]
        for leg in over[-2:]:
            self.line.hangs_up(leg.leg_id)
            assert self.line.news == []

    @rule(which=SOME)
    @precondition(lambda self: self.confirmed())
    def somebody_holds(self, which: int) -> None:
        self.line.holds(one_of(self.confirmed(), which))
        self.check_news()

    @rule(which=SOME)
    @precondition(lambda self: self.confirmed())
    def somebody_retrieves(self, which: int) -> None:
        self.line.retrieves(one_of(self.confirmed(), which))
        self.check_news()

    @rule(which=SOME, to=st.sampled_from(TARGETS), notifies=st.booleans())
    @precondition(lambda self: self.standing())
    def somebody_refers(self, which: int, to: Target | Refusal, notifies: bool) -> None:
        refer_id = str(len(self.referred) + 1)
        self.referred.add(refer_id)
        leg = one_of(self.standing(), which)
        self.untold |= set() if notifies else {refer_id}
        self.line.happens(
            ReferReceived(leg_id=leg.leg_id, refer_id=refer_id, target=to, notifies=notifies)
        )
        self.check_news()

    @rule(which=SOME, to=st.sampled_from(TARGETS))
    @precondition(lambda self: self.talking_reps())
    def a_rep_transfers(self, which: int, to: Target | Refusal) -> None:
        refer_id = str(len(self.referred) + 1)
        self.referred.add(refer_id)
        leg_id = one_of(self.talking_reps(), which)
        self.line.happens(ReferReceived(leg_id=leg_id, refer_id=refer_id, target=to))
        assert self.line.refer_answer() == "accepted"
        self.check_news()

    def talking_reps(self) -> list[LegId]:
        conversation = self.line.conversation
        return [
            leg.leg_id
            for leg in self.standing()
            if leg.party.role == "rep" and conversation.part_of(leg.leg_id) is Part.TALKER
        ]

    @rule(which=SOME, sip_status=st.sampled_from([200, 408, 481, 500]))
    @precondition(lambda self: self.line.owed)
    def a_notify_is_answered(self, which: int, sip_status: int) -> None:
        leg_id = one_of(self.line.owed, which).leg_id
        notify = next(one for one in self.line.owed if one.leg_id == leg_id)
        self.untold |= {notify.refer_id} if sip_status == 481 else set()
        self.line.answers_notify(leg_id, sip_status)
        self.check_news()

    @rule()
    @precondition(lambda self: self.line.late)
    def a_notify_is_given_up(self) -> None:
        self.line.notify_answered(self.line.late.pop(), 408)
        assert self.line.news == []

    @rule(seconds=st.sampled_from(WAITS_S))
    def time_passes(self, seconds: float) -> None:
        self.line.wait(seconds)
        self.line.expire()
        self.check_news()

    @rule(chance=st.integers(0, 9))
    def the_switch_stops(self, chance: int) -> None:
        if chance == 0:
            self.untold |= self.referred
            self.line.fail()
            self.check_news()

    # ------------------------------------------------------------ what always holds

    def check_news(self) -> None:
        """Check the commands of this step, one after the other as the worker does them."""
        legs = self.line.conversation.legs
        for command in self.line.news:
            for leg_id in named_by(command):
                assert not legs[leg_id].is_over, command

    @invariant()
    def nobody_is_in_limbo(self) -> None:
        conversation = self.line.conversation
        deadline = conversation.next_deadline()
        for leg in self.standing():
            match conversation.part_of(leg.leg_id):
                case Part.TALKER:
                    self.check_talker(leg)
                case Part.TRANSFEREE:
                    assert self.line.hears(leg.leg_id) == "music"
                    assert deadline is not None
                case Part.LEAVER:
                    awaited = [one for one in self.line.owed if one.final]
                    told = leg.leg_id in {one.leg_id for one in awaited}
                    assert told or leg.leg_id in self.line.dying
                case _:
                    assert deadline is not None

    def check_talker(self, leg: Leg) -> None:
        """He hears the other, or music if the other holds him."""
        peer = self.line.leg(leg.talks[-1].with_leg)
        assert self.line.conversation.part_of(peer.leg_id) is Part.TALKER
        if peer.held:
            assert self.line.hears(leg.leg_id) == "music"
        elif not leg.held:
            assert self.line.hears(leg.leg_id) == peer.leg_id

    @invariant()
    def a_deadline_waits_for_somebody(self) -> None:
        conversation = self.line.conversation
        parts = Counter(conversation.part_of(leg_id) for leg_id in conversation.legs)
        waited_for = parts[Part.CALLEE] + parts[Part.TARGET]

        assert waited_for == (conversation.next_deadline() is not None)
        assert parts[Part.CALLER] == parts[Part.CALLEE]
        assert parts[Part.TRANSFEREE] == parts[Part.TARGET]
        assert parts[Part.TRANSFEROR] <= parts[Part.TRANSFEREE]
        assert parts[Part.TALKER] in {0, 2}

    @invariant()
    def both_sides_of_a_talk_are_the_same(self) -> None:
        legs = self.line.conversation.legs
        talks = Counter(
            (*sorted([leg.leg_id, talk.with_leg]), talk.started_s, talk.ended_s)
            for leg in legs.values()
            for talk in leg.talks
        )

        assert all(times % 2 == 0 for times in talks.values())
        for leg in legs.values():
            is_talker = self.line.conversation.part_of(leg.leg_id) is Part.TALKER
            going_on = [talk for talk in leg.talks if talk.ended_s is None]
            assert len(going_on) == is_talker

    @invariant()
    def nobody_is_rung_for_a_leg_that_wants_no_answer(self) -> None:
        for leg in self.line.conversation.legs.values():
            assert leg.territory or not leg.attempts
            for attempt in leg.attempts:
                assert (attempt.outcome == "pending") == (attempt.to_s is None)
                if leg.state in {LegState.RELEASED, LegState.ENDED}:
                    assert attempt.outcome != "pending"

    @invariant()
    def music_goes_on_and_off_by_turns(self) -> None:
        playing: set[LegId] = set()
        for command in self.line.said:
            match command:
                case PlayMusic(leg_id=leg_id):
                    assert leg_id not in playing
                    playing.add(leg_id)
                case StopMusic(leg_id=leg_id):
                    playing.remove(leg_id)
                case JoinLegs(leg_id=leg_id, peer=peer):
                    assert peer not in playing
                    playing.discard(leg_id)

    @invariant()
    def every_leg_ends_once_and_for_good(self) -> None:
        said = Counter(
            command.leg_id
            for command in self.line.said
            if isinstance(command, HangUpLeg | RejectLeg)
        )
        assert set(said.values()) <= {1}
        for leg_id, leg in self.line.conversation.legs.items():
            mine = [one for one in self.line.published if one.leg_id == leg_id]
            assert [one.revision for one in mine] == list(range(1, len(mine) + 1))
            assert mine[-1] == leg
            over = [one.is_over for one in mine]
            assert over == sorted(over)
            # What is said after the end is said of a hunt.
            assert over.count(True) == leg.is_over or leg.territory
            assert (leg.end_reason is not None) or leg.state not in {
                LegState.RELEASED,
                LegState.ENDED,
            }

    @invariant()
    def every_refer_is_answered_and_told_the_truth_of(self) -> None:
        answers = [one for one in self.line.said if isinstance(one, AnswerRefer)]
        assert Counter(one.refer_id for one in answers) == dict.fromkeys(self.referred, 1)
        accepted = {one.refer_id for one in answers if one.accepted}
        for refer_id in self.referred:
            told = [
                one
                for one in self.line.said
                if isinstance(one, SendNotify) and one.refer_id == refer_id
            ]
            assert not told or refer_id in accepted
            assert [one.sip_status for one in told] == sorted({one.sip_status for one in told})
            assert all(one.final == (one.sip_status >= 200) for one in told)
            assert len({one.leg_id for one in told}) <= 1
        for answer in answers:
            part = self.line.conversation.part_of(answer.leg_id)
            is_here = not self.line.leg(answer.leg_id).is_over and part is not Part.TRANSFEROR
            if answer.accepted and is_here and answer.refer_id not in self.untold:
                told = [one for one in self.line.said if isinstance(one, SendNotify)]
                assert [one.final for one in told if one.refer_id == answer.refer_id][-1]

    @invariant()
    def it_is_closed_when_all_is_over(self) -> None:
        assert self.line.conversation.closed == (not self.standing())
        closes = [type(command) for command in self.line.said].count(CloseConversation)
        assert closes == self.line.conversation.closed

    # ------------------------------------------------------------ how it ends

    def teardown(self) -> None:
        """Let everybody go home; then the thread must be whole."""
        self.line.settle()
        for leg in self.standing():
            if not self.line.leg(leg.leg_id).is_over:
                self.line.hangs_up(leg.leg_id)
                self.line.settle()
        self.line.assert_over()
        self.nobody_is_in_limbo()
        self.every_leg_ends_once_and_for_good()
        self.both_sides_of_a_talk_are_the_same()
        self.check_thread()

    def check_thread(self) -> None:
        conversation = self.line.conversation
        records = [
            record_of(
                leg,
                conversation_id=conversation.conversation_id,
                direction=conversation.direction,
            )
            for leg in self.line.published
        ]
        assert [round_trip(record) for record in records] == records

        thread = view(fold(records))

        assert thread == view(fold(reversed(records)))
        assert thread.ended_at is not None
        assert thread.legs[0].leg_id == conversation.caller_leg_id
        answered = {leg.leg_id for leg in conversation.legs.values() if leg.was_answered}
        assert {row.leg_id for row in thread.legs[1:]} == answered - {thread.legs[0].leg_id}
        first_talks = [row.talks[0].started_at for row in thread.legs[1:] if row.talks]
        assert first_talks == sorted(first_talks)
        placed = [one for one in self.line.said if isinstance(one, PlaceLeg)]
        refused = [leg for leg in conversation.legs.values() if leg.kind is None]
        assert len(thread.transfers) == len(placed) - 1 + len(refused) - 1
        assert all(transfer.outcome != "pending" for transfer in thread.transfers)
        shown = [one for row in thread.legs for one in row.attempts]
        tried = Counter(one.rep for one in shown if one.number is None)
        assert tried == Counter(
            one.rep for leg in conversation.legs.values() for one in leg.attempts
        )
        for transfer in thread.transfers:
            territory = conversation.legs[LegId(transfer.leg_id)].territory
            assert (transfer.kind == "territory") == (territory is not None)
            assert territory in {None, transfer.to}
        if conversation.direction == "inbound":
            talked = sum(row.talk_s for row in thread.legs[1:])
            assert abs(talked - thread.legs[0].talk_s) < 0.001


def one_of(choice: Sequence[_Thing], which: int) -> _Thing:
    return choice[which % len(choice)]


def round_trip(record: LegRecord) -> LegRecord:
    return codec.decode(codec.encode(record, node="node1", at=record.offered_at))


def named_by(command: Command) -> list[LegId]:
    """Return the legs that a command is about."""
    fields = (getattr(command, field, None) for field in ("leg_id", "peer", "offered_from"))
    return [leg_id for leg_id in fields if leg_id is not None]


TestWhateverHappens = Telephony.TestCase
TestWhateverHappens.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
