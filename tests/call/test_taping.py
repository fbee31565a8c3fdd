"""What steers the recording of a conversation, and who is in it."""

from __future__ import annotations

import pytest

from switch.call.commands import AnswerAsk, Command, PauseRecording, StartRecording, StopRecording
from switch.call.conversation import Conversation
from switch.call.events import (
    DigitPressed,
    LegAnswered,
    LegEnded,
    RecordingAsked,
    RecordingBegan,
    RecordingCut,
    RecordingFailed,
    ReferReceived,
)
from switch.call.ids import ConversationId, LegId, Moment
from switch.call.recording import (
    NO_POLICY,
    RecordingPolicy,
    RecordingState,
    Wish,
)
from switch.call.target import Party, Target
from switch.call.timers import Timers
from switch.records.of_leg import record_of

CUSTOMER, ALICE, SAUL = LegId("c1-1"), LegId("c1-2"), LegId("c1-3")
TIMERS = Timers(ring_s=60, response_s=20)
NAME = "2026/11/28/c1.flac"
BEGAN = RecordingBegan(leg_id=CUSTOMER, name=NAME)
FAILED = RecordingFailed(leg_id=CUSTOMER)
KINDS = (StartRecording, PauseRecording, StopRecording, AnswerAsk)


def target(rep: str, *, territory: str | None = None) -> Target:
    return Target(user=rep, kind="rep", rep=rep, number="101", territory=territory)


class Call:
    """A customer who talks with alice."""

    def __init__(
        self, policy: RecordingPolicy = NO_POLICY, *, territory: str | None = None
    ) -> None:
        self.now_s = 100.0
        self.done: list[Command] = []
        self.conversation = Conversation.begun(
            conversation_id=ConversationId("c1"),
            caller=Party(role="customer", number="+14805550123"),
            presented=Party(role="customer", number="+14805550123"),
            dialled="alice",
            target=target("alice", territory=territory),
            timers=TIMERS,
            policy=policy,
            now=self.now,
        )
        self.take(LegAnswered(leg_id=ALICE))

    @property
    def now(self) -> Moment:
        return Moment(monotonic_s=self.now_s, utc_s=self.now_s)

    def take(self, *events: object) -> list[str]:
        """Let things happen; returns what is to be done about the recording."""
        for event in events:
            self.conversation.receive(event, now=self.now)  # type: ignore[arg-type]
        new = self.conversation.commands()
        self.done += new
        return [type(one).__name__ for one in new if isinstance(one, KINDS)]

    def press(self, leg_id: LegId, keys: str, *, apart_s: float = 0.2) -> list[str]:
        done = []
        for key in keys:
            self.now_s += apart_s
            done += self.take(DigitPressed(leg_id=leg_id, digit=key))
        return done

    def ask(self, wish: Wish, *, leg_id: LegId = ALICE, by_phone: bool = False) -> list[int]:
        """Ask for it; returns what is answered at once."""
        asked = RecordingAsked(leg_id=leg_id, question="q", wish=wish, by_phone=by_phone)
        return self.answers(asked)

    def answers(self, *events: object) -> list[int]:
        """Let things happen; returns what is answered then."""
        before = len(self.done)
        self.take(*events)
        return [one.sip_status for one in self.done[before:] if isinstance(one, AnswerAsk)]

    def record(self) -> None:
        """Ask for it, and let it begin."""
        assert self.ask("on") == []
        assert self.answers(BEGAN) == [200]

    def transfer(self) -> list[str]:
        """Let alice transfer to saul, who answers."""
        saul = target("saul")
        done = self.take(ReferReceived(leg_id=ALICE, refer_id="r", target=saul))
        return done + self.take(LegAnswered(leg_id=SAUL))

    def spans(self, leg_id: LegId) -> list[tuple[float, float | None]]:
        return [(one.from_s, one.to_s) for one in self.conversation.legs[leg_id].recorded]

    def later(self, seconds: float) -> None:
        self.now_s += seconds

    def recordings(self) -> list[str | None]:
        return [leg.recording for leg in self.conversation.legs.values()]

    def states(self) -> list[str | None]:
        """Return what the records of the legs say of it now."""
        legs = self.conversation.legs.values()
        id_ = self.conversation.conversation_id
        return [
            record_of(leg, conversation_id=id_, direction="inbound").recording_state for leg in legs
        ]


def test_star_1_of_a_rep_starts_and_stops_and_star_2_pauses_and_goes_on() -> None:
    call = Call()

    assert call.press(ALICE, "*2") == []
    assert call.press(ALICE, "*1") == ["StartRecording"]
    assert call.press(ALICE, "*2") == ["PauseRecording"]
    assert call.press(ALICE, "*2") == ["StartRecording"]
    assert call.press(ALICE, "*1") == ["StopRecording"]
    keyed = [one for one in call.done if isinstance(one, KINDS) and not isinstance(one, AnswerAsk)]
    assert {one.by_key_of for one in keyed} == {ALICE}


@pytest.mark.parametrize(
    ("leg_id", "keys", "apart_s"),
    [(CUSTOMER, "*1", 0.2), (ALICE, "1", 0.2), (ALICE, "*31", 0.2), (ALICE, "*1", 5.0)],
)
def test_other_keys_are_none_of_ours(leg_id: LegId, keys: str, apart_s: float) -> None:
    assert Call().press(leg_id, keys, apart_s=apart_s) == []


def test_a_second_star_begins_anew() -> None:
    assert Call().press(ALICE, "**1") == ["StartRecording"]


def test_keys_mean_nothing_where_the_operator_wants_that() -> None:
    call = Call(RecordingPolicy(by_keys=False))

    assert call.press(ALICE, "*1") == []
    assert not call.conversation.by_keys
    assert Call().conversation.by_keys


@pytest.mark.parametrize(
    "policy",
    [
        RecordingPolicy(directions=("inbound",)),
        RecordingPolicy(reps=("alice",)),
        RecordingPolicy(territories=("seattle",)),
    ],
)
def test_a_policy_starts_it_when_two_talk(policy: RecordingPolicy) -> None:
    call = Call(policy, territory="seattle")

    assert [one for one in call.done if isinstance(one, KINDS)] == [StartRecording()]


def test_a_policy_of_others_starts_nothing_until_one_of_them_talks() -> None:
    call = Call(RecordingPolicy(directions=("outbound",), reps=("saul",), territories=("boise",)))

    assert not [one for one in call.done if isinstance(one, KINDS)]
    assert call.transfer() == ["StartRecording"]


def test_what_somebody_has_stopped_no_policy_starts_again() -> None:
    call = Call(RecordingPolicy(reps=("alice", "saul")))

    assert call.press(ALICE, "*1") == ["StopRecording"]
    assert call.transfer() == []


def test_whoever_talks_while_it_is_on_is_in_the_recording() -> None:
    call = Call()
    assert call.ask("on") == []
    assert call.recordings() == [None, None]

    assert call.answers(BEGAN) == [200]
    assert call.recordings() == [NAME, NAME]

    assert call.transfer() == []
    assert call.recordings() == [NAME, NAME, NAME]


def test_who_talks_while_it_is_paused_is_not_in_it() -> None:
    call = Call()
    call.record()
    call.ask("pause")

    call.transfer()

    assert call.recordings() == [NAME, NAME, None]


def test_each_leg_that_talks_says_how_it_stands() -> None:
    call = Call()
    call.ask("on")
    assert call.states() == [None, None]
    call.take(RecordingBegan(leg_id=CUSTOMER, name=NAME))
    assert call.states() == ["on", "on"]
    call.ask("pause")
    assert call.states() == ["paused", "paused"]
    call.transfer()
    assert call.states() == ["paused", None, "paused"]
    call.ask("resume")
    assert call.states() == ["paused", None, "paused"], "until it runs"
    call.take(BEGAN)
    assert call.states() == ["on", None, "on"]
    call.ask("off")
    assert call.states() == [None, None, None]


def test_a_leg_that_is_over_is_not_recorded() -> None:
    call = Call()
    call.ask("on")
    call.take(RecordingBegan(leg_id=CUSTOMER, name=NAME))

    call.take(LegEnded(leg_id=CUSTOMER, by_party=True, sip_status=200))
    call.take(LegEnded(leg_id=ALICE, by_party=False, sip_status=200))

    assert call.states() == [None, None]
    assert call.recordings() == [NAME, NAME]


@pytest.mark.parametrize(
    ("wishes", "statuses"),
    [
        (["on"], [200]),
        (["on", "on"], [200, 200]),
        (["off"], [200]),
        (["on", "pause"], [200, 200]),
        (["on", "pause", "resume"], [200, 200, 200]),
        (["pause"], [481]),
        (["resume"], [481]),
        (["off", "pause"], [200, 481]),
    ],
)
def test_who_asks_is_told_whether_it_is_as_he_wants(
    wishes: list[Wish], statuses: list[int]
) -> None:
    call = Call()
    answered = []

    for wish in wishes:
        answered += call.ask(wish)
        if call.done[-1] == StartRecording():
            answered += call.answers(BEGAN)

    assert answered == statuses


def test_who_wants_it_is_answered_when_it_runs_and_whoever_else_asked_meanwhile() -> None:
    call = Call()

    assert call.ask("on") == call.ask("on") == []
    assert call.answers(BEGAN) == [200, 200]


def test_who_wanted_what_another_has_stopped_meanwhile_is_told() -> None:
    call = Call()
    call.ask("on")

    assert call.ask("off") == [481, 200]
    assert call.answers(BEGAN) == []


def test_who_wants_what_cannot_be_written_is_told_whether_there_is_no_room() -> None:
    call = Call()

    call.ask("on")
    assert call.answers(FAILED) == [500]
    call.ask("on")
    assert call.answers(RecordingFailed(leg_id=CUSTOMER, no_room=True)) == [503]
    assert call.recordings() == [None, None]


def test_the_phone_of_a_customer_may_not_ask() -> None:
    call = Call()

    assert call.ask("on", leg_id=CUSTOMER, by_phone=True) == [403]
    assert call.ask("off", leg_id=ALICE, by_phone=True) == [200]


def test_what_cannot_be_written_is_off_until_somebody_wants_it_again() -> None:
    call = Call(RecordingPolicy(reps=("alice",)))

    assert call.take(FAILED) == []
    assert call.recordings() == [None, None]
    call.record()


def test_what_runs_is_stopped_when_the_disk_is_nearly_full_and_no_policy_starts_it_again() -> None:
    call = Call(RecordingPolicy(reps=("alice", "saul")))
    call.take(BEGAN)
    call.later(7)

    assert call.take(RecordingCut(leg_id=CUSTOMER)) == ["StopRecording"]
    assert call.spans(ALICE) == [(100.0, 107.0)]
    assert call.take(RecordingCut(leg_id=CUSTOMER)) == []
    assert call.transfer() == []


def test_what_begins_though_it_is_taken_for_failed_is_stopped() -> None:
    call = Call()
    call.press(ALICE, "*1")
    call.press(ALICE, "*2")
    call.press(ALICE, "*2")
    call.take(FAILED)

    assert call.take(BEGAN) == ["StopRecording"]
    assert call.spans(ALICE) == []


def test_who_goes_on_for_a_dead_worker_goes_on_recording() -> None:
    call = Call()
    call.record()
    call.take(ReferReceived(leg_id=ALICE, refer_id="r", target=target("saul")))
    call.conversation.changed_legs()
    salvage = call.conversation.salvage
    assert salvage is not None
    assert (salvage.recording, salvage.recording_name) == (RecordingState.ON, NAME)

    call.conversation = Conversation.rescued(
        salvage, conversation_id=ConversationId("c1"), timers=TIMERS, now=call.now
    )
    again = LegId("c1-4")
    assert call.take(LegAnswered(leg_id=again)) == []
    assert call.conversation.legs[again].recording == NAME
    assert call.press(again, "*1") == ["StopRecording"]


def test_each_leg_says_when_it_was_recorded_and_a_pause_is_a_gap() -> None:
    call = Call()
    call.later(5)
    call.ask("on")
    call.later(1)
    call.take(BEGAN)
    assert call.spans(ALICE) == call.spans(CUSTOMER) == [(106.0, None)]

    call.later(10)
    call.ask("pause")
    call.later(3)
    call.ask("resume")
    assert call.spans(ALICE) == [(106.0, 116.0)], "rtpengine has not said yet that it goes on"
    call.take(BEGAN)
    call.later(2)
    call.ask("off")

    assert call.spans(ALICE) == call.spans(CUSTOMER) == [(106.0, 116.0), (119.0, 121.0)]


def test_over_a_transfer_each_rep_has_his_own_and_music_is_not_recorded() -> None:
    call = Call()
    call.record()
    call.later(10)
    call.take(ReferReceived(leg_id=ALICE, refer_id="r", target=target("saul")))
    call.later(4)
    call.take(LegAnswered(leg_id=SAUL))
    call.later(6)
    call.take(LegEnded(leg_id=CUSTOMER, by_party=True, sip_status=200))

    assert call.spans(ALICE) == [(100.0, 110.0)]
    assert call.spans(SAUL) == [(114.0, 120.0)]
    assert call.spans(CUSTOMER) == [(100.0, 110.0), (114.0, 120.0)]


def test_what_began_when_nobody_wanted_it_any_more_is_not_recorded() -> None:
    call = Call()
    call.ask("on")
    call.ask("off")
    assert call.take(BEGAN) == ["StopRecording"]

    assert call.spans(ALICE) == []
    assert call.recordings() == [None, None]


def test_what_cannot_be_written_any_more_ends_what_was_recorded() -> None:
    call = Call()
    call.record()
    call.later(5)
    call.take(RecordingFailed(leg_id=CUSTOMER))

    assert call.spans(ALICE) == [(100.0, 105.0)]


def test_who_goes_on_for_a_dead_worker_knows_what_was_recorded_and_goes_on() -> None:
    call = Call()
    call.record()
    call.later(5)
    call.take(ReferReceived(leg_id=ALICE, refer_id="r", target=target("saul")))
    call.conversation.changed_legs()
    salvage = call.conversation.salvage
    assert salvage is not None
    call.later(5)

    call.conversation = Conversation.rescued(
        salvage, conversation_id=ConversationId("c1"), timers=TIMERS, now=call.now
    )
    again = LegId("c1-4")
    call.take(LegAnswered(leg_id=again))
    call.later(5)
    call.ask("off")

    assert call.spans(ALICE) == [(100.0, 105.0)]
    assert call.spans(again) == [(110.0, 115.0)]
    assert call.spans(CUSTOMER) == [(100.0, 105.0), (110.0, 115.0)]


def test_what_begins_while_it_is_paused_is_paused() -> None:
    call = Call()
    call.press(ALICE, "*1")
    call.press(ALICE, "*2")

    assert call.take(BEGAN) == []
    assert call.spans(ALICE) == []
