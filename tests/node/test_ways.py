"""Whom a worker reaches: those it was told of, and nobody else."""

from __future__ import annotations

import pytest

from switch.wire.edge import Branch, Plan, encode_call_id
from switch.wire.worker import Resting
from tests.node.fakes import FakeWorker, eventually, request
from tests.node.house import WORKERS_CALL, House, a_house, a_refer, assert_replied, expectation


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
        worker = await house.call_by("alice", "2065550100", "Max-Forwards: 10")

        plan = await house.place(worker, "%2B12065550100")

        assert (plan.action, plan.max_forwards) == ("trunk", 9)
        assert [hop.ruri for hop in plan.hops] == [
            "sip:+12065550100@192.0.2.1:5080",
            "sip:+12065550100@192.0.2.2:5060",
        ]


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


async def test_whom_a_worker_reaches_owns_that_dialog() -> None:
    async with a_house() as house:
        worker = await house.call()

        await house.place(worker, "alice")

        assert owners_of(house, worker) == {WORKERS_CALL: "alice"}


async def test_a_territory_hunts_and_whoever_answers_owns_the_dialog() -> None:
    async with a_house() as house:
        house.register("saul")
        worker = await house.call(uri="sip:+12065550180@switch.test")

        plan = await house.place(worker, "seattle")
        assert (plan.action, plan.users) == ("hunt", "saul")
        house.hunts.branch(Branch(call_id=encode_call_id(WORKERS_CALL), rep="saul", code=200))

        assert owners_of(house, worker) == {WORKERS_CALL: "saul"}


async def test_whoever_calls_his_own_territory_is_not_rung_by_it() -> None:
    async with a_house() as house:
        house.register("saul")
        worker = await house.call_by("saul", "801")

        assert_replied(await house.place(worker, "seattle"), 480, "Temporarily Unavailable")


@pytest.mark.parametrize(
    ("referred_by", "code"),
    [
        ("Referred-By: <sip:saul@switch.test>", 480),
        ("Referred-By: <sip:alice@switch.test>", 0),
        ("Referred-By: <sip:saul", 0),
    ],
)
async def test_whoever_transfers_to_his_own_territory_is_not_rung_by_it(
    referred_by: str, code: int
) -> None:
    async with a_house() as house:
        house.register("saul", "alice")
        worker = await house.call()
        await house.router.plan(a_refer(worker, "Refer-To: <sip:801@switch.test>"))

        plan = await house.place(worker, "seattle", referred_by)

        assert plan.code == code


async def test_a_transfer_to_outside_is_the_transferors() -> None:
    async with a_house() as house:
        worker = await house.call()
        await house.router.plan(a_refer(worker, "Refer-To: <sip:2065550111@switch.test>"))

        plan = await house.place(worker, "+12065550111", "Referred-By: <sip:alice@switch.test>")

        assert "Diversion: <sip:+14805550100@switch.test>;reason=deflection" in plan.headers
        assert "<sip:alice@switch.test>;index=1.1" in plan.headers


def owners_of(house: House, worker: FakeWorker) -> dict[str, str]:
    pooled = house.hall.pool.at(worker.port)
    assert pooled is not None
    assert pooled.memory is not None
    return pooled.memory.owners
