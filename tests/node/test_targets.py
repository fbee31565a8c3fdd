"""Whom a call may be transferred to, and where a customer goes whom nobody takes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialplan import Dialplan, Territory
from switch.call.target import Refusal, Target
from switch.node.pooled import PooledWorker
from tests.dialplan.samples import plan as dialplan
from tests.node.house import House, a_house

DEFAULT = ("own_territory", "called_territory")
NUMBER = "+12065550111"


def with_arizona() -> Dialplan:
    arizona = Territory(name="arizona", extension="802", members=("alice", "saul"))
    return replace(dialplan(), territories=(*dialplan().territories, arizona))


async def taken(house: House, uri: str = "sip:+14805550100@switch.test") -> PooledWorker:
    """Let a customer call; returns the worker as the node knows it."""
    fake = await house.call(uri=uri)
    worker = house.hall.pool.at(fake.port)
    assert worker is not None
    return worker


async def test_whom_a_rep_names_is_found_and_may_be_called_by_his_worker_only() -> None:
    async with a_house() as house:
        worker = await taken(house)

        target = house.targets.find(worker, "102", transferor="alice")

        assert isinstance(target, Target)
        assert (target.user, target.ring_s) == ("saul", 20)
        assert set(worker.routes) == {"alice", "saul"}


@pytest.mark.parametrize(
    ("user", "sip_status"), [("nobody", 404), ("alice", 482), ("+442071838750", 403)]
)
async def test_whom_he_may_not_call_is_refused_with_the_reason(user: str, sip_status: int) -> None:
    async with a_house() as house:
        worker = await taken(house)

        refusal = house.targets.find(worker, user, transferor="alice")

        assert isinstance(refusal, Refusal)
        assert (refusal.user, refusal.sip_status) == (user, sip_status)
        assert set(worker.routes) == {"alice"}
        assert [rep for rep, _denied in house.denied] == (["alice"] if sip_status == 403 else [])


async def test_fallbacks_are_in_the_order_of_the_file_and_may_be_called() -> None:
    async with a_house(with_arizona(), fallback=(*DEFAULT, "102", NUMBER)) as house:
        worker = await taken(house, "sip:+12065550180@switch.test")

        fallbacks = house.targets.fallbacks(worker, "alice")

        assert [one.user for one in fallbacks] == ["arizona", "seattle", "saul", NUMBER]
        assert [one.kind for one in fallbacks] == ["territory", "territory", "rep", "outside"]
        assert fallbacks[-1].shown == "+14805550100"
        assert {one.user for one in fallbacks} <= set(worker.routes)


async def test_his_own_territory_is_the_first_he_is_a_member_of() -> None:
    async with a_house(with_arizona(), fallback=("own_territory",)) as house:
        worker = await taken(house)

        assert [one.user for one in house.targets.fallbacks(worker, "saul")] == ["seattle"]
        assert house.targets.fallbacks(worker, "nobody") == ()
        assert house.targets.fallbacks(worker, None) == ()


async def test_nobody_is_a_fallback_twice() -> None:
    async with a_house(fallback=(*DEFAULT, "801")) as house:
        worker = await taken(house, "sip:+12065550180@switch.test")

        assert [one.user for one in house.targets.fallbacks(worker, "saul")] == ["seattle"]


async def test_the_transferor_was_called_in_vain_and_is_no_fallback() -> None:
    async with a_house(fallback=("called_territory", "101")) as house:
        worker = await taken(house)

        assert house.targets.fallbacks(worker, "alice") == ()
        assert [one.user for one in house.targets.fallbacks(worker, "saul")] == ["alice"]


async def test_a_call_that_a_rep_made_was_for_no_territory_of_ours() -> None:
    async with a_house(fallback=("called_territory",)) as house:
        fake = await house.call_by("alice", "saul")
        worker = house.hall.pool.at(fake.port)
        assert worker is not None

        assert house.targets.fallbacks(worker, "saul") == ()


async def test_a_fallback_that_nobody_may_call_any_more_is_passed_over() -> None:
    async with a_house(fallback=("+442071838750", "gone", "102")) as house:
        worker = await taken(house)

        assert [one.user for one in house.targets.fallbacks(worker, "alice")] == ["saul"]
        assert house.denied == []
