"""What becomes of a new call: a worker who knows all about it, or a refusal that is recorded."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from switch.call.target import Target
from switch.node import asking as askings
from switch.node.pooled import Memory
from switch.wire.worker import Leave
from tests.dialplan.samples import plan as dialplan
from tests.node.fakes import SDP, FakeWorker, asked, eventually, obedient, request, silent
from tests.node.house import House, a_house, assert_replied, expectation

SOON_S = 0.05


async def test_a_customers_call_goes_to_a_worker_who_knows_all_about_it() -> None:
    async with a_house() as house:
        worker = await house.call()

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
        assert house.refused == []


async def test_each_conversation_has_its_own_worker_and_name() -> None:
    async with a_house() as house:
        workers = [await house.call(), await house.call()]

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
    async with a_house() as house:
        plan = await house.plan(request(sender=sender))

        caller = expectation(house.worker_at(int(plan.uri.rpartition(":")[2]))).caller
        assert (caller.number, caller.name) == (number, name)


async def test_a_reps_call_to_outside_shows_the_companys_number() -> None:
    async with a_house() as house:
        message = request("INVITE", "sip:2065550100@switch.test", sender="<sip:alice@switch.test>")

        plan = await house.plan(message, source="rep", name="alice")

        expect = expectation(house.worker_at(int(plan.uri.rpartition(":")[2])))
        assert expect.caller.rep == expect.presented.rep == "alice"
        assert (expect.caller.number, expect.presented.number) == ("101", "+14805550100")
        assert expect.target.trunk == "pstn"


async def test_a_call_without_an_offer_is_taken() -> None:
    async with a_house() as house:
        assert (await house.plan(request(body=""))).action == "worker"


@pytest.mark.parametrize(
    ("uri", "source", "code", "reason"),
    [
        ("sip:nobody@switch.test", "rep", 404, "Not Found"),
        ("sip:alice@switch.test", "rep", 482, "Loop Detected"),
        ("sip:+442071838750@switch.test", "rep", 403, "Forbidden"),
        ("sip:saul@evil.test", "rep", 403, "Forbidden"),
        ("sip:switch.test", "rep", 404, "Not Found"),
        ("sip:alice@switch.test", "trunk", 404, "Not Found"),
        ("sip:+12065550100@switch.test", "trunk", 404, "Not Found"),
    ],
)
async def test_a_call_for_nobody_is_refused_and_recorded(
    uri: str, source: str, code: int, reason: str
) -> None:
    async with a_house() as house:
        name = "alice" if source == "rep" else "pstn"

        plan = await house.plan(request("INVITE", uri), source=source, name=name)

        assert_replied(plan, code, reason)
        (refused,) = house.refused
        assert refused.sip_status == code
        assert (refused.caller.rep or refused.caller.trunk) == name
        assert house.hall.pool.counts["taken"] == 0


async def test_a_rep_or_trunk_who_is_in_no_file_any_more_is_refused() -> None:
    async with a_house() as house:
        for source in ("rep", "trunk"):
            assert_replied(
                await house.plan(request(), source=source, name="gone"), 403, "Forbidden"
            )


@pytest.mark.parametrize(
    "body",
    [
        SDP.replace("AVP 0", "AVP 18").replace("0 PCMU", "18 G729"),
        "no description",
    ],
)
async def test_a_call_without_a_codec_in_common_is_refused_and_recorded(body: str) -> None:
    async with a_house() as house:
        assert_replied(await house.plan(request(body=body)), 488, "Not Acceptable Here")

        assert [call.sip_status for call in house.refused] == [488]
        assert house.hall.pool.counts["taken"] == 0


G729 = SDP.replace("AVP 0", "AVP 18").replace("0 PCMU", "18 G729")


async def test_with_transcoding_a_call_may_come_with_any_codec_that_can_be_turned() -> None:
    async with a_house(transcode=True) as house:
        assert (await house.plan(request(body=G729))).action == "worker"
        no_video = SDP.replace("m=audio", "m=video")
        assert_replied(await house.plan(request(body=no_video)), 488, "Not Acceptable Here")


async def test_a_trunk_with_a_list_of_its_own_keeps_to_it() -> None:
    plan = dialplan()
    trunks = tuple(replace(trunk, codecs=("PCMA",)) for trunk in plan.trunks)
    async with a_house(replace(plan, trunks=trunks), transcode=True) as house:
        assert_replied(await house.plan(request(body=G729)), 488, "Not Acceptable Here")


async def test_when_all_are_busy_a_caller_is_told_when_to_try_again() -> None:
    async with a_house(most=1) as house:
        await house.call()

        plan = await house.plan(request())

        assert_replied(plan, 503, "Service Unavailable", "Retry-After: 5\r\n")
        assert [call.sip_status for call in house.refused] == [503]


async def test_a_silent_worker_is_let_go_and_the_caller_told_to_try_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(askings, "_WITHIN_S", SOON_S)
    async with a_house(script=silent, most=1) as house:
        house.hall.nursery.script = obedient

        plan = await house.plan(request())

        assert_replied(plan, 503, "Service Unavailable", "Retry-After: 5\r\n")
        assert [call.sip_status for call in house.refused] == [503]
        hung = house.hall.nursery.forked[0]
        await eventually(lambda: hung.told[-1] == Leave())
        await eventually(lambda: house.hall.pool.counts["free"] == 1)
        await house.call()
        assert house.hall.lost == []


async def test_an_answer_that_comes_too_late_answers_nothing() -> None:
    async with a_house() as house:
        await house.call()

        house.asking.answered("somebody else's", 200)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x00\xff",
        b"INVITE sip:alice@switch.test SIP/2.0",
        request(sender="<sip:kim@@192.0.2.9>"),
        request("INVITE", "sip:al ice@switch.test"),
        request("INVITE", "mailto:alice@switch.test"),
        request("INVITE", "sip:+14805550100@switch.test", "Diversion: <sip:+14805550100"),
    ],
)
async def test_what_cannot_be_read_is_a_bad_request(message: bytes) -> None:
    async with a_house() as house:
        assert_replied(await house.plan(message), 400, "Bad Request")

        assert house.hall.pool.counts["taken"] == 0


async def test_what_is_no_base64_is_a_bad_request() -> None:
    async with a_house() as house:
        torn = msgspec.structs.replace(asked(request()), message="!")

        assert_replied(await house.router.plan(torn), 400, "Bad Request")


# ------------------------------------------------------------ territories and outside numbers


async def test_a_call_to_a_territory_has_all_its_members_for_whoever_answers() -> None:
    async with a_house() as house:
        worker = await house.call(uri="sip:+12065550180@switch.test")

        target = expectation(worker).target
        assert (target.kind, target.user, target.territory) == ("territory", "seattle", "seattle")
        assert [member.rep for member in target.members] == ["saul"]


async def test_a_rep_who_may_not_call_a_number_is_refused_recorded_and_reported_once() -> None:
    async with a_house() as house:
        message = request("INVITE", "sip:011442071838750@switch.test")

        plan = await house.plan(message, source="rep", name="alice")

        assert_replied(plan, 403, "Forbidden")
        ((rep, denied),) = house.denied
        assert (rep, denied.limit, denied.number) == ("alice", "international", "+442071838750")
        assert [(call.sip_status, call.direction) for call in house.refused] == [(403, "outbound")]


@pytest.mark.parametrize(
    "header",
    [
        "Diversion: <sip:+14805550100@switch.test>;reason=deflection;counter=1",
        "Diversion: <tel:+1-480-555-0100>;reason=unconditional",
        "Diversion: <sip:x@y>;reason=no-answer, <sip:4805550100@y>;reason=no-answer",
        "History-Info: <sip:+14805550100@switch.test>;index=1, <sip:1@y>;index=1.1;mp=1",
        'Diversion: "a, b" <sip:+14805550100@y>;reason=no-answer',
    ],
)
async def test_a_number_that_comes_back_to_us_is_a_loop(header: str) -> None:
    async with a_house() as house:
        plan = await house.plan(request("INVITE", "sip:+14805550100@switch.test", header))

        assert_replied(plan, 482, "Loop Detected")
        assert [call.sip_status for call in house.refused] == [482]
        assert house.hall.pool.counts["taken"] == 0


@pytest.mark.parametrize(
    "header",
    [
        "Diversion: <sip:+12065550180@switch.test>;reason=deflection",
        "Diversion: ,,",
        "History-Info: <http://switch.test>;index=1",
        "Diversion: <sip:switch.test>",
    ],
)
async def test_who_was_somewhere_else_before_is_no_loop(header: str) -> None:
    async with a_house() as house:
        await house.call(header)


# ------------------------------------------------------------ what is remembered of a call


def memory_of(house: House, worker: FakeWorker) -> Memory:
    pooled = house.hall.pool.at(worker.port)
    assert pooled is not None
    assert pooled.memory is not None
    return pooled.memory


@pytest.mark.parametrize(
    ("headers", "is_private"),
    [
        ([], False),
        (["Privacy: none"], False),
        (["Privacy: critical"], False),
        (["Privacy: id"], True),
        (["Privacy: ID; critical"], True),
        (["Privacy: header;user"], True),
        (["Privacy: none", "Privacy: user"], True),
    ],
)
async def test_who_asks_for_privacy_is_remembered(headers: list[str], is_private: bool) -> None:
    async with a_house() as house:
        worker = await house.call(*headers)

        assert memory_of(house, worker).private is is_private


async def test_who_shows_no_number_wants_privacy() -> None:
    async with a_house() as house:
        plan = await house.plan(request(sender="<sip:anonymous@anonymous.invalid>"))

        worker = house.worker_at(int(plan.uri.rpartition(":")[2]))
        assert memory_of(house, worker).private


async def test_a_private_rep_shows_no_number_outside() -> None:
    async with a_house() as house:
        shown = expectation(await house.call_by("alice", "2065550111"))
        hidden = expectation(await house.call_by("alice", "2065550111", "Privacy: id"))

        assert shown.target.shown == shown.presented.number == "+14805550100"
        assert hidden.target.shown is hidden.presented.number is None


@pytest.mark.parametrize(
    ("headers", "hops"),
    [
        ([], 70),
        (["Max-Forwards: 12"], 12),
        (["Max-Forwards: 0"], 0),
        (["Max-Forwards: 999"], 255),
        (["Max-Forwards: " + "9" * 5000], 70),
        (["Max-Forwards: -1"], 70),
        (["Max-Forwards: many"], 70),
        (["Max-Forwards: \u00b2"], 70),
        (["Max-Forwards: many", "Max-Forwards: 3"], 3),
    ],
)
async def test_how_many_hops_are_left_is_remembered(headers: list[str], hops: int) -> None:
    async with a_house() as house:
        assert memory_of(house, await house.call(*headers)).max_forwards == hops


async def test_a_rep_owns_the_dialog_that_he_opened_and_a_customer_does_not() -> None:
    async with a_house() as house:
        by_alice = await house.call_by("alice", "saul")
        by_customer = await house.call()

        assert memory_of(house, by_alice).owners == {"a@192.0.2.9": "alice"}
        assert memory_of(house, by_customer).owners == {}
        assert memory_of(house, by_customer).dialled == "+14805550100"
