"""What steers the recording of a conversation, and who is in it."""

from __future__ import annotations

import pytest

from switch.call.commands import AnswerAsk, Command, PauseRecording, StartRecording, StopRecording
from switch.call.conversation import Conversation
from switch.call.events import (
    DigitPressed,
    LegAnswered,
    RecordingAsked,
    RecordingBegan,
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
from switch.call.roster import Timers
from switch.call.target import Party, Target

CUSTOMER, ALICE, SAUL = LegId("c1-1"), LegId("c1-2"), LegId("c1-3")
TIMERS = Timers(ring_s=60, response_s=20)
NAME = "2026/11/28/c1.flac"
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

    def ask(self, wish: Wish, *, leg_id: LegId = ALICE, by_phone: bool = False) -> int:
        self.take(RecordingAsked(leg_id=leg_id, question="q", wish=wish, by_phone=by_phone))
        (status,) = [one.sip_status for one in self.done[-1:] if isinstance(one, AnswerAsk)]
        return status

    def transfer(self) -> list[str]:
        """Let alice transfer to saul, who answers."""
        saul = target("saul")
        done = self.take(ReferReceived(leg_id=ALICE, refer_id="r", target=saul))
        return done + self.take(LegAnswered(leg_id=SAUL))

    def recordings(self) -> list[str | None]:
        return [leg.recording for leg in self.conversation.legs.values()]


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
    assert call.ask("on") == 200
    assert call.recordings() == [None, None]

    call.take(RecordingBegan(leg_id=CUSTOMER, name=NAME))
    assert call.recordings() == [NAME, NAME]

    assert call.transfer() == []
    assert call.recordings() == [NAME, NAME, NAME]


def test_who_talks_while_it_is_paused_is_not_in_it() -> None:
    call = Call()
    call.ask("on")
    call.take(RecordingBegan(leg_id=CUSTOMER, name=NAME))
    call.ask("pause")

    call.transfer()

    assert call.recordings() == [NAME, NAME, None]


@pytest.mark.parametrize(
    ("wishes", "status"),
    [
        (["on"], 200),
        (["on", "on"], 200),
        (["off"], 200),
        (["on", "pause"], 200),
        (["on", "pause", "resume"], 200),
        (["pause"], 481),
        (["resume"], 481),
        (["off", "pause"], 481),
    ],
)
def test_who_asks_is_told_whether_it_is_as_he_wants(wishes: list[Wish], status: int) -> None:
    call = Call()

    assert [call.ask(wish) for wish in wishes][-1] == status


def test_the_phone_of_a_customer_may_not_ask() -> None:
    call = Call()

    assert call.ask("on", leg_id=CUSTOMER, by_phone=True) == 403
    assert call.ask("on", leg_id=ALICE, by_phone=True) == 200


def test_what_cannot_be_written_is_off_until_somebody_wants_it_again() -> None:
    call = Call(RecordingPolicy(reps=("alice",)))

    assert call.take(RecordingFailed(leg_id=CUSTOMER)) == []
    assert call.recordings() == [None, None]
    assert call.ask("on") == 200


def test_who_goes_on_for_a_dead_worker_goes_on_recording() -> None:
    call = Call()
    call.ask("on")
    call.take(RecordingBegan(leg_id=CUSTOMER, name=NAME))
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
