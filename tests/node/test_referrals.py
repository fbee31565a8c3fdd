"""What becomes of a REFER: the dialplan finds the target, the worker says whether it will."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import pytest

from dialplan import OwnToll
from switch.call.target import Refusal, Target
from switch.node import asking as askings
from switch.node import pool as pools
from switch.wire.edge import Branch, Replied, encode_call_id
from switch.wire.worker import FromWorker, Leave, Refer, ReferAnswered, ReferReplied, ToWorker
from tests.dialplan.samples import ALICE, SAUL
from tests.dialplan.samples import plan as dialplan
from tests.node.fakes import eventually, obedient, request, silent
from tests.node.house import WORKERS_CALL, a_house, a_refer, assert_replied, refers_of

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


async def test_a_refer_to_a_dead_worker_is_refused_and_ends_no_call() -> None:
    async with a_house() as house:
        worker = await house.call()
        house.orphaned.add(worker.port)

        plan = await house.router.plan(a_refer(worker, TO_SAUL))

        assert_replied(plan, 500, "Server Internal Error")
        assert refers_of(worker) == []


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


@pytest.mark.parametrize(
    ("refer_to", "user", "sip_status"),
    [
        ("<tel:+442071838750>", "+442071838750", 403),
        ("<sip:nobody@switch.test>", "nobody", 404),
    ],
)
async def test_whom_the_dialplan_refuses_is_for_the_final_notify(
    refer_to: str, user: str, sip_status: int
) -> None:
    async with a_house() as house:
        worker = await house.call()
        await house.place(worker, "alice")

        plan = await house.router.plan(
            a_refer(worker, f"Refer-To: {refer_to}", call_id=WORKERS_CALL)
        )

        assert_replied(plan, 202, "Accepted")
        (refer,) = refers_of(worker)
        assert isinstance(refer.target, Refusal)
        assert (refer.target.sip_status, refer.target.user) == (sip_status, user)
        plan = await house.place(worker, user)
        assert_replied(plan, 403, "Forbidden")


async def test_what_the_toll_policy_denies_is_reported_once_with_who_wanted_it() -> None:
    async with a_house() as house:
        worker = await house.call()
        await house.place(worker, "alice")
        denied = "Refer-To: <tel:+442071838750>"

        await house.router.plan(a_refer(worker, denied, call_id=WORKERS_CALL))
        await house.router.plan(a_refer(worker, denied))

        assert [rep for rep, _denied in house.denied] == ["alice", "nobody"]
        assert house.denied[0][1].limit == "international"


@pytest.mark.parametrize(("transferor", "kind"), [("alice", "outside"), ("saul", None)])
async def test_the_policy_is_that_of_whose_dialog_the_refer_came_in(
    transferor: str, kind: str | None
) -> None:
    calls_britain = dataclasses.replace(ALICE, toll=OwnToll(allow=("+44",)))
    plan = dataclasses.replace(dialplan(), reps=(calls_britain, SAUL))
    async with a_house(plan) as house:
        worker = await house.call_by(transferor, "alice" if transferor == "saul" else "saul")

        await house.router.plan(a_refer(worker, "Refer-To: <tel:+442071838750>"))

        (refer,) = refers_of(worker)
        assert getattr(refer.target, "kind", None) == kind
        assert [rep for rep, _denied in house.denied] == ([] if kind else ["saul"])


async def test_whoever_answered_for_a_territory_is_the_transferor() -> None:
    async with a_house() as house:
        house.register("saul")
        worker = await house.call(uri="sip:+12065550180@switch.test")
        await house.place(worker, "seattle")
        house.hunts.branch(Branch(call_id=encode_call_id(WORKERS_CALL), rep="saul", code=200))

        await house.router.plan(
            a_refer(worker, "Refer-To: <sip:saul@switch.test>", call_id=WORKERS_CALL)
        )

        (refer,) = refers_of(worker)
        assert isinstance(refer.target, Refusal)
        assert refer.target.sip_status == 482


async def test_a_territory_can_be_the_target() -> None:
    async with a_house() as house:
        worker = await house.call()

        for user in ("seattle", "801", "+12065550180"):
            await house.router.plan(a_refer(worker, f"Refer-To: <sip:{user}@switch.test>"))

        targets = [refer.target for refer in refers_of(worker)]
        assert all(isinstance(target, Target) for target in targets)
        assert {target.user for target in targets} == {"seattle"}


@pytest.mark.parametrize(("headers", "shown"), [([], "+14805550100"), (["Privacy: id"], None)])
async def test_the_target_outside_sees_what_the_policy_says(
    headers: list[str], shown: str | None
) -> None:
    async with a_house() as house:
        worker = await house.call(*headers)
        await house.place(worker, "alice")

        await house.router.plan(
            a_refer(worker, "Refer-To: <sip:(206)555-0111@switch.test>", call_id=WORKERS_CALL)
        )

        (refer,) = refers_of(worker)
        assert isinstance(refer.target, Target)
        assert (refer.target.user, refer.target.shown) == ("+12065550111", shown)


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
