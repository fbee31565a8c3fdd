"""What a hunt makes of the reps it rings, until records of legs tell the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.presence import (
    Presence,
    apply_attempt,
    apply_away,
    apply_contacts,
    apply_conversation_over,
    apply_leg,
    apply_time,
)
from tests.presence.test_presence import leg


def online() -> Presence:
    presence = Presence.of(["alice", "saul"])
    for rep in ("alice", "saul"):
        presence, _ = apply_contacts(presence, rep, 1)
    return presence


def rung() -> Presence:
    return apply_attempt(online(), "alice", "c1", "ringing")[0]


def answered() -> Presence:
    return apply_attempt(rung(), "alice", "c1", "answered")[0]


def test_a_rep_rings_from_the_moment_a_hunt_rings_him_so_that_no_other_does() -> None:
    presence, changed = apply_attempt(online(), "alice", "c1", "ringing")
    _, after = apply_attempt(presence, "alice", "c1", "over")

    assert changed == {"alice": "ringing"}
    assert presence.available() == {"saul"}
    assert after == {"alice": "available"}


def test_a_rep_who_answered_is_on_a_call_before_his_leg_says_so() -> None:
    presence, changed = apply_attempt(rung(), "alice", "c1", "answered")

    assert changed == {"alice": "on_call"}
    assert apply_attempt(presence, "alice", "c1", "over") == (presence, {})


def test_the_record_of_his_leg_tells_the_rest() -> None:
    talking, nothing = apply_leg(answered(), leg("answered"))
    _, after = apply_leg(talking, leg("ended", revision=2))

    assert nothing == {}
    assert after == {"alice": "available"}


@pytest.mark.parametrize("late", ["ringing", "answered", "over"])
def test_what_a_hunt_says_again_or_late_is_no_news(late: str) -> None:
    talking, _ = apply_leg(rung(), leg("answered"))
    gone, _ = apply_leg(talking, leg("ended", revision=2))

    assert apply_attempt(talking, "alice", "c1", late) == (talking, {})  # type: ignore[arg-type]
    if late != "ringing":
        assert apply_attempt(gone, "alice", "c1", late) == (gone, {})  # type: ignore[arg-type]


def test_a_rep_can_be_rung_again_in_the_same_conversation() -> None:
    gone, _ = apply_leg(apply_leg(answered(), leg("answered"))[0], leg("ended", revision=2))
    again, ringing = apply_attempt(gone, "alice", "c1", "ringing")
    _, taken = apply_attempt(again, "alice", "c1", "answered")

    assert (ringing, taken) == ({"alice": "ringing"}, {"alice": "on_call"})


def test_a_late_record_of_an_earlier_leg_does_not_hide_that_he_rings() -> None:
    released, _ = apply_leg(
        apply_leg(online(), leg("answered", leg_id="l0"))[0],
        leg("released", leg_id="l0", revision=2),
    )
    ringing, _ = apply_attempt(released, "alice", "c1", "ringing")
    still, changed = apply_leg(ringing, leg("ended", leg_id="l0", revision=3))

    assert changed == {}
    assert still.state("alice") == "ringing"


def test_a_conversation_that_is_over_frees_everybody_its_hunt_had() -> None:
    presence, _ = apply_attempt(answered(), "saul", "c1", "ringing")
    other, _ = apply_attempt(presence, "saul", "c2", "ringing")

    _, freed = apply_conversation_over(presence, "c1")
    _, partly = apply_conversation_over(other, "c1")

    assert freed == {"alice": "available", "saul": "available"}
    assert partly == {"alice": "available"}


def test_a_territorys_leg_that_ends_before_any_rep_is_on_it_frees_who_answered_too_late() -> None:
    placed = leg("placed", rep=None, territory="seattle")
    ended = leg("ended", rep=None, territory="seattle", revision=2)

    assert apply_leg(answered(), placed) == (answered(), {})
    assert apply_leg(answered(), ended)[1] == {"alice": "available"}


def test_strangers_are_not_rung() -> None:
    assert apply_attempt(online(), "bob", "c1", "ringing") == (online(), {})


REPS = st.sampled_from(["alice", "saul", "bob"])
CONVERSATIONS = st.sampled_from(["c1", "c2"])
EVENTS = st.one_of(
    st.tuples(st.just("contacts"), REPS, st.integers(0, 2)),
    st.tuples(st.just("away"), REPS, st.booleans()),
    st.tuples(st.just("attempt"), REPS, st.sampled_from(["ringing", "answered", "over"])),
    st.tuples(st.just("leg"), REPS, st.sampled_from(["placed", "answered", "released", "ended"])),
    st.tuples(st.just("over"), CONVERSATIONS, st.none()),
    st.tuples(st.just("time"), st.just(""), st.integers(0, 30)),
)


@given(st.lists(EVENTS, max_size=40))
def test_whatever_comes_what_is_told_as_changed_is_what_changed(
    events: list[tuple[str, str, object]],
) -> None:
    presence = Presence.of(["alice", "saul"], wrap_up_s=20.0)
    told: dict[str, str] = dict(presence.states())
    for number, (kind, name, value) in enumerate(events, start=1):
        before = presence.states()
        changed: dict[str, str] = {}
        match kind, value:
            case "contacts", int(count):
                presence, changed = apply_contacts(presence, name, count)
            case "away", bool(is_away):
                known = presence.reps.get(name)
                presence, changed = apply_away(presence, name, is_away=is_away)
                # Who is on a call and says so goes on being on a call, and it is to be shown.
                assert bool(changed) == (known is not None and known != presence.reps[name])
                told |= changed
                changed = {rep: now for rep, now in changed.items() if before[rep] != now}
            case "attempt", ("ringing" | "answered" | "over") as news:
                presence, changed = apply_attempt(presence, name, "c1", news)
            case "leg", ("placed" | "answered" | "released" | "ended") as state:
                record = leg(state, rep=name, leg_id=f"leg of {name}", revision=number)
                presence, changed = apply_leg(presence, record)
            case "over", _:
                presence, changed = apply_conversation_over(presence, name)
            case _, wait_s:
                assert isinstance(wait_s, int)
                presence, changed = apply_time(presence, presence.now_s + wait_s)
        assert all(before[rep] != state for rep, state in changed.items())
        told |= changed
    assert told == presence.states()
    assert presence.available() <= {"alice", "saul"}
