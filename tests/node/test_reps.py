"""What each rep is doing, from all sides, and with the clock that it needs."""

from __future__ import annotations

import asyncio
import time

import pytest

from switch.node.reps import RepsNow
from switch.presence import WrapUp
from switch.wire.edge import Contacts
from tests.node.fakes import eventually
from tests.records.samples import at, rep

SOON_S = 0.03


class Told:
    """Reps whose changes are kept."""

    def __init__(self, *, wrap_up_s: float = 0) -> None:
        self.changes: list[tuple[str, str]] = []
        self.reps = RepsNow(
            ["alice", "bob"],
            wrap_up=WrapUp(all_s=wrap_up_s),
            changed=lambda name, state: self.changes.append((name, str(state))),
        )

    def register(self, name: str = "alice", count: int = 1) -> None:
        self.reps.contacts(Contacts(rep=name, count=count))

    def talks_and_hangs_up(self) -> None:
        placed = rep("alice", leg_id="leg-1")
        answered = rep("alice", revision=2, state="answered", answered_at=at(2))
        self.reps.leg(placed)
        self.reps.leg(answered)
        self.reps.leg(rep("alice", revision=3, state="ended", answered_at=at(2), ended_at=at(9)))

    def available(self, *, without: tuple[str, ...] = ()) -> list[str]:
        found = self.reps.candidates(["bob", "alice"], without=without)
        return [candidate.rep for candidate in found]


def test_everybody_is_offline_at_first() -> None:
    told = Told()

    assert told.reps.names() == ["alice", "bob"]
    assert (told.available(), told.changes) == ([], [])


def test_whoever_has_a_phone_is_available_and_each_change_is_said_once() -> None:
    told = Told()

    told.register()
    told.register(count=2)
    told.register("bob")
    told.register("stranger")

    assert told.changes == [("alice", "available"), ("bob", "available")]
    assert told.available() == ["bob", "alice"]
    assert told.available(without=("bob",)) == ["alice"]


def test_whoever_is_rung_or_talks_is_not_available() -> None:
    told = Told()
    told.register()

    told.reps.attempted("alice", "c1", "ringing")
    assert told.available() == []
    told.reps.attempted("alice", "c1", "over")
    assert told.available() == ["alice"]

    told.reps.attempted("alice", "c1", "ringing")
    told.reps.attempted("alice", "c1", "answered")
    assert told.available() == []
    assert [state for _name, state in told.changes] == [
        "available",
        "ringing",
        "available",
        "ringing",
        "on_call",
    ]


def test_a_conversation_that_is_over_rings_nobody_any_more() -> None:
    told = Told()
    told.register()
    told.reps.attempted("alice", "c1", "answered")

    told.reps.conversation_over("c1")

    assert told.available() == ["alice"]


async def test_after_a_call_a_rep_is_left_alone_for_a_while_and_then_back_by_himself() -> None:
    told = Told(wrap_up_s=SOON_S)
    told.register()

    told.talks_and_hangs_up()

    assert told.changes[-1] == ("alice", "wrap_up")
    assert told.available() == []
    await eventually(lambda: told.changes[-1] == ("alice", "available"))
    assert told.available() == ["alice"]


async def test_there_is_one_timer_whatever_happens_meanwhile() -> None:
    told = Told(wrap_up_s=SOON_S)
    told.register()
    told.talks_and_hangs_up()

    for count in range(1, 5):
        told.register("bob", count)

    await eventually(lambda: told.available() == ["bob", "alice"])
    await asyncio.sleep(2 * SOON_S)
    assert told.changes.count(("alice", "available")) == 2


async def test_whoever_is_asked_for_after_his_wrap_up_is_available_though_no_timer_went_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Told(wrap_up_s=600)
    told.register()
    told.talks_and_hangs_up()
    assert told.available() == []
    later_s = time.monotonic() + 601

    monkeypatch.setattr(time, "monotonic", lambda: later_s)

    assert told.available() == ["alice"]
    assert told.changes[-1] == ("alice", "available")


def test_without_a_wrap_up_a_rep_is_back_at_once() -> None:
    told = Told()
    told.register()

    told.talks_and_hangs_up()

    assert told.changes[-1] == ("alice", "available")
