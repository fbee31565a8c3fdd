"""Where a call to a territory goes that nobody there took, in the same leg."""

from __future__ import annotations

import dataclasses

import pytest

from switch.call.target import Party
from tests.node.hunting import (
    ARIZONA,
    CALL_ID,
    OUTSIDE_NUMBER,
    SEATTLE,
    assert_replied,
    hunting,
    rings,
)

TO_ARIZONA = dataclasses.replace(SEATTLE, on_no_answer="arizona")
TO_ALICE = dataclasses.replace(SEATTLE, on_no_answer="alice")
TO_OUTSIDE = dataclasses.replace(SEATTLE, on_no_answer=OUTSIDE_NUMBER)


async def test_another_territory_rings_next_and_all_attempts_are_kept() -> None:
    async with hunting(TO_ARIZONA, ARIZONA, available=["bob", "alice", "saul"]) as hunt:
        assert rings(await hunt.begins()) == ["bob"]
        hunt.branch("bob", 486)

        plan = await hunt.steps()

        assert rings(plan) == ["alice", "saul"]
        assert 29_000 < plan.step_ms <= 30_000
        hunt.branch("saul", 200)
        await hunt.told(bob="busy", alice="elsewhere", saul="answered")
        assert hunt.owners == {CALL_ID: "saul"}


async def test_when_nobody_is_available_the_other_territory_rings_at_once() -> None:
    async with hunting(TO_ARIZONA, ARIZONA, available=["saul"]) as hunt:
        assert rings(await hunt.begins()) == ["saul"]


async def test_the_transferor_is_not_rung_by_the_other_territory_either() -> None:
    async with hunting(TO_ARIZONA, ARIZONA, available=["alice", "saul"]) as hunt:
        assert rings(await hunt.begins(without="alice", transferor="alice")) == ["saul"]


async def test_a_rep_rings_alone_and_no_longer_than_a_transfer_may() -> None:
    async with hunting(TO_ALICE, available=["bob", "alice"]) as hunt:
        await hunt.begins()
        hunt.branch("bob", 180, 408)

        plan = await hunt.steps()

        assert rings(plan) == ["alice"]
        assert plan.step_ms <= 20_000
        hunt.branch("alice", 603)
        assert_replied(await hunt.steps(), 486)
        await hunt.told(bob="no_answer", alice="declined")


async def test_a_rep_who_is_the_transferor_gets_his_call_back_instead() -> None:
    async with hunting(TO_ALICE, available=["bob", "alice"]) as hunt:
        await hunt.begins(without="alice", transferor="alice")
        hunt.branch("bob", 486)

        assert_replied(await hunt.steps(), 486)


async def test_a_rep_who_is_not_available_is_not_rung() -> None:
    async with hunting(TO_ALICE, available=["saul"]) as hunt:
        assert_replied(await hunt.begins(), 480)


@pytest.mark.parametrize("transferor", [None, "alice"])
async def test_an_outside_number_is_called_once_the_worker_knows_whom(
    transferor: str | None,
) -> None:
    async with hunting(TO_OUTSIDE, available=["bob"]) as hunt:
        await hunt.begins(transferor=transferor)
        hunt.branch("bob", 603)

        plan = await hunt.steps()

        assert (plan.action, plan.index, plan.label) == ("trunk", 7, 9)
        ((route, who),) = hunt.outside_calls
        assert (route.number, route.trunk, who) == (OUTSIDE_NUMBER, "pstn", transferor)
        news = await hunt.told(bob="declined")
        assert news.party == Party(role="external", number=OUTSIDE_NUMBER, trunk="pstn")
        assert news.question is not None


async def test_an_outside_number_is_called_at_once_when_nobody_is_available() -> None:
    async with hunting(TO_OUTSIDE, available=["saul"]) as hunt:
        assert (await hunt.begins()).action == "trunk"

        news = await hunt.told()
        assert news.party is not None


async def test_the_transferor_gets_back_what_nobody_took() -> None:
    async with hunting(available=["bob"]) as hunt:
        await hunt.begins(without="alice", transferor="alice")
        hunt.branch("bob", 180, 408)

        assert_replied(await hunt.steps(), 480)
        news = await hunt.told(bob="no_answer")
        assert news.party is None
