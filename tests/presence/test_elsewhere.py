"""Which call a rep is on."""

from __future__ import annotations

from switch.presence import (
    Presence,
    all_in,
    apply_attempt,
    apply_leg,
    is_elsewhere,
    reps_in,
)
from tests.records.samples import at, rep

HERE = "conversation-1"
THERE = "conversation-2"
TEAM = Presence.of(["alice", "saul"])


def talking(name: str, conversation_id: str, presence: Presence = TEAM) -> Presence:
    record = rep(
        name,
        leg_id=f"{conversation_id}-{name}",
        conversation_id=conversation_id,
        state="answered",
        answered_at=at(2),
    )
    return apply_leg(presence, record)[0]


def test_who_is_on_no_call_is_not_elsewhere_nor_is_who_is_no_rep() -> None:
    assert not is_elsewhere(TEAM, "alice", HERE)
    assert not is_elsewhere(TEAM, "stranger", HERE)


def test_who_is_on_this_call_only_is_not_elsewhere() -> None:
    presence = talking("alice", HERE)

    assert not is_elsewhere(presence, "alice", HERE)
    assert is_elsewhere(presence, "alice", THERE)
    assert is_elsewhere(talking("alice", THERE, presence), "alice", HERE)


def test_who_is_rung_is_elsewhere_too() -> None:
    rung = rep("alice", conversation_id=THERE, leg_id="l9")

    assert is_elsewhere(apply_leg(TEAM, rung)[0], "alice", HERE)


def test_who_is_rung_by_a_hunt_is_elsewhere_until_that_is_over() -> None:
    presence, _ = apply_attempt(TEAM, "alice", THERE, "ringing")
    assert is_elsewhere(presence, "alice", HERE)
    assert not is_elsewhere(presence, "alice", THERE)

    presence, _ = apply_attempt(presence, "alice", THERE, "over")
    assert not is_elsewhere(presence, "alice", HERE)


def test_who_won_a_hunt_is_elsewhere_as_long_as_his_leg_is_open() -> None:
    presence, _ = apply_attempt(TEAM, "alice", THERE, "answered")
    assert is_elsewhere(presence, "alice", HERE)

    presence = talking("alice", THERE, presence)
    assert is_elsewhere(presence, "alice", HERE)

    ended = rep(
        "alice",
        leg_id=f"{THERE}-alice",
        revision=2,
        conversation_id=THERE,
        state="ended",
        answered_at=at(2),
        ended_at=at(9),
    )
    assert not is_elsewhere(apply_leg(presence, ended)[0], "alice", HERE)


def test_in_a_call_is_who_talks_in_it_and_not_who_is_rung_for_it() -> None:
    presence = talking("saul", HERE)
    presence, _ = apply_leg(presence, rep("alice", leg_id="l7"))
    presence = talking("alice", THERE, presence)

    assert reps_in(presence, HERE) == ["saul"]
    assert reps_in(presence, THERE) == ["alice"]
    assert reps_in(presence, "another") == []


def test_in_a_conversation_are_also_those_whom_it_rings_itself() -> None:
    rung = rep("saul", conversation_id=HERE, leg_id="l9")
    presence = apply_leg(talking("alice", HERE), rung)[0]

    assert all_in(presence, HERE) == ["alice", "saul"]
    assert reps_in(presence, HERE) == ["alice"]
    assert all_in(presence, THERE) == []
