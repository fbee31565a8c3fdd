"""Whatever phones, desks and networks do, in any order: nobody is stranded, nothing is lost."""

from __future__ import annotations

from collections import Counter

from hypothesis import settings
from hypothesis.stateful import invariant

from switch.call.choice import ChoiceState
from switch.call.commands import (
    AnswerAsk,
    AnswerRefer,
    AskBack,
    CloseConversation,
    Command,
    HangUpLeg,
    JoinLegs,
    PlayMusic,
    PlayPrompt,
    PlayRinging,
    RejectLeg,
    SendNotify,
    StopMusic,
)
from switch.call.ids import LegId
from switch.call.leg import Leg, LegState
from switch.call.roster import Part
from switch.records import codec
from switch.records.leg import LegRecord
from switch.records.of_leg import record_of
from switch.threads.instants import seconds_between
from switch.threads.text import describe
from switch.threads.thread import fold
from switch.threads.view import ThreadView, view
from tests.call.telephony import Telephony

RINGING_FOR: dict[ChoiceState, tuple[Part, str] | None] = {
    "calling": (Part.TARGET, "transfer"),
    "ringing": (Part.TARGET, "transfer"),
    "asking": None,
    "waiting": None,
    "recalling": (Part.RECALLED, "recall"),
    "choosing": (Part.CHOOSER, "recall"),
    "pausing": None,
    "falling_back": (Part.TARGET, "fallback"),
    "goodbye": None,
}
"""Who is called, or chooses, in each state of a choice, and what his leg is for."""

MOST_DEADLINES = 60
"""After so many that passed one after the other nobody waits any more."""


class Watched(Telephony):
    """Watches what comes of it."""

    # ------------------------------------------------------------ what always holds

    def check_news(self) -> None:
        """Check the commands of this step, one after the other as the worker does them."""
        legs = self.line.conversation.legs
        for command in self.line.news:
            for leg_id in named_by(command):
                assert not legs[leg_id].is_over, command
            if isinstance(command, PlayRinging):
                assert self.line.hears(command.leg_id) == "ringing"
            if isinstance(command, AskBack):
                assert self.line.hears(command.leg_id) == "music"

    @invariant()
    def nobody_is_in_limbo(self) -> None:
        conversation = self.line.conversation
        deadline = conversation.next_deadline()
        for leg in self.standing():
            match conversation.part_of(leg.leg_id):
                case Part.TALKER:
                    self.check_talker(leg)
                case Part.TRANSFEREE:
                    self.check_transferee(leg)
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
        if peer.is_holding:
            assert self.line.hears(leg.leg_id) == "music"
        elif not leg.is_holding:
            assert self.line.hears(leg.leg_id) == (None if peer.muted else peer.leg_id)

    def check_transferee(self, leg: Leg) -> None:
        """He hears music until a deadline that is pending, or is being said goodbye."""
        choice = self.line.conversation.choice
        assert choice is not None
        assert self.line.hears(leg.leg_id) == ("goodbye" if choice.state == "goodbye" else "music")
        assert self.line.conversation.next_deadline() is not None

    @invariant()
    def a_deadline_waits_for_somebody(self) -> None:
        conversation = self.line.conversation
        parts = Counter(conversation.part_of(leg_id) for leg_id in conversation.legs)
        summoned, dials = parts[Part.SUMMONED], parts[Part.DIALLER]
        waits = parts[Part.CALLER] + parts[Part.TRANSFEREE] + summoned + dials

        assert waits == (conversation.next_deadline() is not None)
        assert parts[Part.CALLER] + dials == parts[Part.CALLEE]
        assert parts[Part.TALKER] in {0, 2}
        assert parts[Part.TALKER] + waits <= 2
        # Never two who ring, or choose, for one who waits.
        on_the_way = parts[Part.TARGET] + parts[Part.RECALLED] + parts[Part.CHOOSER]
        assert on_the_way <= parts[Part.TRANSFEREE]
        assert parts[Part.TRANSFEROR] <= parts[Part.TARGET]
        ringing = on_the_way - parts[Part.CHOOSER] + parts[Part.CALLEE] + summoned
        assert len(self.line.ringing()) == ringing

    @invariant()
    def what_can_be_chosen_is_what_is_under_way(self) -> None:
        conversation = self.line.conversation
        choice = conversation.choice
        waits = self.acting_as(Part.TRANSFEREE)
        assert (choice is not None) == bool(waits)
        if choice is None:
            return
        assert choice.transferee == self.line.leg(waits[0]).party
        called = self.acting_as(Part.TARGET, Part.RECALLED, Part.CHOOSER)
        assert [(conversation.part_of(one), self.line.leg(one).why) for one in called] == [
            one for one in [RINGING_FOR[choice.state]] if one is not None
        ]

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
                case PlayPrompt(leg_id=leg_id):
                    # It takes the place of music, and of another prompt; music follows it.
                    playing.discard(leg_id)
                case StopMusic(leg_id=leg_id):
                    playing.discard(leg_id)
                case JoinLegs(leg_id=leg_id, peer=peer):
                    assert peer not in playing or self.line.leg(leg_id).is_holding
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
    def every_question_is_answered_once(self) -> None:
        answers = [one.question for one in self.line.said if isinstance(one, AnswerAsk)]
        assert len(answers) == len(set(answers)) == len(self.line.answers_of_asks)

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
        """Let time pass or everybody go home; then the thread must be whole."""
        if self.patient:
            self.let_time_pass()
        while self.standing():
            self.line.settle()
            for leg in self.standing()[:1]:
                self.line.hangs_up(leg.leg_id)
                self.nobody_is_in_limbo()
        self.line.assert_over()
        self.every_leg_ends_once_and_for_good()
        self.both_sides_of_a_talk_are_the_same()
        self.check_thread()

    def let_time_pass(self) -> None:
        """Nobody does anything any more: then nobody waits for ever."""
        for _deadline in range(MOST_DEADLINES):
            self.line.settle()
            if self.line.conversation.next_deadline() is None:
                break
            self.line.wait_until_due()
            self.line.expire()
            self.check_news()
            self.nobody_is_in_limbo()
            self.a_deadline_waits_for_somebody()
        waiting = (Part.SUMMONED, Part.DIALLER, Part.CALLER, Part.TRANSFEREE, Part.TRANSFEROR)
        assert self.acting_as(*waiting) == []

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
        self.check_moves(thread)
        if conversation.direction == "inbound":
            talked = sum(row.talk_s for row in thread.legs[1:])
            assert abs(talked - thread.legs[0].talk_s) < 0.001
        check_waits(thread)
        for known in range(1, len(records), 4):
            check_part(records[:known])

    def check_moves(self, thread: ThreadView) -> None:
        """Every leg that was placed after the first is told of once."""
        legs = self.line.conversation.legs
        for why, told in (
            ("transfer", [one.leg_id for one in thread.transfers]),
            ("recall", [one.leg_id for one in thread.recalls]),
            ("fallback", [one.leg_id for one in thread.fallbacks]),
        ):
            assert sorted(told) == sorted(leg.leg_id for leg in legs.values() if leg.why == why)
        came_of_it = [
            *((one.outcome, one.took_s) for one in (*thread.transfers, *thread.fallbacks)),
            *((one.outcome, one.took_s) for one in thread.recalls),
        ]
        assert all(outcome != "pending" for outcome, _took_s in came_of_it)
        assert None not in {took_s for _outcome, took_s in came_of_it}
        shown = [one for row in thread.legs for one in row.attempts]
        tried = Counter(one.rep for one in shown if one.number is None)
        assert tried == Counter(one.rep for leg in legs.values() for one in leg.attempts)
        for transfer in (*thread.transfers, *thread.fallbacks):
            territory = legs[LegId(transfer.leg_id)].territory
            assert (transfer.kind == "territory") == (territory is not None)
            assert territory in {None, transfer.to}


def check_waits(thread: ThreadView) -> None:
    """Nobody waits twice at once, or while he talks."""
    for wait, following in zip(thread.waits, thread.waits[1:], strict=False):
        assert wait.to_at is not None
        assert wait.to_at <= following.from_at
    assert thread.waiting_s >= 0
    if thread.direction == "inbound":
        customer = thread.legs[0]
        for wait in thread.waits:
            for talk in customer.talks:
                assert talk.ended_at is not None
                assert talk.ended_at <= wait.from_at or (wait.to_at or "") <= talk.started_at
        if customer.answered_at is not None and customer.ended_at is not None:
            lasted_s = seconds_between(customer.answered_at, customer.ended_at)
            assert customer.talk_s + thread.waiting_s < lasted_s + 0.001


def check_part(records: list[LegRecord]) -> None:
    """Some of the records are a valid thread too."""
    thread = view(fold(records))

    legs = {record.leg_id: record for record in records}
    moves = (*thread.transfers, *thread.recalls, *thread.fallbacks)
    assert len(moves) == sum(record.why != "call" for record in legs.values())
    assert describe(thread)


def round_trip(record: LegRecord) -> LegRecord:
    return codec.decode(codec.encode(record, node="node1", at=record.offered_at))


def named_by(command: Command) -> list[LegId]:
    """Return the legs that a command is about."""
    fields = (getattr(command, field, None) for field in ("leg_id", "peer", "offered_from"))
    return [leg_id for leg_id in fields if leg_id is not None]


TestWhateverHappens = Watched.TestCase
TestWhateverHappens.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
