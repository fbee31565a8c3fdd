"""Whom a worker reaches: those it was told of, and nobody else."""

from __future__ import annotations

import pytest

from switch.wire.edge import Plan
from switch.wire.worker import Resting
from tests.node.fakes import eventually, request
from tests.node.house import a_house, assert_replied, expectation


async def test_a_worker_reaches_the_rep_it_was_told_of() -> None:
    async with a_house() as house:
        worker = await house.call()

        plan = await house.plan(
            request("INVITE", "sip:alice@switch.test"),
            source="worker",
            name="",
            address=f"127.0.0.1:{worker.port}",
        )

        assert plan == Plan(index=7, label=9, action="rep", user="alice")


async def test_a_worker_reaches_the_outside_number_it_was_told_of() -> None:
    async with a_house() as house:
        call = request("INVITE", "sip:2065550100@switch.test")
        allocated = await house.plan(call, source="rep", name="alice")
        port = allocated.uri.rpartition(":")[2]

        plan = await house.plan(
            request("INVITE", "sip:%2B12065550100@switch.test"),
            source="worker",
            address=f"127.0.0.1:{port}",
        )

        assert (plan.action, plan.uri) == ("trunk", "sip:192.0.2.1:5080")
        assert plan.ruri == "sip:+12065550100@192.0.2.1:5080"


@pytest.mark.parametrize(
    "uri",
    ["sip:saul@switch.test", "sip:alice@evil.test", "sip:switch.test", "tel:+12065550100"],
)
async def test_a_worker_reaches_nobody_it_was_not_told_of(uri: str) -> None:
    async with a_house() as house:
        worker = await house.call()

        plan = await house.plan(
            request("INVITE", uri), source="worker", address=f"127.0.0.1:{worker.port}"
        )

        assert_replied(plan, 403, "Forbidden")
        assert house.refused == []


async def test_who_is_no_worker_of_ours_reaches_nobody() -> None:
    async with a_house() as house:
        await house.hall.pool.until_warm()
        free = house.hall.nursery.forked[0]

        for address in (f"127.0.0.1:{free.port}", "127.0.0.1:1", "127.0.0.1:x", ""):
            plan = await house.plan(
                request("INVITE", "sip:alice@switch.test"), source="worker", address=address
            )
            assert_replied(plan, 403, "Forbidden")


async def test_what_a_worker_was_told_of_ends_with_its_conversation() -> None:
    async with a_house() as house:
        worker = await house.call()
        worker.says(Resting(conversation_id=expectation(worker).conversation_id))
        await eventually(lambda: house.hall.pool.counts["resting"] == 1)

        plan = await house.plan(
            request("INVITE", "sip:alice@switch.test"),
            source="worker",
            address=f"127.0.0.1:{worker.port}",
        )

        assert_replied(plan, 403, "Forbidden")
