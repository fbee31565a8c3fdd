"""Which keys go on to the other side that the audio does not carry there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import pytest

from switch.call.commands import Command
from switch.call.ids import LegId
from switch.call.roster import Part
from switch.worker import passing
from switch.worker.facts import KeyPressed
from switch.worker.moving import OpenToKeys, PressKey
from switch.worker.passing import Passing

ALICE, CUSTOMER = LegId("alice"), LegId("customer")
Way = Literal["rtp", "info"]


@dataclass
class _Leg:
    is_over: bool = False


@dataclass
class Talk:
    """Two who talk, of whom Alice's keys are kept."""

    parts: dict[LegId, Part] = field(
        default_factory=lambda: {ALICE: Part.TALKER, CUSTOMER: Part.TALKER}
    )
    kept: frozenset[LegId] = frozenset({ALICE})
    pressed: list[Command] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.legs = {leg_id: _Leg() for leg_id in self.parts}
        self.passing = Passing(cast("Any", self), cast("Any", self), self.pressed.append)

    def part_of(self, leg_id: LegId) -> Part:
        return self.parts[leg_id]

    def are_kept(self, leg_id: LegId) -> bool:
        return leg_id in self.kept

    def press(self, digits: str, *, by: LegId = ALICE, way: Way = "rtp") -> list[bool]:
        return [
            self.passing.is_new(KeyPressed(leg_id=by, digit=one, way=way, lasted_s=0.1))
            for one in digits
        ]

    @property
    def passed(self) -> str:
        return "".join(one.digit for one in self.pressed if isinstance(one, PressKey))


@pytest.mark.parametrize(
    ("digits", "passed"),
    [("123#", "123#"), ("*1", ""), ("*2", ""), ("*3", "*3"), ("**1", "*"), ("3*12", "32")],
)
async def test_of_kept_keys_all_go_on_but_our_codes(digits: str, passed: str) -> None:
    talk = Talk()

    assert talk.press(digits) == [True] * len(digits)

    assert talk.passed == passed
    keys = [one for one in talk.pressed if isinstance(one, PressKey)]
    assert keys[:1] == [
        PressKey(leg_id=ALICE, peer=CUSTOMER, digit=one, lasted_s=0.1) for one in passed[:1]
    ]


@pytest.mark.parametrize(
    ("part", "opened"),
    [(Part.TALKER, [OpenToKeys(leg_id=ALICE, peer=CUSTOMER)]), (Part.CHOOSER, [])],
)
async def test_a_star_opens_the_way_for_the_keys_after_it(
    part: Part, opened: list[Command]
) -> None:
    talk = Talk(parts={ALICE: part, CUSTOMER: Part.TALKER})

    talk.press("*1")

    assert talk.pressed == opened


async def test_a_star_that_nothing_follows_goes_on_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passing, "_CODE_WITHIN_S", 0.01)
    talk = Talk()
    talk.press("*")
    assert talk.passed == ""

    await asyncio.sleep(0.05)
    talk.press("1")

    assert talk.passed == "*1"


async def test_what_we_press_is_told_of_too_and_is_nobodys() -> None:
    talk = Talk()
    talk.press("5")

    assert talk.press("5") == [False], "rtpengine tells of ours"
    assert talk.press("5") == [True], "he presses it again"
    assert talk.passed == "55"


async def test_what_we_pressed_long_ago_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passing, "_TOLD_WITHIN_S", -1.0)
    talk = Talk()
    talk.press("5")

    assert talk.press("5") == [True]


async def test_keys_of_sip_info_go_on_and_those_in_the_audio_do_so_by_themselves() -> None:
    talk = Talk(kept=frozenset())

    talk.press("12", way="info")
    talk.press("34", by=CUSTOMER)

    assert talk.passed == "12"


async def test_a_key_that_came_both_ways_goes_on_once() -> None:
    talk = Talk()

    assert talk.press("7", way="info") == [True]
    assert talk.press("7") == [False], "ours"
    assert talk.press("7") == [False], "his, by the other way"
    assert talk.passed == "7"


@pytest.mark.parametrize("part", [Part.TRANSFEROR, Part.RECALLED])
async def test_keys_of_one_who_talks_with_nobody_go_nowhere(part: Part) -> None:
    talk = Talk(parts={ALICE: part, CUSTOMER: Part.TRANSFEREE})
    talk.press("12")
    assert talk.passed == ""


async def test_a_leg_that_is_over_hears_no_keys() -> None:
    talk = Talk()
    talk.legs[CUSTOMER].is_over = True

    talk.press("1")

    assert talk.passed == ""
