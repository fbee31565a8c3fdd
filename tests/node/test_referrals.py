"""What becomes of a REFER: the dialplan finds the target, the worker says whether it will."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from switch.call.target import Refusal, Target
from switch.node import asking as askings
from switch.node import pool as pools
from switch.wire.edge import Replied
from switch.wire.worker import FromWorker, Leave, Refer, ReferAnswered, ReferReplied, ToWorker
from tests.node.fakes import eventually, obedient, request, silent
from tests.node.house import a_house, a_refer, assert_replied

TO_SAUL = "Refer-To: <sip:saul@switch.test>"
SOON_S = 0.05


async def test_a_refer_is_for_the_worker_that_owns_the_dialog() -> None:
    async with a_house() as house:
        worker = await house.call()

        plan = await house.router.plan(a_refer(worker, TO_SAUL))

        assert_replied(plan, 202, "Accepted")
        (refer,) = [message for message in worker.told if isinstance(message, Refer)]
        assert (refer.call_id, refer.from_tag, refer.to_tag) == ("a@192.0.2.9", "f1", "t1")
        assert (refer.cseq, refer.notifies) == (2, True)
        assert isinstance(refer.target, Target)
        assert refer.target.rep == "saul"


async def test_the_target_of_a_refer_can_be_called() -> None:
    async with a_house() as house:
        worker = await house.call()
        await house.router.plan(a_refer(worker, TO_SAUL))

        plan = await house.plan(
            request("INVITE", "sip:saul@switch.test"),
            source="worker",
            address=f"127.0.0.1:{worker.port}",
        )

        assert (plan.action, plan.user) == ("rep", "saul")


async def test_notifies_follow_when_the_202_is_on_the_wire() -> None:
    async with a_house() as house:
        worker = await house.call()
        await house.router.plan(a_refer(worker, TO_SAUL))
        assert not any(isinstance(message, ReferReplied) for message in worker.told)

        house.referrals.replied(Replied(index=7, label=9))
        house.referrals.replied(Replied(index=7, label=9))
        house.referrals.replied(Replied(index=1, label=1))

        await eventually(lambda: ReferReplied(refer_id="1") in worker.told)
        assert worker.told.count(ReferReplied(refer_id="1")) == 1


async def test_whom_the_dialplan_refuses_is_for_the_final_notify() -> None:
    async with a_house() as house:
        worker = await house.call()

        plan = await house.router.plan(a_refer(worker, "Refer-To: <tel:+12065550111>"))

        assert plan.code == 202
        (refer,) = [message for message in worker.told if isinstance(message, Refer)]
        assert isinstance(refer.target, Refusal)
        assert (refer.target.sip_status, refer.target.user) == (403, "+12065550111")


async def test_a_phone_that_wants_no_notifies_is_told_so() -> None:
    async with a_house() as house:
        worker = await house.call()

        plan = await house.router.plan(a_refer(worker, TO_SAUL, "Refer-Sub: false"))

        assert_replied(plan, 202, "Accepted", "Refer-Sub: false\r\n")


@pytest.mark.parametrize(("code", "reason"), [(403, "Forbidden"), (491, "Request Pending")])
async def test_a_worker_may_refuse_a_refer(code: int, reason: str) -> None:
    def refusing(message: ToWorker) -> Iterable[FromWorker]:
        if isinstance(message, Refer):
            return [ReferAnswered(refer_id=message.refer_id, sip_status=code)]
        return obedient(message)

    async with a_house(script=refusing) as house:
        worker = await house.call()

        plan = await house.router.plan(a_refer(worker, TO_SAUL, "Refer-Sub: false"))

        assert_replied(plan, code, reason)
        house.referrals.replied(Replied(index=7, label=9))
        assert not any(isinstance(message, ReferReplied) for message in worker.told)


@pytest.mark.parametrize(
    ("header", "code", "reason"),
    [
        ("X-Nothing: here", 400, "Bad Request"),
        ("Refer-To: <http://switch.test>", 416, "Unsupported URI Scheme"),
        ("Refer-To: <sip:saul@evil.test>", 403, "Forbidden"),
        ("Refer-To: <sip:saul@switch.test?Replaces=a>", 501, "Not Implemented"),
    ],
)
async def test_a_refer_that_names_nobody_is_not_for_the_worker(
    header: str, code: int, reason: str
) -> None:
    async with a_house() as house:
        worker = await house.call()

        assert_replied(await house.router.plan(a_refer(worker, header)), code, reason)

        assert not any(isinstance(message, Refer) for message in worker.told)


@pytest.mark.parametrize("uri", ["sip:switch@127.0.0.1:1", "sip:switch@127.0.0.1", "tel:+1206"])
async def test_a_refer_to_no_worker_of_ours_is_in_no_dialog(uri: str) -> None:
    async with a_house() as house:
        message = request("REFER", uri, TO_SAUL, body="")

        plan = await house.plan(message, event="refer", source="rep", name="")

        assert_replied(plan, 481, "Call/Transaction Does Not Exist")


async def test_a_refer_to_a_free_worker_is_in_no_dialog() -> None:
    async with a_house() as house:
        await house.hall.pool.until_warm()

        plan = await house.router.plan(a_refer(house.hall.nursery.forked[0], TO_SAUL))

        assert plan.code == 481


async def test_a_worker_that_does_not_answer_a_refer_keeps_its_conversation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(askings, "_WITHIN_S", SOON_S)
    async with a_house() as house:
        monkeypatch.setattr(pools, "_FREE_WITHIN_S", SOON_S)
        worker = await house.call()
        worker.script = silent

        plan = await house.router.plan(a_refer(worker, TO_SAUL))

        assert_replied(plan, 503, "Service Unavailable", "Retry-After: 5\r\n")
        assert Leave() not in worker.told
