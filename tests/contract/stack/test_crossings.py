"""Messages that cross on their way: whichever is read first, each dialog ends exactly once.

Where a test lets chance decide which of two comes first, it is played a few times and must end
the same whatever came of it.
"""

from __future__ import annotations

import asyncio

import pytest

from tests.contract.edge.ua import Message, as_callee, as_caller
from tests.contract.stack.partner import A_MOMENT_S, OURS, THEIRS, Partner, Phone, description
from tests.contract.stack.test_in_dialog import Talk, talk
from tests.contract.stack.test_offered import answered, offered
from tests.contract.stack.test_placed import placed
from tests.run.processes import until

pytestmark = pytest.mark.contract

__all__ = ["talk"]

TIMES = 10


def count(stack: Partner, kind: str, leg_id: str) -> int:
    return sum(fact["fact"] == kind and fact["leg_id"] == leg_id for fact in stack.facts)


async def answer_until_over(stack: Partner, phone: Phone, invite: Message, ok: Message) -> None:
    """Answer whatever the stack sends about a leg until it has ended, and see that it ends once."""

    def is_over() -> bool:
        for message in [one for one in phone.inbox if one.is_request]:
            phone.inbox.remove(message)
            if message.method in {"BYE", "CANCEL"}:
                phone.answer(message, 200, "OK")
            if message.method == "BYE":
                assert message.get("To") == ok.get("To")
                byes.append(message.get("CSeq"))
            acks.append(message.method == "ACK")
        return count(stack, "Disconnected", "callee") > 0 and bool(byes) and any(acks)

    byes: list[str] = []
    acks: list[bool] = []
    await until(is_over)
    await asyncio.sleep(A_MOMENT_S)
    is_over()
    assert len(set(byes)) == 1, "one BYE, however often it was sent"
    assert count(stack, "Disconnected", "callee") == 1
    assert count(stack, "Answered", "callee") <= 1
    assert await stack.do("dialogs") == 0
    stack.facts.clear()
    del invite


@pytest.mark.parametrize("rings", [False, True], ids=["nothing said", "rings"])
@pytest.mark.parametrize("first", ["the end of the response time", "the answer"])
async def test_an_answer_in_the_moment_the_response_time_ends(
    stack: Partner, phone: Phone, first: str, *, rings: bool
) -> None:
    for _ in range(TIMES):
        invite = await placed(stack, phone)
        if rings:
            phone.answer(invite, 180, "Ringing", tag="t")
            await stack.fact("Provisional")
        if first == "the answer":
            ok = phone.answer(invite, 200, "OK", tag="t", body=THEIRS)
            await stack.do("hang_up", "callee")
        else:
            hung_up = asyncio.ensure_future(stack.do("hang_up", "callee"))
            await asyncio.sleep(0)
            ok = phone.answer(invite, 200, "OK", tag="t", body=THEIRS)
            await hung_up

        await answer_until_over(stack, phone, invite, ok)


async def test_a_refusal_in_the_moment_the_response_time_ends(stack: Partner, phone: Phone) -> None:
    for _ in range(TIMES):
        invite = await placed(stack, phone)
        phone.answer(invite, 180, "Ringing", tag="t")
        await stack.fact("Provisional")

        phone.answer(invite, 486, "Busy Here", tag="t")
        await stack.do("hang_up", "callee")

        await phone.request("ACK")
        await stack.fact("Disconnected")
        await asyncio.sleep(A_MOMENT_S)
        assert count(stack, "Disconnected", "callee") == 0
        assert not [one for one in phone.inbox if one.is_request and one.method == "BYE"]
        assert await stack.do("dialogs") == 0
        phone.inbox.clear()


async def test_a_customers_bye_crosses_the_targets_answer(stack: Partner, phone: Phone) -> None:
    for _ in range(TIMES):
        customer = await answered(stack, phone)
        invite = await placed(stack, phone)
        phone.answer(invite, 180, "Ringing", tag="t")
        await stack.fact("Provisional")

        phone.within(customer, "BYE")
        ok = phone.answer(invite, 200, "OK", tag="t", body=THEIRS)
        # The conversation stops the target when it hears that the customer has gone.
        await stack.fact("Disconnected", leg_id="caller", by_party=True)
        await stack.do("hang_up", "callee")

        assert (await phone.final("BYE")).status == 200
        await answer_until_over(stack, phone, invite, ok)


async def test_a_target_answers_and_hangs_up_at_once(stack: Partner, phone: Phone) -> None:
    for _ in range(TIMES):
        invite = await placed(stack, phone)
        dialog = as_callee(invite, phone.answer(invite, 200, "OK", tag="t", body=THEIRS))
        dialog.cseq = 100
        phone.within(dialog, "BYE")

        assert (await phone.final("BYE")).status == 200
        await phone.request("ACK")
        await stack.fact("Disconnected", by_party=True)
        kinds = [fact["fact"] for fact in stack.facts]
        assert kinds in (["Answered"], []), "what it was before it ended"
        assert await stack.do("dialogs") == 0
        stack.facts.clear()


async def test_a_callers_cancel_crosses_our_answer(stack: Partner, phone: Phone) -> None:
    """RFC 3261 §9.2: after a final response a CANCEL changes nothing."""
    for _ in range(TIMES):
        await offered(stack, phone)
        phone.cancel_last()
        answer = asyncio.ensure_future(stack.do("answer", "caller", sip_status=200, sdp=OURS))
        await asyncio.wait([answer])
        refused = answer.exception() is not None
        final = await phone.final("INVITE")
        assert final.status == (487 if refused else 200)
        if final.status == 200:
            dialog = as_caller(final)
            phone.ack(dialog)
            phone.within(dialog, "BYE")
        await stack.fact("Disconnected", leg_id="caller")
        await asyncio.sleep(A_MOMENT_S)
        assert count(stack, "Disconnected", "caller") == 0
        assert await stack.do("dialogs") == 0
        phone.inbox.clear()
        stack.facts.clear()


async def test_a_transferors_bye_crosses_the_final_notify(talk: Talk) -> None:
    said = {"refer_id": "r1", "event_id": 1, "sipfrag": "SIP/2.0 200 OK\r\n", "expires_s": None}
    told = asyncio.ensure_future(talk.stack.do("notify", "callee", **said))
    await asyncio.sleep(0)

    talk.phone.within(talk.dialog, "BYE")
    await asyncio.wait([told])

    assert (await talk.phone.final("BYE")).status == 200
    await talk.stack.fact("Disconnected", by_party=True)
    for notify in [one for one in talk.phone.inbox if one.is_request and one.method == "NOTIFY"]:
        talk.phone.answer(notify, 481)
    await asyncio.sleep(A_MOMENT_S)
    assert count(talk.stack, "Disconnected", "callee") == 0
    assert await talk.stack.do("dialogs") == 0
    # Nobody waits for its answer any more, and nobody hangs up on one who has gone.
    assert await talk.phone.nothing("BYE")


async def test_a_reinvite_that_waits_is_refused_when_we_hang_up(talk: Talk) -> None:
    talk.reinvite(description(40000, direction="sendonly"))
    await talk.stack.fact("Reinvited")

    await talk.stack.do("hang_up", "callee")

    assert (await talk.phone.final("INVITE")).status == 487
    await talk.phone.ok(await talk.phone.request("BYE"))
    await talk.stack.fact("Disconnected", by_party=False)
    assert await talk.stack.do("dialogs") == 0


async def test_a_reinvite_crosses_our_bye(talk: Talk) -> None:
    hung_up = asyncio.ensure_future(talk.stack.do("hang_up", "callee"))
    await asyncio.sleep(0)

    talk.reinvite(description(40000, direction="sendonly"))
    await hung_up
    await talk.phone.ok(await talk.phone.request("BYE"))

    assert (await talk.phone.final("INVITE")).status in {481, 487, 488}
    await talk.stack.fact("Disconnected")
    await asyncio.sleep(A_MOMENT_S)
    assert await talk.stack.do("dialogs") == 0


async def test_a_bye_crosses_our_reinvite(talk: Talk) -> None:
    sent = asyncio.ensure_future(talk.stack.do("reinvite", "callee", sdp=description(31200)))
    await asyncio.sleep(0)

    talk.phone.within(talk.dialog, "BYE")
    await asyncio.wait([sent])

    assert (await talk.phone.final("BYE")).status == 200
    for invite in [one for one in talk.phone.inbox if one.is_request and one.method == "INVITE"]:
        talk.phone.answer(invite, 481)
    await talk.stack.fact("Disconnected", by_party=True)
    await asyncio.sleep(A_MOMENT_S)
    assert count(talk.stack, "Disconnected", "callee") == 0
    assert await talk.phone.nothing("BYE")
    assert await talk.stack.do("dialogs") == 0
