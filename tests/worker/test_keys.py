from __future__ import annotations

from typing import Literal

import pytest

from switch.call.ids import LegId
from switch.worker.facts import KeyPressed
from switch.worker.keys import Keys

ALICE, SAUL = LegId("alice"), LegId("saul")


def key(
    digit: str, way: Literal["rtp", "info"] = "rtp", *, leg: LegId = ALICE, lasted_s: float = 0.1
) -> KeyPressed:
    return KeyPressed(leg_id=leg, digit=digit, way=way, lasted_s=lasted_s if way == "rtp" else 0.0)


@pytest.mark.parametrize("first", ["rtp", "info"])
def test_a_press_that_is_told_of_in_two_ways_is_one(first: Literal["rtp", "info"]) -> None:
    keys = Keys()
    second: Literal["rtp", "info"] = "info" if first == "rtp" else "rtp"

    assert keys.is_new(key("5", first), now_s=10.0)
    assert not keys.is_new(key("5", second), now_s=10.15)


def test_a_key_that_is_held_down_long_is_one_press_though_info_comes_at_once() -> None:
    keys = Keys()

    assert keys.is_new(key("5", "info"), now_s=10.0)
    assert not keys.is_new(key("5", lasted_s=3.0), now_s=13.0)


def test_two_quick_presses_of_one_key_by_the_same_way_are_two() -> None:
    keys = Keys()

    assert keys.is_new(key("1"), now_s=10.0)
    assert keys.is_new(key("1"), now_s=10.12)


def test_two_quick_presses_that_are_each_told_of_in_two_ways_are_two() -> None:
    keys = Keys()

    told = [
        keys.is_new(key("1", "info"), now_s=10.00),
        keys.is_new(key("1", "rtp"), now_s=10.08),
        keys.is_new(key("1", "info"), now_s=10.16),
        keys.is_new(key("1", "rtp"), now_s=10.24),
    ]
    assert told == [True, False, True, False]


def test_the_second_way_may_lag_behind_two_presses() -> None:
    keys = Keys()

    told = [
        keys.is_new(key("1", "info"), now_s=10.00),
        keys.is_new(key("1", "info"), now_s=10.05),
        keys.is_new(key("1", "rtp"), now_s=10.10),
        keys.is_new(key("1", "rtp"), now_s=10.20),
    ]
    assert told == [True, True, False, False]


def test_the_same_key_by_another_way_much_later_is_another_press() -> None:
    keys = Keys()

    assert keys.is_new(key("1", "info"), now_s=10.0)
    assert keys.is_new(key("1", "rtp"), now_s=11.0)


def test_other_keys_and_other_phones_are_other_presses() -> None:
    keys = Keys()

    assert keys.is_new(key("1", "info"), now_s=10.0)
    assert keys.is_new(key("2", "rtp"), now_s=10.0)
    assert keys.is_new(key("1", "rtp", leg=SAUL), now_s=10.0)
