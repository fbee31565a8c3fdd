"""Which trunk a call leaves by, and how it is dialled there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialplan import Hop, Trunk, choose, hops_to, is_failure

NUMBER = "+12065550100"
A = Trunk(name="a", address="192.0.2.1", weight=3)
B = Trunk(name="b", address="192.0.2.2", weight=1)
C = Trunk(name="c", address="192.0.2.3", priority=2)
ALL = {"a", "b", "c"}


def names(hops: tuple[Hop, ...]) -> list[str]:
    return [hop.trunk for hop in hops]


def test_a_trunk_is_called_at_its_port() -> None:
    trunk = Trunk(name="pstn", address="127.0.0.1", port=5080)

    assert trunk.uri == "sip:127.0.0.1:5080"
    assert trunk.request_uri(NUMBER) == "sip:+12065550100@127.0.0.1:5080"


def test_a_trunk_without_a_port_is_called_at_the_usual_one() -> None:
    assert Trunk(name="pstn", address="192.0.2.1").uri == "sip:192.0.2.1:5060"


@pytest.mark.parametrize(
    ("strip", "prepend", "expected"),
    [
        (0, "", "+12065550100"),
        (1, "", "12065550100"),
        (2, "", "2065550100"),
        (1, "00", "0012065550100"),
        (2, "+44", "+442065550100"),
        (2, "9", "92065550100"),
    ],
)
def test_a_provider_gets_the_number_in_the_form_it_wants(
    strip: int, prepend: str, expected: str
) -> None:
    assert replace(A, strip=strip, prepend=prepend).dialled(NUMBER) == expected


def test_a_trunk_takes_the_numbers_that_begin_right() -> None:
    assert A.takes(NUMBER)
    assert replace(A, prefixes=("+44", "+1206")).takes(NUMBER)
    assert not replace(A, prefixes=("+44", "+1425")).takes(NUMBER)


def test_the_ways_to_a_number_are_told_the_most_wanted_first() -> None:
    british = replace(C, name="uk", priority=1, weight=9, prefixes=("+44",))

    assert names(hops_to((C, B, british, A), NUMBER)) == ["a", "b", "c"]
    assert hops_to((british,), NUMBER) == ()
    assert hops_to((replace(C, strip=1),), NUMBER) == (
        Hop(
            trunk="c",
            ruri="sip:12065550100@192.0.2.3:5060",
            uri="sip:192.0.2.3:5060",
            priority=2,
            weight=1,
        ),
    )


@pytest.mark.parametrize(
    ("draw", "up", "expected"),
    [
        (0.0, ALL, ["a", "b", "c"]),
        (0.7499, ALL, ["a", "b", "c"]),
        (0.75, ALL, ["b", "a", "c"]),
        (0.9999, ALL, ["b", "a", "c"]),
        (0.0, {"b", "c"}, ["b", "c"]),
        (0.9, {"a", "x"}, ["a"]),
        (0.0, {"c"}, ["c"]),
        (0.8, set(), ["b", "a", "c"]),
    ],
)
def test_weight_and_chance_decide_within_a_priority_and_failing_trunks_are_left_out(
    draw: float, up: set[str], expected: list[str]
) -> None:
    assert names(choose(hops_to((C, A, B), NUMBER), up=up, draw=draw)) == expected


def test_one_draw_serves_for_all_places() -> None:
    hops = hops_to([replace(A, name=name, weight=1) for name in "abcd"], NUMBER)

    seen = [names(choose(hops, up={*"abcd"}, draw=place / 24 + 0.001)) for place in range(24)]

    assert len({tuple(one) for one in seen}) == 24


@given(
    weights=st.lists(st.integers(1, 1000), min_size=1, max_size=5),
    draw=st.floats(0, 1, exclude_max=True),
)
def test_every_way_is_tried_once(weights: list[int], draw: float) -> None:
    trunks = [replace(A, name=str(place), weight=one) for place, one in enumerate(weights)]
    hops = hops_to(trunks, NUMBER)

    assert sorted(names(choose(hops, up=(), draw=draw))) == sorted(names(hops))


@pytest.mark.parametrize(
    ("sip_status", "expected"),
    [
        (200, False),
        (403, False),
        (404, False),
        (408, True),
        (480, False),
        (486, False),
        (500, True),
        (503, True),
        (599, True),
        (600, False),
        (603, False),
    ],
)
def test_only_silence_and_server_errors_blame_the_trunk(sip_status: int, expected: bool) -> None:
    assert is_failure(sip_status) is expected
