"""What reps are doing, told from registrations and legs."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialplan import Candidate
from switch.presence import (
    Presence,
    RepState,
    apply_away,
    apply_contacts,
    apply_leg,
    apply_time,
)
from switch.records.leg import LegRecord, Side, State

TEAM = Presence.of(["alice", "saul"])


def leg(
    state: State,
    *,
    side: Side = "callee",
    rep: str | None = "alice",
    leg_id: str = "l1",
    revision: int = 1,
    territory: str | None = None,
) -> LegRecord:
    return LegRecord(
        leg_id=leg_id,
        revision=revision,
        conversation_id="c1",
        direction="inbound",
        role="rep",
        rep=rep,
        territory=territory,
        why="call",
        side=side,
        state=state,
        offered_at="2026-11-22T12:00:00.000Z",
    )


def online() -> Presence:
    presence, _ = apply_contacts(TEAM, "alice", 1)
    return presence


def test_reps_of_whom_nothing_is_known_are_offline() -> None:
    assert TEAM.states() == {"alice": RepState.OFFLINE, "saul": RepState.OFFLINE}
    assert TEAM.state("saul") == "offline"
    assert TEAM.state("bob") is None


def test_a_rep_is_available_while_any_phone_of_his_is_registered() -> None:
    one, first = apply_contacts(TEAM, "alice", 1)
    two, second = apply_contacts(one, "alice", 2)
    none, last = apply_contacts(two, "alice", 0)

    assert (first, second, last) == ({"alice": "available"}, {}, {"alice": "offline"})
    assert none == TEAM


@pytest.mark.parametrize(
    ("state", "side", "expected"),
    [
        ("placed", "callee", "ringing"),
        ("alerted", "callee", "ringing"),
        ("answered", "callee", "on_call"),
        ("offered", "caller", "on_call"),
        ("alerted", "caller", "on_call"),
        ("answered", "caller", "on_call"),
    ],
)
def test_an_open_leg_makes_its_rep_ring_or_talk(state: State, side: Side, expected: str) -> None:
    presence, changed = apply_leg(online(), leg(state, side=side))

    assert changed == {"alice": expected}
    assert presence.states() == {"alice": expected, "saul": "offline"}


@pytest.mark.parametrize("over", ["released", "ended"])
def test_a_rep_is_free_again_once_the_switch_has_let_him_go(over: State) -> None:
    talking, _ = apply_leg(online(), leg("answered"))

    free, changed = apply_leg(talking, leg(over, revision=2))
    still, nothing = apply_leg(free, leg("ended", revision=3))

    assert changed == {"alice": "available"}
    assert nothing == {}
    assert still == free


def test_a_second_call_that_rings_does_not_hide_the_first() -> None:
    talking, _ = apply_leg(online(), leg("answered"))
    both, changed = apply_leg(talking, leg("alerted", leg_id="l2"))
    ringing, after = apply_leg(both, leg("ended", revision=2))

    assert changed == {}
    assert after == {"alice": "ringing"}
    assert ringing.state("alice") is RepState.RINGING


def test_a_call_outlives_a_registration() -> None:
    talking, _ = apply_leg(online(), leg("answered"))
    unregistered, changed = apply_contacts(talking, "alice", 0)
    _, after = apply_leg(unregistered, leg("ended", revision=2))

    assert changed == {}
    assert after == {"alice": "offline"}


def test_a_late_record_is_passed_over() -> None:
    talking, _ = apply_leg(online(), leg("answered", revision=3))

    assert apply_leg(talking, leg("alerted", revision=2)) == (talking, {})
    assert apply_leg(talking, leg("answered", revision=3)) == (talking, {})


def test_customers_and_strangers_have_no_presence() -> None:
    assert apply_leg(TEAM, leg("answered", rep=None)) == (TEAM, {})
    assert apply_leg(TEAM, leg("answered", rep="bob")) == (TEAM, {})
    assert apply_contacts(TEAM, "bob", 1) == (TEAM, {})


def test_a_rep_who_said_that_he_is_away_is_so_until_he_says_otherwise() -> None:
    away, changed = apply_away(online(), "alice", is_away=True)
    talking, _ = apply_leg(away, leg("answered"))
    after, _ = apply_leg(talking, leg("ended", revision=2))
    back, returned = apply_away(after, "alice", is_away=False)

    assert changed == {"alice": "away"}
    assert talking.state("alice") is RepState.ON_CALL
    assert after.state("alice") is RepState.AWAY
    assert returned == {"alice": "available"}
    assert back.available() == {"alice"}
    assert apply_away(TEAM, "alice", is_away=True)[1] == {"alice": "offline"}  # as is to be shown
    assert apply_away(away, "alice", is_away=True)[1] == {}
    assert apply_away(TEAM, "bob", is_away=True) == (TEAM, {})


def wrapping_up() -> Presence:
    presence, _ = apply_contacts(Presence.of(["alice", "saul"], wrap_up_s=20.0), "alice", 1)
    presence, _ = apply_leg(apply_time(presence, 100.0)[0], leg("answered"))
    return apply_leg(apply_time(presence, 160.0)[0], leg("released", revision=2))[0]


def test_a_rep_has_time_for_his_notes_after_a_call() -> None:
    presence = wrapping_up()
    early, nothing = apply_time(presence, 179.9)
    free, changed = apply_time(early, 180.0)

    assert presence.states() == {"alice": "wrap_up", "saul": "offline"}
    assert (presence.due_s, early.due_s, free.due_s) == (180.0, 180.0, None)
    assert (nothing, changed) == ({}, {"alice": "available"})
    assert presence.available() == frozenset()
    assert free.available() == {"alice"}


def test_whoever_says_that_he_is_back_needs_no_more_time_for_his_notes() -> None:
    _, changed = apply_away(wrapping_up(), "alice", is_away=False)

    assert changed == {"alice": "available"}


def test_a_call_that_nobody_answered_needs_no_notes() -> None:
    presence, _ = apply_contacts(Presence.of(["alice"], wrap_up_s=20.0), "alice", 1)
    ringing, _ = apply_leg(presence, leg("alerted"))
    after, changed = apply_leg(ringing, leg("ended", revision=2))

    assert changed == {"alice": "available"}
    assert after.due_s is None
    assert after.candidates(["alice"])[0].idle_since_s is None


def test_a_rep_who_is_dialled_in_his_wrap_up_rings() -> None:
    _, changed = apply_leg(wrapping_up(), leg("alerted", leg_id="l2"))

    assert changed == {"alice": "ringing"}


def test_candidates_are_the_available_in_the_order_asked_without_whoever_must_not_ring() -> None:
    presence = Presence.of(["alice", "bob", "carol", "dave"])
    for rep in ("alice", "bob", "carol"):
        presence, _ = apply_contacts(presence, rep, 1)
    presence, _ = apply_away(presence, "carol", is_away=True)

    found = presence.candidates(["dave", "carol", "bob", "alice", "eve"])
    without = presence.candidates(["bob", "alice"], without=["bob"])

    assert [one.rep for one in found] == ["bob", "alice"]
    assert [one.rep for one in without] == ["alice"]


def test_candidates_know_since_when_they_are_idle_and_how_many_calls_they_answered() -> None:
    (fresh,) = online().candidates(["alice"])
    called = online()
    for number, ends_at_s in enumerate((50.0, 90.0)):
        called, _ = apply_leg(called, leg("answered", leg_id=f"in{number}"))
        called, _ = apply_leg(called, leg("answered", leg_id=f"in{number}", revision=2))
        called, _ = apply_time(called, ends_at_s)
        called, _ = apply_leg(called, leg("ended", leg_id=f"in{number}", revision=3))
    called, _ = apply_leg(called, leg("answered", side="caller", leg_id="out"))
    called, _ = apply_leg(called, leg("ended", side="caller", leg_id="out", revision=2))
    (tired,) = called.candidates(["alice"])

    assert fresh == Candidate(rep="alice", idle_since_s=None, calls=0)
    assert tired == Candidate(rep="alice", idle_since_s=90.0, calls=2)


CONTACTS = st.tuples(st.sampled_from(["alice", "saul", "bob"]), st.integers(0, 2))
LEGS = st.tuples(
    st.sampled_from(["alice", "saul", None]),
    st.sampled_from(["l1", "l2"]),
    st.sampled_from(["placed", "alerted", "answered", "released", "ended"]),
)


@given(st.lists(CONTACTS | LEGS, max_size=30))
def test_what_is_told_as_changed_is_what_changed(
    events: list[tuple[str, int] | tuple[str | None, str, State]],
) -> None:
    presence = TEAM
    told: dict[str, str] = dict(TEAM.states())
    revisions = itertools.count(1)
    for event in events:
        before = presence.states()
        if len(event) == 2:
            presence, changed = apply_contacts(presence, event[0], event[1])
        else:
            rep, leg_id, state = event
            record = leg(state, rep=rep, leg_id=leg_id, revision=next(revisions))
            presence, changed = apply_leg(presence, record)
        assert all(before[rep] != state for rep, state in changed.items())
        told |= changed
    assert told == presence.states()
