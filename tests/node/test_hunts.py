"""A hunt from the edge's questions and news to the plans, to presence, and to the worker."""

from __future__ import annotations

import asyncio
import time

import pytest

from dialplan import Candidate, Strategy
from switch.records.leg import LegRecord
from switch.wire.worker import Attempts, FromWorker, Noted, ToWorker
from tests.node.fakes import PATIENCE_S, eventually
from tests.node.hunting import (
    CALL_ID,
    Hunting,
    assert_replied,
    hunting,
    outcomes_of,
    rings,
    seattle,
)
from tests.records.samples import at, customer, rep

# ------------------------------------------------------------ who rings when


async def test_all_who_are_available_ring_at_once_for_the_territorys_time() -> None:
    async with hunting(seattle(ring_s=30)) as hunt:
        plan = await hunt.begins()

        assert rings(plan) == ["bob", "carol", "dave"]
        assert 29_000 < plan.step_ms <= 30_000
        assert hunt.reps.news == {name: ["ringing"] for name in ("bob", "carol", "dave")}
        await hunt.told(bob="pending", carol="pending", dave="pending")


async def test_nobody_rings_who_is_not_available_or_must_not() -> None:
    async with hunting(available=["carol", "dave", "alice"]) as hunt:
        plan = await hunt.begins(without="dave", transferor="dave")

        assert rings(plan) == ["carol"]


async def test_one_after_the_other_in_the_order_of_the_file() -> None:
    async with hunting(seattle(Strategy.SEQUENTIAL, step_s=15)) as hunt:
        plan = await hunt.begins()
        assert (rings(plan), plan.step_ms) == (["bob"], 15_000)

        hunt.branch("bob", 180, 408)
        assert rings(await hunt.steps()) == ["carol"]
        hunt.branch("carol", 603)
        assert rings(await hunt.steps()) == ["dave"]

        await hunt.told(bob="no_answer", carol="declined", dave="pending")


async def test_whoever_is_no_longer_available_is_left_out_of_the_next_step() -> None:
    async with hunting(seattle(Strategy.SEQUENTIAL)) as hunt:
        await hunt.begins()
        del hunt.reps.available["carol"]
        hunt.branch("bob", 486)

        assert rings(await hunt.steps()) == ["dave"]


async def test_whoever_waited_longest_rings_first() -> None:
    async with hunting(seattle(Strategy.LONGEST_IDLE)) as hunt:
        hunt.reps.known = {
            name: Candidate(rep=name, idle_since_s=since)
            for name, since in (("bob", 30.0), ("carol", 10.0), ("dave", 20.0))
        }

        assert rings(await hunt.begins()) == ["carol"]


async def test_whoever_has_answered_least_rings_first() -> None:
    async with hunting(seattle(Strategy.FEWEST_CALLS)) as hunt:
        hunt.reps.known = {
            name: Candidate(rep=name, calls=calls)
            for name, calls in (("bob", 3), ("carol", 2), ("dave", 1))
        }

        assert rings(await hunt.begins()) == ["dave"]


async def test_round_robin_goes_on_behind_whoever_was_rung_last() -> None:
    async with hunting(seattle(Strategy.ROUND_ROBIN)) as hunt:
        assert rings(await hunt.begins(call_id="1")) == ["bob"]
        hunt.branch("bob", 200, call_id="1")
        hunt.hunts.conversation_over("c1")
        hunt.reps.available["bob"] = None

        assert rings(await hunt.begins(call_id="2")) == ["carol"]
        hunt.branch("carol", 486, call_id="2")
        hunt.hunts.conversation_over("c1")

        assert rings(await hunt.begins(call_id="3")) == ["dave"]


async def test_chance_rings_each_of_them_first_at_some_time() -> None:
    async with hunting(seattle(Strategy.RANDOM)) as hunt:
        first = set()
        for number in range(200):
            (one,) = rings(await hunt.begins(call_id=str(number)))
            first.add(one)
            hunt.reps.available[one] = None

        assert first == {"bob", "carol", "dave"}


async def test_a_progressive_hunt_rings_one_more_after_a_while() -> None:
    async with hunting(seattle(Strategy.PROGRESSIVE)) as hunt:
        assert rings(await hunt.begins()) == ["bob"]

        await eventually(lambda: len(hunt.sent) == 2)
        first, second = hunt.sent
        assert (first.action, first.users, first.index, first.label) == ("append", "carol", 7, 9)
        assert first.call_id == second.call_id != ""
        assert second.users == "dave"
        await hunt.told(bob="pending", carol="pending", dave="pending")
        assert hunt.reps.news["dave"] == ["ringing"]


async def test_a_progressive_hunt_waits_for_whoever_becomes_available() -> None:
    territory = seattle(Strategy.PROGRESSIVE)
    async with hunting(territory, available=["bob", "carol"]) as hunt:
        await hunt.begins()
        del hunt.reps.available["carol"]
        began_s = time.monotonic()
        await eventually(lambda: time.monotonic() - began_s > 0.06)
        assert hunt.sent == []

        hunt.reps.available["carol"] = None

        await eventually(lambda: hunt.sent)
        assert hunt.sent[0].users == "carol"


async def test_a_progressive_hunt_that_is_over_rings_nobody_else() -> None:
    async with hunting(seattle(Strategy.PROGRESSIVE)) as hunt:
        await hunt.begins()
        hunt.branch("bob", 200)
        began_s = time.monotonic()

        await eventually(lambda: time.monotonic() - began_s > 0.06)

        assert hunt.sent == []


# ------------------------------------------------------------ who takes it


async def test_the_first_to_answer_has_the_call_and_the_others_are_free() -> None:
    async with hunting() as hunt:
        await hunt.begins()

        hunt.branch("bob", 180)
        hunt.branch("carol", 180, 200)

        await hunt.told(bob="elsewhere", carol="answered", dave="elsewhere")
        assert hunt.reps.news["carol"][-1] == "answered"
        assert {hunt.reps.news[name][-1] for name in ("bob", "dave")} == {"over"}
        assert hunt.owners == {CALL_ID: "carol"}


async def test_of_two_who_answer_at_the_same_time_one_has_the_call() -> None:
    async with hunting() as hunt:
        await hunt.begins()

        hunt.branch("carol", 200)
        hunt.branch("bob", 200)

        await hunt.told(bob="elsewhere", carol="answered", dave="elsewhere")
        assert hunt.owners == {CALL_ID: "carol"}
        assert hunt.reps.news["bob"][-1] == "over"


async def test_one_who_declines_ends_nothing_for_the_others() -> None:
    async with hunting() as hunt:
        await hunt.begins()

        hunt.branch("bob", 603)
        hunt.branch("carol", 486)

        await hunt.told(bob="declined", carol="busy", dave="pending")
        assert hunt.reps.news["bob"] == ["ringing", "over"]
        hunt.branch("dave", 200)
        await hunt.told(bob="declined", carol="busy", dave="answered")


async def test_attempts_have_the_instants_of_the_clock_on_the_wall_and_keep_them() -> None:
    async with hunting() as hunt:
        before_s = time.time()
        await hunt.begins()
        first = await hunt.told(bob="pending", carol="pending", dave="pending")

        hunt.branch("bob", 486)

        later = await hunt.told(bob="busy", carol="pending", dave="pending")
        assert [one.from_s for one in later.attempts] == [one.from_s for one in first.attempts]
        bob, carol, _dave = later.attempts
        assert bob.to_s is not None
        assert before_s - 0.001 <= bob.from_s <= bob.to_s <= time.time() + 0.001
        assert carol.to_s is None


async def test_late_news_of_those_who_lost_is_no_news() -> None:
    async with hunting() as hunt:
        await hunt.begins()
        hunt.branch("carol", 200)
        await hunt.told(bob="elsewhere", carol="answered", dave="elsewhere")
        told = len(hunt.far_end.told)
        # Another hunt of this conversation may ring him by now.
        hunt.reps.attempted("bob", "c1", "ringing")

        hunt.branch("bob", 180, 487)
        hunt.branch("carol", 200)
        hunt.branch("somebody", 200)

        assert hunt.reps.news["bob"][-1] == "ringing"
        assert hunt.owners == {CALL_ID: "carol"}
        assert_replied(await hunt.steps(), 487)
        assert len(hunt.far_end.told) == told


async def test_news_of_no_hunt_that_is_known_harms_nothing() -> None:
    async with hunting() as hunt:
        hunt.branch("bob", 200, call_id="nobody's")

        assert_replied(await hunt.steps(), 480)
        assert (hunt.owners, hunt.reps.news) == ({}, {})


# ------------------------------------------------------------ nobody takes it


async def test_when_nobody_is_available_the_caller_is_told_at_once() -> None:
    async with hunting(available=["alice"]) as hunt:
        began_s = time.monotonic()

        assert_replied(await hunt.begins(), 480)

        assert time.monotonic() - began_s < PATIENCE_S
        assert hunt.reps.news == {}


@pytest.mark.parametrize(("code", "answer"), [(603, 486), (486, 486), (408, 480), (480, 480)])
async def test_when_nobody_took_it_the_answer_says_the_most_it_can(code: int, answer: int) -> None:
    async with hunting() as hunt:
        await hunt.begins()
        for name in ("bob", "carol", "dave"):
            hunt.branch(name, code)

        assert_replied(await hunt.steps(), answer)


async def test_the_worker_knows_all_attempts_before_its_leg_gets_the_final_answer() -> None:
    answers: list[FromWorker] = []

    def noting_later(message: ToWorker) -> list[FromWorker]:
        if isinstance(message, Attempts) and message.question is not None:
            answers.append(Noted(question=message.question))
            assert outcomes_of(message.attempts) == {"bob": "busy"}
        return []

    async with hunting(available=["bob"], script=noting_later) as hunt:
        await hunt.begins()
        hunt.branch("bob", 486)
        ending = asyncio.create_task(hunt.steps())
        await eventually(lambda: answers)
        assert not ending.done()

        hunt.far_end.says(*answers)

        assert_replied(await ending, 486)


async def test_when_the_caller_leaves_those_who_ring_are_free_and_were_cancelled() -> None:
    async with hunting(seattle(Strategy.PROGRESSIVE)) as hunt:
        await hunt.begins()
        hunt.branch("bob", 180)
        left = rep("nobody", rep=None, territory="seattle", conversation_id="c1", state="released")

        hunt.hunts.caller_left(left)
        hunt.branch("bob", 487)

        await hunt.told(bob="cancelled")
        assert hunt.reps.news["bob"] == ["ringing", "over"]
        began_s = time.monotonic()
        await eventually(lambda: time.monotonic() - began_s > 0.06)
        assert hunt.sent == []
        assert_replied(await hunt.steps(), 487)


@pytest.mark.parametrize(
    "record",
    [
        customer(conversation_id="c1", state="ended"),
        rep("bob", territory="seattle", conversation_id="c2", state="ended"),
        rep("bob", territory="seattle", conversation_id="c1", state="alerted"),
        rep("bob", territory="seattle", conversation_id="c1", state="released", answered_at=at(1)),
    ],
)
async def test_another_leg_that_ends_does_not_end_a_hunt(record: LegRecord) -> None:
    async with hunting() as hunt:
        await hunt.begins()

        hunt.hunts.caller_left(record)

        hunt.branch("bob", 200)
        await hunt.told(bob="answered", carol="elsewhere", dave="elsewhere")


async def test_a_hunt_is_forgotten_with_its_conversation() -> None:
    async with hunting(seattle(Strategy.PROGRESSIVE)) as hunt:
        await hunt.begins()
        hunt.hunts.conversation_over("another")
        hunt.branch("bob", 180)

        hunt.hunts.conversation_over("c1")

        assert_forgotten(hunt)
        began_s = time.monotonic()
        await eventually(lambda: time.monotonic() - began_s > 0.06)
        assert hunt.sent == []
        assert_replied(await hunt.steps(), 480)


def assert_forgotten(hunt: Hunting) -> None:
    hunt.branch("bob", 200)
    assert hunt.owners == {}
    assert hunt.reps.news["bob"] == ["ringing"]


# ------------------------------------------------------------ what the next node makes of it


async def test_the_next_node_knows_who_rings_and_who_answers() -> None:
    async with hunting() as hunt:
        await hunt.begins()
        hunt.branch("bob", 180, 603)

        hunt.is_of_the_next_node()

        assert hunt.reps.news == {"bob": ["over"], "carol": ["ringing"], "dave": ["ringing"]}
        hunt.branch("carol", 180, 200)
        await hunt.told(bob="declined", carol="answered", dave="elsewhere")
        assert hunt.owners == {CALL_ID: "carol"}


async def test_the_next_node_rings_who_is_next() -> None:
    async with hunting(seattle(Strategy.SEQUENTIAL, step_s=15)) as hunt:
        await hunt.begins()
        hunt.branch("bob", 180, 408)

        hunt.is_of_the_next_node()

        assert rings(await hunt.steps()) == ["carol"]
        await hunt.told(bob="no_answer", carol="pending")


async def test_the_next_node_lets_one_more_ring_after_a_while() -> None:
    async with hunting(seattle(Strategy.PROGRESSIVE)) as hunt:
        await hunt.begins()

        hunt.is_of_the_next_node()

        await eventually(lambda: [plan.users for plan in hunt.sent][-1:] == ["dave"])
