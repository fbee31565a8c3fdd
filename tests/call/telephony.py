"""A telephone network that does to a conversation all that can happen, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from switch.call.events import BackAllowed, BackBarred, HoldAsked, MuteAsked, ReferReceived
from switch.call.ids import LegId
from switch.call.leg import Leg
from switch.call.roster import Part
from switch.call.target import Party, Refusal, Target
from switch.call.timers import Timers
from tests.call.line import (
    ALICE,
    CUSTOMER,
    NOBODY,
    OUTSIDE,
    PAUSE_S,
    RESPONSE_S,
    TIMERS,
    TO_ALICE,
    TO_BOB,
    TO_SAUL,
    TO_SEATTLE,
    WITH_MENU,
    Line,
)
from tests.call.rescue import rescue

CALLS: list[tuple[Party, Target]] = [
    (CUSTOMER, TO_ALICE),
    (CUSTOMER, TO_SEATTLE),
    (ALICE, OUTSIDE),
    (ALICE, TO_SAUL),
    (ALICE, TO_SEATTLE),
]
PATIENCE = [
    TIMERS,
    WITH_MENU,
    msgspec.structs.replace(TIMERS, recall_retries=0),
    msgspec.structs.replace(WITH_MENU, recall_retries=2),
]
TARGETS: list[Target | Refusal] = [TO_SAUL, TO_BOB, TO_SEATTLE, TO_ALICE, OUTSIDE, NOBODY]
FALLBACKS: list[tuple[Target, ...]] = [(), (TO_BOB,), (TO_SEATTLE, OUTSIDE)]
REPS = [None, "alice", "saul", "bob", "mallory"]
MEMBERS = [member.rep for member in TO_SEATTLE.members]
OFFICE = Party(role="external", number="+12065550111", trunk="pstn")
OUTCOMES = ["pending", "answered", "declined", "busy", "no_answer", "elsewhere", "cancelled"]
FAILURES = [302, 404, 408, 480, 486, 487, 488, 500, 503, 600, 603]
WAITS_S = [0.0, 0.001, 1.0, PAUSE_S, RESPONSE_S, 60.0]
DIGITS = ["1", "2", "2103#", "2999#", "9", "*", "#"]
_Thing = TypeVar("_Thing")
SOME = st.integers(0, 11)
SELDOM = st.integers(0, 7).map(lambda chance: chance == 0)
SELDOM_NOT = SELDOM.map(lambda seldom: not seldom)


def one_of(choice: Sequence[_Thing], which: int) -> _Thing:
    return choice[which % len(choice)]


class Telephony(RuleBasedStateMachine):
    """Does to a conversation all that SIP stacks, phones, desks and clocks can do."""

    def __init__(self) -> None:
        super().__init__()
        self.line = Line()
        self.picked_up: set[LegId] = set()
        """Legs whose dialog is confirmed, as their phones know."""
        self.referred: set[str] = set()
        self.untold: set[str] = set()
        """REFERs whose phone wants no NOTIFY, or knows of no subscription."""
        self.patient = False
        """Whether nothing happens in the end but that time passes."""

    @initialize(
        summoned=SELDOM,
        call=st.sampled_from(CALLS),
        timers=st.sampled_from(PATIENCE),
        patient=st.booleans(),
        answered=SELDOM_NOT,
    )
    def call(
        self,
        call: tuple[Party, Target],
        timers: Timers,
        patient: bool,
        answered: bool,
        summoned: bool,
    ) -> None:
        caller, target = call
        summoned = summoned and caller.role == "rep"
        self.line = Line(caller=caller, target=target, timers=timers, summoned=summoned)
        self.patient = patient
        self.check_news()
        if answered:
            self.picked_up.add(self.line.callee)
            self.line.answers(self.line.callee, rep=MEMBERS[0])
            self.check_news()

    def check_news(self) -> None:
        """Check the commands of this step."""
        raise NotImplementedError

    # ------------------------------------------------------------ who is there

    def standing(self) -> list[Leg]:
        """Return the legs whose dialogs are not over."""
        return [leg for leg in self.line.conversation.legs.values() if not leg.is_over]

    def confirmed(self) -> list[LegId]:
        """Return the legs whose phones may send a re-INVITE."""
        return [
            leg.leg_id
            for leg in self.standing()
            if leg.leg_id in self.picked_up
            or (leg.leg_id not in self.line.placed and leg.was_answered)
        ]

    def placed(self) -> list[LegId]:
        return [leg.leg_id for leg in self.standing() if leg.leg_id in self.line.placed]

    def acting_as(self, *parts: Part) -> list[LegId]:
        """Return the standing legs that have one of these parts."""
        part_of = self.line.conversation.part_of
        return [leg.leg_id for leg in self.standing() if part_of(leg.leg_id) in parts]

    # ------------------------------------------------------------ what phones do

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

    @rule(which=SOME, seldom=SELDOM)
    @precondition(lambda self: self.standing())
    def somebody_hangs_up(self, which: int, seldom: bool) -> None:
        if seldom:
            leg = one_of(self.standing(), which)
            self.line.refuses(leg.leg_id, 200 if leg.was_answered else 487)
            self.check_news()

    @rule()
    @precondition(lambda self: self.acting_as(Part.TRANSFEROR))
    def the_transferor_hangs_up(self) -> None:
        (leg_id,) = self.acting_as(Part.TRANSFEROR)
        self.line.hangs_up(leg_id)
        self.check_news()

    @rule(which=SOME, sip_status=st.sampled_from([200, 487, 488, 500]), seldom=SELDOM)
    @precondition(lambda self: self.standing())
    def the_worker_cannot_go_on(self, which: int, sip_status: int, seldom: bool) -> None:
        if seldom:
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

    def next_refer(self) -> str:
        refer_id = str(len(self.referred) + 1)
        self.referred.add(refer_id)
        return refer_id

    @rule(
        which=SOME,
        to=st.sampled_from(TARGETS),
        notifies=st.booleans(),
        fallbacks=st.sampled_from(FALLBACKS),
    )
    @precondition(lambda self: self.standing())
    def somebody_refers(
        self, which: int, to: Target | Refusal, notifies: bool, fallbacks: tuple[Target, ...]
    ) -> None:
        refer = ReferReceived(
            leg_id=one_of(self.standing(), which).leg_id,
            refer_id=self.next_refer(),
            target=to,
            notifies=notifies,
            fallbacks=fallbacks,
        )
        self.untold |= set() if notifies else {refer.refer_id}
        self.line.happens(refer)
        self.check_news()

    @rule(
        which=SOME,
        to=st.sampled_from(TARGETS),
        fallbacks=st.sampled_from(FALLBACKS),
        leaves=st.booleans(),
    )
    @precondition(lambda self: self.talking_reps() or self.acting_as(Part.CHOOSER))
    def a_rep_transfers(
        self, which: int, to: Target | Refusal, fallbacks: tuple[Target, ...], leaves: bool
    ) -> None:
        leg_id = one_of([*self.talking_reps(), *self.acting_as(Part.CHOOSER)], which)
        self.line.happens(
            ReferReceived(leg_id=leg_id, refer_id=self.next_refer(), target=to, fallbacks=fallbacks)
        )
        assert self.line.refer_answer() == "accepted"
        self.check_news()
        if leaves:
            self.line.hangs_up(leg_id)
            self.check_news()

    @rule(sip_status=st.sampled_from(FAILURES))
    @precondition(lambda self: self.acting_as(Part.TARGET, Part.RECALLED))
    def whoever_is_called_refuses(self, sip_status: int) -> None:
        (leg_id,) = self.acting_as(Part.TARGET, Part.RECALLED)
        self.line.refuses(leg_id, sip_status)
        self.check_news()

    @rule()
    @precondition(lambda self: self.acting_as(Part.TARGET, Part.RECALLED))
    def whoever_is_called_answers(self) -> None:
        (leg_id,) = self.acting_as(Part.TARGET, Part.RECALLED)
        self.picked_up.add(leg_id)
        self.line.answers(leg_id)
        self.check_news()

    @rule()
    @precondition(lambda self: self.acting_as(Part.TRANSFEREE) and self.line.asked_back)
    def whoever_is_free_is_called_back_and_answers(self) -> None:
        self.line.allows_back()
        self.check_news()
        for leg_id in self.acting_as(Part.RECALLED):
            self.picked_up.add(leg_id)
            self.line.answers(leg_id)
            self.check_news()

    @rule(which=SOME, digits=st.sampled_from(DIGITS), chooses=st.booleans())
    @precondition(lambda self: self.confirmed())
    def digits_are_pressed(self, which: int, digits: str, chooses: bool) -> None:
        choosers = self.acting_as(Part.CHOOSER) if chooses else []
        leg_id = one_of(choosers or self.confirmed(), which)
        for digit in digits:
            self.line.presses(leg_id, digit)
            self.check_news()

    @rule(digits=st.sampled_from(["1", "", "2103#"]), retrieves=st.booleans())
    @precondition(lambda self: self.acting_as(Part.CHOOSER))
    def a_chooser_holds_and_presses(self, digits: str, retrieves: bool) -> None:
        (leg_id,) = self.acting_as(Part.CHOOSER)
        self.line.holds(leg_id)
        self.check_news()
        for digit in digits:
            self.line.presses(leg_id, digit)
            self.check_news()
        if retrieves:
            self.line.retrieves(leg_id)
            self.check_news()

    @rule(which=SOME)
    @precondition(lambda self: self.line.earshot.prompts)
    def a_prompt_is_over(self, which: int) -> None:
        self.line.has_heard(one_of(list(self.line.earshot.prompts), which))
        self.check_news()

    def talking_reps(self) -> list[LegId]:
        talkers = self.acting_as(Part.TALKER)
        return [leg_id for leg_id in talkers if self.line.leg(leg_id).party.role == "rep"]

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

    # ------------------------------------------------------------ what desk and node do

    @rule(which=SOME, free=st.booleans())
    @precondition(lambda self: self.line.asked_back)
    def the_node_says_whether_he_is_free(self, which: int, free: bool) -> None:
        """Also of a question that was asked long ago, and as often as it likes."""
        asked = self.line.asked_back[-1 - which % len(self.line.asked_back)]
        event = BackAllowed if free else BackBarred
        self.line.happens(event(leg_id=asked.leg_id, rep=asked.rep))
        self.check_news()

    @rule(to=st.sampled_from(TARGETS))
    @precondition(lambda self: self.line.dialled)
    def the_dialplan_answers_a_chooser(self, to: Target | Refusal) -> None:
        self.line.dialplan_says(to)
        self.check_news()

    @rule(
        to=st.sampled_from(TARGETS),
        rep=st.sampled_from(REPS),
        fallbacks=st.sampled_from(FALLBACKS),
    )
    def a_desk_asks_for_a_transfer(
        self, to: Target | Refusal, rep: str | None, fallbacks: tuple[Target, ...]
    ) -> None:
        self.line.is_asked_to_transfer(to, rep=rep, fallbacks=fallbacks)
        self.check_news()

    @rule(rep=st.sampled_from(REPS))
    def a_desk_asks_to_resume(self, rep: str | None) -> None:
        self.line.is_asked_to_resume(rep=rep)
        self.check_news()

    @rule(which=SOME, on=st.booleans(), mute=st.booleans(), talks=SELDOM_NOT)
    def somebody_is_to_be_held_or_muted(
        self, which: int, on: bool, mute: bool, talks: bool
    ) -> None:
        some = (self.talking_reps() if talks else []) or list(self.line.conversation.legs)
        self.line.is_asked(MuteAsked if mute else HoldAsked, one_of(some, which), on=on)
        self.check_news()

    @rule(which=SOME, everybody=SELDOM, seldom=SELDOM)
    def a_desk_asks_to_hang_up(self, which: int, everybody: bool, seldom: bool) -> None:
        if seldom:
            leg_id = one_of(list(self.line.conversation.legs), which)
            self.untold |= self.referred if everybody else set()
            self.line.is_asked_to_hang_up(leg_id, everybody=everybody)
            self.check_news()

    @rule(which=SOME, to=st.sampled_from([None, *TARGETS]))
    def something_is_asked_about_any_leg(self, which: int, to: Target | Refusal | None) -> None:
        leg_id = one_of(list(self.line.conversation.legs), which)
        if to is None:
            self.line.is_asked_to_resume(leg_id=leg_id)
        else:
            self.line.is_asked_to_transfer(to, leg_id=leg_id)
        self.check_news()

    # ------------------------------------------------------------ what clocks do

    @rule()
    @precondition(lambda self: self.line.conversation.next_deadline() is not None)
    def a_deadline_passes(self) -> None:
        self.line.wait_until_due()
        self.line.expire()
        self.check_news()

    @rule(seconds=st.sampled_from(WAITS_S))
    def time_passes(self, seconds: float) -> None:
        self.line.wait(seconds)
        self.line.expire()
        self.check_news()

    @rule(seldom=SELDOM, very=SELDOM)
    def the_switch_stops(self, seldom: bool, very: bool) -> None:
        if seldom and very:
            self.untold |= self.referred
            self.line.fail()
            self.check_news()

    @rule()
    @precondition(lambda self: self.acting_as(Part.TRANSFEREE))
    def the_worker_dies_and_another_goes_on(self) -> None:
        self.untold |= self.referred
        rescue(self.line)
        self.check_news()
