"""What becomes of each request the edge asks about."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable

import msgspec
import pytest

from switch.call.target import Refusal, Target
from switch.node import asking as askings
from switch.node import pool as pools
from switch.node.asking import Asking
from switch.node.refused import RefusedCall
from switch.node.router import Router
from switch.wire.edge import Asked, Plan, Replied
from switch.wire.worker import (
    Expect,
    Expecting,
    FromWorker,
    Leave,
    Refer,
    ReferAnswered,
    ReferReplied,
    Resting,
    ToWorker,
)
from tests.dialplan.samples import plan as dialplan
from tests.node.fakes import (
    SDP,
    FakeNursery,
    FakeWorker,
    Hall,
    Script,
    asked,
    eventually,
    obedient,
    request,
    silent,
)

OURS = "sip:+14805550100@switch.test"
TO_SAUL = "Refer-To: <sip:saul@switch.test>"
SOON_S = 0.05


class Node:
    """A router with a real pool of scripted workers."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.refused: list[RefusedCall] = []
        self.asking = Asking()
        self.router = Router(
            dialplan=dialplan(),
            pool=hall.pool,
            domains=frozenset({"switch.test", "127.0.0.1"}),
            codecs=("PCMU", "PCMA"),
            ring_s=60,
            response_s=20,
            refused=self.refused.append,
            asking=self.asking,
        )
        hall.listener = self._heard

    def _heard(self, message: FromWorker) -> None:
        match message:
            case Expecting(conversation_id=question):
                self.asking.answered(question, 200)
            case ReferAnswered(refer_id=question, sip_status=sip_status):
                self.asking.answered(question, sip_status)

    async def plan(self, message: bytes, **changes: object) -> Plan:
        return await self.router.plan(asked(message, **changes))

    async def call(self) -> FakeWorker:
        """Let a customer call alice; returns the worker that got it."""
        plan = await self.plan(request())
        assert plan.action == "worker"
        return self.worker_at(int(plan.uri.rpartition(":")[2]))

    def worker_at(self, port: int) -> FakeWorker:
        return next(one for one in reversed(self.hall.nursery.forked) if one.port == port)


@contextlib.asynccontextmanager
async def a_node(*, script: Script = obedient, most: int = 3) -> AsyncIterator[Node]:
    async with Hall(FakeNursery(script=script), warm=1, most=most) as hall:
        yield Node(hall)


def expectation(worker: FakeWorker) -> Expect:
    (expect,) = [message for message in worker.told if isinstance(message, Expect)]
    return expect


def assert_replied(plan: Plan, code: int, reason: str, headers: str = "") -> None:
    assert plan == Plan(index=7, label=9, action="reply", code=code, reason=reason, headers=headers)


def a_refer(worker: FakeWorker, *headers: str, event: str = "refer") -> Asked:
    message = request(
        "REFER", f"sip:switch@127.0.0.1:{worker.port}", *headers, body="", to_tag=";tag=t1"
    )
    return asked(message, event=event, source="rep", name="")


# ------------------------------------------------------------ new calls


async def test_a_customers_call_goes_to_a_worker_who_knows_all_about_it() -> None:
    async with a_node() as node:
        worker = await node.call()

        expect = expectation(worker)
        assert expect.call_id == "a@192.0.2.9"
        assert expect.dialled == "+14805550100"
        assert expect.target == Target(
            user="alice", kind="rep", rep="alice", number="101", name="Alice Moreno"
        )
        assert (expect.caller.role, expect.caller.number) == ("customer", "+12065550100")
        assert (expect.caller.name, expect.caller.trunk) == ("Kim", "pstn")
        assert expect.presented == expect.caller
        assert (expect.ring_s, expect.response_s) == (60, 20)
        assert node.refused == []


async def test_each_conversation_has_its_own_worker_and_name() -> None:
    async with a_node() as node:
        workers = [await node.call(), await node.call()]

        assert workers[0] is not workers[1]
        names = {expectation(worker).conversation_id for worker in workers}
        assert len(names) == 2


@pytest.mark.parametrize(
    ("sender", "number", "name"),
    [
        ('"Kim" <sip:(206)555-0100@192.0.2.9>', "+12065550100", "Kim"),
        ("sip:2065550100@192.0.2.9", "+12065550100", None),
        ("<sip:kim@192.0.2.9>", "kim", None),
        ('"Anonymous" <sip:anonymous@anonymous.invalid>', None, None),
        ('"Kim" <sip:192.0.2.9>', None, None),
        ("<tel:+1-206-555-0100>", "+12065550100", None),
    ],
)
async def test_a_customer_is_who_the_trunk_says(
    sender: str, number: str | None, name: str | None
) -> None:
    async with a_node() as node:
        plan = await node.plan(request(sender=sender))

        caller = expectation(node.worker_at(int(plan.uri.rpartition(":")[2]))).caller
        assert (caller.number, caller.name) == (number, name)


async def test_a_reps_call_to_outside_shows_the_companys_number() -> None:
    async with a_node() as node:
        message = request("INVITE", "sip:2065550100@switch.test", sender="<sip:alice@switch.test>")

        plan = await node.plan(message, source="rep", name="alice")

        expect = expectation(node.worker_at(int(plan.uri.rpartition(":")[2])))
        assert expect.caller.rep == expect.presented.rep == "alice"
        assert (expect.caller.number, expect.presented.number) == ("101", "+14805550100")
        assert expect.target.trunk == "pstn"


async def test_a_call_without_an_offer_is_taken() -> None:
    async with a_node() as node:
        assert (await node.plan(request(body=""))).action == "worker"


@pytest.mark.parametrize(
    ("uri", "source", "code", "reason"),
    [
        ("sip:nobody@switch.test", "rep", 404, "Not Found"),
        ("sip:alice@switch.test", "rep", 482, "Loop Detected"),
        ("sip:801@switch.test", "rep", 501, "Not Implemented"),
        ("sip:saul@evil.test", "rep", 403, "Forbidden"),
        ("sip:switch.test", "rep", 404, "Not Found"),
        ("sip:alice@switch.test", "trunk", 404, "Not Found"),
        ("sip:+12065550100@switch.test", "trunk", 404, "Not Found"),
    ],
)
async def test_a_call_for_nobody_is_refused_and_recorded(
    uri: str, source: str, code: int, reason: str
) -> None:
    async with a_node() as node:
        name = "alice" if source == "rep" else "pstn"

        plan = await node.plan(request("INVITE", uri), source=source, name=name)

        assert_replied(plan, code, reason)
        (refused,) = node.refused
        assert refused.sip_status == code
        assert (refused.caller.rep or refused.caller.trunk) == name
        assert node.hall.pool.counts["taken"] == 0


async def test_a_rep_or_trunk_who_is_in_no_file_any_more_is_refused() -> None:
    async with a_node() as node:
        for source in ("rep", "trunk"):
            assert_replied(await node.plan(request(), source=source, name="gone"), 403, "Forbidden")


@pytest.mark.parametrize(
    "body",
    [
        SDP.replace("AVP 0", "AVP 18").replace("0 PCMU", "18 G729"),
        "no description",
    ],
)
async def test_a_call_without_a_codec_in_common_is_refused_and_recorded(body: str) -> None:
    async with a_node() as node:
        assert_replied(await node.plan(request(body=body)), 488, "Not Acceptable Here")

        assert [call.sip_status for call in node.refused] == [488]
        assert node.hall.pool.counts["taken"] == 0


async def test_when_all_are_busy_a_caller_is_told_when_to_try_again() -> None:
    async with a_node(most=1) as node:
        await node.call()

        plan = await node.plan(request())

        assert_replied(plan, 503, "Service Unavailable", "Retry-After: 5\r\n")
        assert [call.sip_status for call in node.refused] == [503]


async def test_a_silent_worker_is_let_go_and_the_caller_told_to_try_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(askings, "_WITHIN_S", SOON_S)
    async with a_node(script=silent, most=1) as node:
        node.hall.nursery.script = obedient

        plan = await node.plan(request())

        assert_replied(plan, 503, "Service Unavailable", "Retry-After: 5\r\n")
        assert [call.sip_status for call in node.refused] == [503]
        hung = node.hall.nursery.forked[0]
        await eventually(lambda: hung.told[-1] == Leave())
        await eventually(lambda: node.hall.pool.counts["free"] == 1)
        await node.call()
        assert node.hall.lost == []


async def test_an_answer_that_comes_too_late_answers_nothing() -> None:
    async with a_node() as node:
        await node.call()

        node.asking.answered("somebody else's", 200)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x00\xff",
        b"INVITE sip:alice@switch.test SIP/2.0",
        request(sender="<sip:kim@@192.0.2.9>"),
        request("INVITE", "sip:al ice@switch.test"),
        request("INVITE", "mailto:alice@switch.test"),
    ],
)
async def test_what_cannot_be_read_is_a_bad_request(message: bytes) -> None:
    async with a_node() as node:
        assert_replied(await node.plan(message), 400, "Bad Request")

        assert node.hall.pool.counts["taken"] == 0


async def test_what_is_no_base64_is_a_bad_request() -> None:
    async with a_node() as node:
        torn = msgspec.structs.replace(asked(request()), message="!")

        assert_replied(await node.router.plan(torn), 400, "Bad Request")


# ------------------------------------------------------------ a worker's legs


async def test_a_worker_reaches_the_rep_it_was_told_of() -> None:
    async with a_node() as node:
        worker = await node.call()

        plan = await node.plan(
            request("INVITE", "sip:alice@switch.test"),
            source="worker",
            name="",
            address=f"127.0.0.1:{worker.port}",
        )

        assert plan == Plan(index=7, label=9, action="rep", user="alice")


async def test_a_worker_reaches_the_outside_number_it_was_told_of() -> None:
    async with a_node() as node:
        call = request("INVITE", "sip:2065550100@switch.test")
        allocated = await node.plan(call, source="rep", name="alice")
        port = allocated.uri.rpartition(":")[2]

        plan = await node.plan(
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
    async with a_node() as node:
        worker = await node.call()

        plan = await node.plan(
            request("INVITE", uri), source="worker", address=f"127.0.0.1:{worker.port}"
        )

        assert_replied(plan, 403, "Forbidden")
        assert node.refused == []


async def test_who_is_no_worker_of_ours_reaches_nobody() -> None:
    async with a_node() as node:
        await node.hall.pool.until_warm()
        free = node.hall.nursery.forked[0]

        for address in (f"127.0.0.1:{free.port}", "127.0.0.1:1", "127.0.0.1:x", ""):
            plan = await node.plan(
                request("INVITE", "sip:alice@switch.test"), source="worker", address=address
            )
            assert_replied(plan, 403, "Forbidden")


async def test_what_a_worker_was_told_of_ends_with_its_conversation() -> None:
    async with a_node() as node:
        worker = await node.call()
        worker.says(Resting(conversation_id=expectation(worker).conversation_id))
        await eventually(lambda: node.hall.pool.counts["resting"] == 1)

        plan = await node.plan(
            request("INVITE", "sip:alice@switch.test"),
            source="worker",
            address=f"127.0.0.1:{worker.port}",
        )

        assert_replied(plan, 403, "Forbidden")


# ------------------------------------------------------------ transfers


async def test_a_refer_is_for_the_worker_that_owns_the_dialog() -> None:
    async with a_node() as node:
        worker = await node.call()

        plan = await node.router.plan(a_refer(worker, TO_SAUL))

        assert_replied(plan, 202, "Accepted")
        (refer,) = [message for message in worker.told if isinstance(message, Refer)]
        assert (refer.call_id, refer.from_tag, refer.to_tag) == ("a@192.0.2.9", "f1", "t1")
        assert (refer.cseq, refer.notifies) == (2, True)
        assert isinstance(refer.target, Target)
        assert refer.target.rep == "saul"


async def test_the_target_of_a_refer_can_be_called() -> None:
    async with a_node() as node:
        worker = await node.call()
        await node.router.plan(a_refer(worker, TO_SAUL))

        plan = await node.plan(
            request("INVITE", "sip:saul@switch.test"),
            source="worker",
            address=f"127.0.0.1:{worker.port}",
        )

        assert (plan.action, plan.user) == ("rep", "saul")


async def test_notifies_follow_when_the_202_is_on_the_wire() -> None:
    async with a_node() as node:
        worker = await node.call()
        await node.router.plan(a_refer(worker, TO_SAUL))
        assert not any(isinstance(message, ReferReplied) for message in worker.told)

        node.router.replied(Replied(index=7, label=9))
        node.router.replied(Replied(index=7, label=9))
        node.router.replied(Replied(index=1, label=1))

        await eventually(lambda: ReferReplied(refer_id="1") in worker.told)
        assert worker.told.count(ReferReplied(refer_id="1")) == 1


async def test_whom_the_dialplan_refuses_is_for_the_final_notify() -> None:
    async with a_node() as node:
        worker = await node.call()

        plan = await node.router.plan(a_refer(worker, "Refer-To: <tel:+12065550111>"))

        assert plan.code == 202
        (refer,) = [message for message in worker.told if isinstance(message, Refer)]
        assert isinstance(refer.target, Refusal)
        assert (refer.target.sip_status, refer.target.user) == (403, "+12065550111")


async def test_a_phone_that_wants_no_notifies_is_told_so() -> None:
    async with a_node() as node:
        worker = await node.call()

        plan = await node.router.plan(a_refer(worker, TO_SAUL, "Refer-Sub: false"))

        assert_replied(plan, 202, "Accepted", "Refer-Sub: false\r\n")


@pytest.mark.parametrize(("code", "reason"), [(403, "Forbidden"), (491, "Request Pending")])
async def test_a_worker_may_refuse_a_refer(code: int, reason: str) -> None:
    def refusing(message: ToWorker) -> Iterable[FromWorker]:
        if isinstance(message, Refer):
            return [ReferAnswered(refer_id=message.refer_id, sip_status=code)]
        return obedient(message)

    async with a_node(script=refusing) as node:
        worker = await node.call()

        plan = await node.router.plan(a_refer(worker, TO_SAUL, "Refer-Sub: false"))

        assert_replied(plan, code, reason)
        node.router.replied(Replied(index=7, label=9))
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
    async with a_node() as node:
        worker = await node.call()

        assert_replied(await node.router.plan(a_refer(worker, header)), code, reason)

        assert not any(isinstance(message, Refer) for message in worker.told)


@pytest.mark.parametrize("uri", ["sip:switch@127.0.0.1:1", "sip:switch@127.0.0.1", "tel:+1206"])
async def test_a_refer_to_no_worker_of_ours_is_in_no_dialog(uri: str) -> None:
    async with a_node() as node:
        message = request("REFER", uri, TO_SAUL, body="")

        plan = await node.plan(message, event="refer", source="rep", name="")

        assert_replied(plan, 481, "Call/Transaction Does Not Exist")


async def test_a_refer_to_a_free_worker_is_in_no_dialog() -> None:
    async with a_node() as node:
        await node.hall.pool.until_warm()

        plan = await node.router.plan(a_refer(node.hall.nursery.forked[0], TO_SAUL))

        assert plan.code == 481


async def test_a_worker_that_does_not_answer_a_refer_keeps_its_conversation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(askings, "_WITHIN_S", SOON_S)
    async with a_node() as node:
        monkeypatch.setattr(pools, "_FREE_WITHIN_S", SOON_S)
        worker = await node.call()
        worker.script = silent

        plan = await node.router.plan(a_refer(worker, TO_SAUL))

        assert_replied(plan, 503, "Service Unavailable", "Retry-After: 5\r\n")
        assert Leave() not in worker.told
