"""What reps are doing, told from registrations and legs."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.presence import Presence, RepState, apply_contacts, apply_leg
from switch.records.leg import LegRecord, Side, State

TEAM = Presence.of(["alice", "saul"])


def leg(
    state: State,
    *,
    side: Side = "callee",
    rep: str | None = "alice",
    leg_id: str = "l1",
    revision: int = 1,
) -> LegRecord:
    return LegRecord(
        leg_id=leg_id,
        revision=revision,
        conversation_id="c1",
        direction="inbound",
        role="rep",
        rep=rep,
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
    assert still == online()


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
