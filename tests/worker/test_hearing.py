"""What the node says comes to the conversation as what it is."""

from __future__ import annotations

import pytest

from switch.call.events import (
    BackAllowed,
    BackBarred,
    LegAttempted,
    LegEvent,
    ReferReceived,
    ResumeAsked,
    TransferAsked,
)
from switch.call.ids import LegId
from switch.call.leg import Attempt
from switch.call.target import Party, Refusal, Target
from switch.call.timers import Timers
from switch.wire.nursery import RecallSettings
from switch.wire.worker import AttemptMade, Attempts, Back, Digit, Expect, Refer, Resume, Transfer
from switch.worker.facts import KeyPressed
from switch.worker.hearing import event_from_node, key_of, timers_of

LEG = LegId("c1-2")
SAUL = Target(user="saul", kind="rep", rep="saul", number="102")
SEATTLE = Target(user="seattle", kind="territory", territory="seattle")
NOBODY = Refusal(user="nobody", sip_status=404, why="nobody of that name")


@pytest.mark.parametrize(
    ("said", "event"),
    [
        (
            Refer(
                refer_id="7",
                call_id="a@b",
                from_tag="1",
                to_tag="2",
                cseq=3,
                notifies=False,
                target=SAUL,
                fallbacks=(SEATTLE,),
            ),
            ReferReceived(
                leg_id=LEG, refer_id="7", target=SAUL, notifies=False, fallbacks=(SEATTLE,)
            ),
        ),
        (
            Attempts(
                call_id="a@b",
                attempts=(AttemptMade(rep="bob", from_s=1.0, to_s=None, outcome="pending"),),
                party=Party(role="external", number="+12065550111"),
            ),
            LegAttempted(
                leg_id=LEG,
                attempts=(Attempt(rep="bob", from_s=1.0, to_s=None, outcome="pending"),),
                party=Party(role="external", number="+12065550111"),
            ),
        ),
        (
            Transfer(question="q1", rep="alice", target=NOBODY, fallbacks=(SEATTLE,)),
            TransferAsked(leg_id=LEG, question="q1", target=NOBODY, fallbacks=(SEATTLE,)),
        ),
        (
            Transfer(question="q1", rep="alice", target=NOBODY, dialled=True),
            TransferAsked(leg_id=LEG, question="q1", target=NOBODY, dialled=True),
        ),
        (Resume(question="q2", rep=None), ResumeAsked(leg_id=LEG, question="q2")),
        (
            Back(conversation_id="c1", rep="alice", allowed=True),
            BackAllowed(leg_id=LEG, rep="alice"),
        ),
        (
            Back(conversation_id="c1", rep="alice", allowed=False),
            BackBarred(leg_id=LEG, rep="alice"),
        ),
    ],
    ids=lambda one: type(one).__name__,
)
def test_a_message_is_an_event(
    said: Refer | Attempts | Transfer | Resume | Back, event: LegEvent
) -> None:
    assert event_from_node(said, LEG) == event


def test_the_timers_are_those_of_the_call_and_of_the_recall() -> None:
    expect = Expect(
        conversation_id="c1",
        call_id="a@b",
        caller=Party(role="customer"),
        presented=Party(role="customer"),
        dialled="alice",
        target=SAUL,
        ring_s=60,
        response_s=20,
    )
    recall = RecallSettings(ring_s=11, retries=2, pause_s=3, wait_s=44, menu_s=5)

    assert timers_of(expect, recall) == Timers(
        ring_s=60,
        response_s=20,
        recall_ring_s=11,
        recall_retries=2,
        recall_pause_s=3,
        recall_wait_s=44,
        menu_s=5,
    )


def test_a_key_that_rtpengine_heard_is_a_fact_about_its_leg() -> None:
    digit = Digit(conversation_id="c1", leg_id="c1-2", digit="#", lasted_s=0.2)

    assert key_of(digit) == KeyPressed(leg_id=LEG, digit="#", way="rtp", lasted_s=0.2)
