"""Who may call what outside, and how much of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialplan import Allowed, Denied, OwnToll, Toll, TollMeter, decide

HOME = "+12065550100"
CANADA = "+14165550100"
JAMAICA = "+18765550100"
BRITAIN = "+442079460123"
HOME_PREMIUM = "+19002345678"
BRITISH_PREMIUM = "+449012345678"
SATELLITE = "+88216123456"
INTERNATIONAL_PREMIUM = "+97912345678"


def verdict(toll: Toll, number: str) -> str:
    """Return "ok", or the limit that the number ran into."""
    decision = decide(toll, number, country="US")
    assert decision.number == number
    return "ok" if isinstance(decision, Allowed) else decision.limit


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (HOME, "ok"),
        ("+15555550100", "ok"),
        (CANADA, "international"),
        (JAMAICA, "international"),
        (BRITAIN, "international"),
        (SATELLITE, "international"),
        (HOME_PREMIUM, "premium"),
        (BRITISH_PREMIUM, "premium"),
        (INTERNATIONAL_PREMIUM, "premium"),
    ],
)
def test_other_countries_and_premium_numbers_are_closed_unless_opened(
    number: str, expected: str
) -> None:
    assert verdict(Toll(), number) == expected


@pytest.mark.parametrize(
    ("toll", "number", "expected"),
    [
        (Toll(international=True), BRITAIN, "ok"),
        (Toll(international=True), SATELLITE, "ok"),
        (Toll(international=True), BRITISH_PREMIUM, "premium"),
        (Toll(premium=True), HOME_PREMIUM, "ok"),
        (Toll(premium=True), BRITISH_PREMIUM, "international"),
        (Toll(international=True, premium=True), INTERNATIONAL_PREMIUM, "ok"),
        (Toll(allow=("+44",)), BRITAIN, "ok"),
        (Toll(allow=("+44",)), BRITISH_PREMIUM, "premium"),
        (Toll(allow=("+4490",)), BRITISH_PREMIUM, "ok"),
        (Toll(allow=("+1",)), HOME_PREMIUM, "premium"),
        (Toll(allow=("+1900",)), HOME_PREMIUM, "ok"),
        (Toll(allow=("+",)), BRITAIN, "ok"),
        (Toll(allow=("+",)), HOME_PREMIUM, "premium"),
        (Toll(deny=("+1206",)), HOME, "deny"),
        (Toll(deny=("+1425",)), HOME, "ok"),
        (Toll(deny=("+",), allow=("+1206",)), HOME, "ok"),
        (Toll(deny=("+",), allow=("+1425",)), HOME, "deny"),
        (Toll(deny=("+44", "+447"), allow=("+4420",)), BRITAIN, "ok"),
        (Toll(deny=("+44207",), allow=("+4420",)), BRITAIN, "deny"),
    ],
)
def test_the_longest_beginning_decides_then_kind_then_country(
    toll: Toll, number: str, expected: str
) -> None:
    assert verdict(toll, number) == expected


@pytest.mark.parametrize(
    ("toll", "number", "why"),
    [
        (Toll(), HOME, "it is a number of US"),
        (Toll(international=True), BRITAIN, "international numbers are allowed"),
        (Toll(allow=("+44",)), BRITAIN, "+44 is allowed"),
        (Toll(deny=("+1",)), HOME, "+12065550100: +1 is denied"),
        (Toll(), BRITAIN, "+442079460123 is a number of GB, not of US: international"),
        (Toll(), SATELLITE, "+88216123456 is a number of no country, not of US: international"),
        (Toll(), HOME_PREMIUM, "+19002345678 is a premium number"),
    ],
)
def test_a_decision_says_by_which_rule(toll: Toll, number: str, why: str) -> None:
    assert decide(toll, number, country="US").why == why


def test_what_somebody_has_of_his_own_takes_the_place_of_what_everybody_has() -> None:
    everybody = Toll(allow=("+44",), deny=("+1900",), international=True, outside_at_once=7)

    own = OwnToll(allow=(), international=False, outside_at_once=0).over(everybody)

    assert own == Toll(allow=(), deny=("+1900",), international=False, outside_at_once=0)
    assert OwnToll().over(everybody) == everybody


def begin(
    meter: TollMeter, call: str, *, now_s: float, rep: str = "alice", toll: Toll
) -> tuple[TollMeter, Denied | None]:
    return meter.begin(call, HOME, rep=rep, toll=toll, now_s=now_s)


def test_a_rep_has_so_many_outside_calls_at_once() -> None:
    toll = Toll(outside_at_once=2)
    one, _ = begin(TollMeter(), "c1", now_s=0, toll=toll)
    two, _ = begin(one, "c2", now_s=1, toll=toll)

    same, denied = begin(two, "c3", now_s=2, toll=toll)
    _, of_another = begin(two, "c3", now_s=2, toll=toll, rep="saul")
    _, again = begin(two.end("c1"), "c3", now_s=2, toll=toll)

    assert same == two
    assert denied == Denied(
        number=HOME, limit="at_once", why="rep alice has 2 outside calls at once already"
    )
    assert of_another is None
    assert again is None


def test_a_rep_begins_so_many_outside_calls_a_minute() -> None:
    toll = Toll(outside_per_minute=2)
    one, _ = begin(TollMeter(), "c1", now_s=0, toll=toll)
    two, _ = begin(one.end("c1"), "c2", now_s=30, toll=toll)
    quiet = two.end("c2")

    _, denied = begin(quiet, "c3", now_s=59.9, toll=toll)
    later, allowed = begin(quiet, "c3", now_s=60, toll=toll)

    assert denied == Denied(
        number=HOME,
        limit="per_minute",
        why="rep alice has begun 2 outside calls within a minute",
    )
    assert allowed is None
    assert later.begun_s == {"alice": (30, 60)}


def test_a_call_counts_once_and_ending_a_stranger_changes_nothing() -> None:
    one, _ = begin(TollMeter(), "c1", now_s=0, toll=Toll(outside_at_once=1))

    assert begin(one, "c1", now_s=1, toll=Toll(outside_at_once=1)) == (one, None)
    assert one.end("c9") == one


@given(
    st.lists(
        st.tuples(st.sampled_from(["alice", "saul"]), st.integers(0, 5), st.booleans()),
        max_size=40,
    )
)
def test_nobody_ever_has_more_than_his_share(steps: list[tuple[str, int, bool]]) -> None:
    toll = Toll(outside_at_once=2, outside_per_minute=3)
    meter = TollMeter()
    begun: list[tuple[str, float]] = []
    now_s = 0.0
    for number, (rep, wait_s, ends) in enumerate(steps):
        now_s += wait_s * 7
        if ends and meter.calls:
            meter = meter.end(next(iter(meter.calls)))
            continue
        meter, denied = meter.begin(f"c{number}", HOME, rep=rep, toll=toll, now_s=now_s)
        if denied is None:
            begun.append((rep, now_s))
    for rep in ("alice", "saul"):
        assert list(meter.calls.values()).count(rep) <= 2
        times = [at_s for who, at_s in begun if who == rep]
        assert all(later - earlier >= 60 for earlier, later in zip(times, times[3:], strict=False))
