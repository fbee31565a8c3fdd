"""Every way a transfer can fail, however the transferor left, whatever he chooses then.

The customer is kept in each, hears music until somebody talks with him again, and the
thread tells what happened.
"""

from __future__ import annotations

import pytest

from switch.call.endings import EndReason
from switch.call.ids import LegId
from switch.call.target import Refusal, Target
from switch.threads.instants import seconds_between
from tests.call.given_back import tries_are_over
from tests.call.line import (
    HUNT_S,
    OUTSIDE,
    RESPONSE_S,
    TO_BOB,
    TO_SAUL,
    TO_SEATTLE,
    answered,
)

TARGETS: dict[str, Target] = {"rep": TO_SAUL, "territory": TO_SEATTLE, "outside": OUTSIDE}
FAILURES: dict[str, tuple[int, EndReason]] = {
    "decline": (603, EndReason.DECLINED),
    "busy": (486, EndReason.BUSY),
    "no answer": (408, EndReason.NO_ANSWER),
    "5xx": (503, EndReason.UNREACHABLE),
    "unreachable": (480, EndReason.UNREACHABLE),
    "refused by the dialplan": (403, EndReason.FORBIDDEN),
}
LEAVINGS = ["stayed", "left at once", "left 50 ms later", "left while ringing", "clicked"]
CHOICES = ["resume", "another rep", "another territory", "nothing"]
NAMES = {"rep": "saul", "territory": "seattle", "outside": "+12065550100"}
FALLBACK = TO_BOB


class Story:
    """One cell of the matrix, played."""

    def __init__(self, target: str, failure: str, leaving: str) -> None:
        self.line = answered(talked_s=60)
        self.to = TARGETS[target]
        self.status, self.reason = FAILURES[failure]
        self.failure = failure
        self.leaving = leaving
        self.refused = failure == "refused by the dialplan"

    def transfer(self) -> None:
        """Let alice transfer the customer, and hang up when it is her way."""
        line = self.line
        to = Refusal(user=self.to.user, sip_status=403, why="toll") if self.refused else self.to
        if self.leaving == "clicked":
            assert line.is_asked_to_transfer(to, rep="alice", fallbacks=(FALLBACK,)) == (
                403 if self.refused else 200
            )
            line.settle()
            return
        line.refers(line.callee, to, fallbacks=(FALLBACK,))
        line.wait({"left 50 ms later": 0.05, "left while ringing": 2.0}.get(self.leaving, 0.0))
        if self.leaving == "left while ringing" and not self.refused:
            line.rings(line.newest)
        if self.leaving != "stayed":
            line.hangs_up(line.callee)
        else:
            line.answers_notify(line.callee)

    def fail(self) -> None:
        """Let the target not take the call, after 8 s or as long as it may ring."""
        line = self.line
        if self.refused:
            return
        line.assert_on_music(line.caller)
        if self.failure == "no answer":
            line.wait(HUNT_S if self.to is TO_SEATTLE else RESPONSE_S)
            line.expire()
            line.confirms_end(line.newest)
        else:
            line.wait(8)
            line.refuses(line.newest, self.status)

    def choose(self, choice: str) -> LegId | None:
        """Let her do what she likes when she is back; returns who talks with the customer."""
        line = self.line
        if line.conversation.choice is None:
            return self.choose_by_phone(choice)
        line.assert_on_music(line.caller)
        match choice:
            case "resume":
                alice = line.calls_back()
                line.wait(3)
                line.answers(alice)
                return alice
            case "nothing":
                tries_are_over(line)
                line.refuses(line.newest, 480)
                assert line.hears(line.caller) == "goodbye"
                line.has_heard(line.caller)
                return None
            case _:
                to = TO_BOB if choice == "another rep" else TO_SEATTLE
                line.calls_back()
                assert line.is_asked_to_transfer(to) == 200
                target = line.newest
                line.settle()
                line.answers(target, rep="bob")
                return target

    def choose_by_phone(self, choice: str) -> LegId | None:
        """Do the same for one whose phone is still there: she talks with the customer again."""
        line = self.line
        line.assert_talking(line.caller, line.callee)
        line.settle()
        if choice == "resume":
            return line.callee
        if choice == "nothing":
            line.wait(2)
            line.hangs_up(line.callee)
            return None
        target = line.refers(line.callee, TO_BOB if choice == "another rep" else TO_SEATTLE)
        line.answers(target, rep="bob")
        line.settle()
        return target


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("leaving", LEAVINGS)
@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("target", TARGETS)
def test_the_customer_is_kept(target: str, failure: str, leaving: str, choice: str) -> None:
    story = Story(target, failure, leaving)
    line = story.line

    story.transfer()
    story.fail()
    talks_now = story.choose(choice)

    if talks_now is not None:
        line.assert_talking(line.caller, talks_now)
        line.wait(30)
        line.hangs_up(line.caller)
    line.settle()
    line.assert_over()
    assert_told(story, target, choice, talks_now)


def assert_told(story: Story, target: str, choice: str, talks_now: LegId | None) -> None:
    line = story.line
    thread = line.thread()
    was_back = story.leaving == "stayed" or (story.leaving == "clicked" and story.refused)

    asked = [(one.from_, one.to, one.outcome) for one in thread.transfers]
    first = [("alice", NAMES[target], story.reason.value)]
    if story.leaving == "clicked" and story.refused:
        first = []  # Whoever clicks is told so at once; nothing has happened to the call.
    retried = {"another rep": "bob", "another territory": "seattle"}.get(choice)
    assert asked == first + ([("alice", retried, "answered")] if retried else [])

    rows = [(row.rep, row.why) for row in thread.legs[1:]]
    resumed = choice == "resume" and not was_back
    assert rows == [
        ("alice", "call"),
        *([("alice", "recall")] if resumed else []),
        *([("bob", "transfer")] if retried else []),
    ]
    assert sum(row.talk_s for row in thread.legs[1:]) == thread.legs[0].talk_s
    outcomes = [one.outcome for one in thread.recalls]
    if was_back:
        assert outcomes == []
    else:
        assert outcomes == {
            "resume": ["resumed"],
            "nothing": ["no_answer", "no_answer"],
        }.get(choice, ["cancelled"])
    gave_up = choice == "nothing" and not was_back
    assert [(one.to, one.outcome) for one in thread.fallbacks] == (
        [("bob", "unreachable")] if gave_up else []
    )
    assert thread.legs[0].end_reason == (
        EndReason.TRANSFER_FAILED if gave_up else EndReason.COMPLETED
    )
    assert (talks_now is None) == (choice == "nothing")
    # A customer either talks or waits, from the first answer to the end.
    customer = thread.legs[0]
    assert customer.answered_at is not None
    assert customer.ended_at is not None
    lasted_s = seconds_between(customer.answered_at, customer.ended_at)
    assert round(customer.talk_s + thread.waiting_s, 3) == lasted_s
