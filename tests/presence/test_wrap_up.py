"""Whose time for notes counts."""

from __future__ import annotations

from switch.presence import Presence, RepState, WrapUp, apply_contacts, apply_leg, apply_time
from tests.presence.test_presence import leg


def test_the_reps_own_time_counts_first_and_then_that_of_the_territory() -> None:
    wrap_up = WrapUp(all_s=10, of_rep_s={"alice": 0}, of_territory_s={"seattle": 30})

    assert wrap_up.after("bob", None) == 10
    assert wrap_up.after("bob", "phoenix") == 10
    assert wrap_up.after("bob", "seattle") == 30
    assert wrap_up.after("alice", "seattle") == 0


def test_after_a_call_that_came_by_a_territory_he_has_its_time() -> None:
    presence = Presence.of(["alice"], wrap_up=WrapUp(of_territory_s={"seattle": 30}))
    presence, _ = apply_contacts(presence, "alice", 1)
    for revision, territory in ((1, None), (3, "seattle")):
        presence, _ = apply_leg(presence, leg("answered", revision=revision, territory=territory))
        presence, changed = apply_leg(
            presence, leg("ended", revision=revision + 1, territory=territory)
        )
        assert changed == {"alice": "available" if territory is None else "wrap_up"}

    presence, changed = apply_time(presence, 30)

    assert changed == {"alice": RepState.AVAILABLE}
