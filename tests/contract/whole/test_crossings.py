"""What crosses on its way through a whole switch: each call has one outcome, whatever came first.

Which of two comes first is left to chance where it is a matter of a millisecond: so each is played
often, at other distances, and whatever came of it must be the same for everybody in the call, and
in its thread.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from switch.threads.view import ThreadView
from tests.contract.cli.phone import PATIENCE_S, Call, Phone
from tests.contract.edge.ua import DOMAIN, Message, as_caller
from tests.contract.media.phones import sdp_of
from tests.contract.whole.hall import Hall, Talk, hall, is_final, shown

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]

RESPONSE_S = 1.0
AT_ONCE = 8
TIMES = 10
STEP_S = 0.001


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def patient(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hall]:
    """A switch on which nothing ends by itself."""
    async with hall(tmp_path_factory.mktemp("patient")) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def brief(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hall]:
    """A switch on which a target must answer within a second."""
    async with hall(tmp_path_factory.mktemp("brief"), response_s=RESPONSE_S) as made:
        yield made


async def in_turns(
    played: Hall,
    apart_ms: list[float],
    play: Callable[[Talk, Call, float], Coroutine[Any, Any, ThreadView]],
) -> list[ThreadView]:
    """Let alice transfer customers to saul, some at once, and play each; returns their threads."""
    threads = []
    for first in range(0, len(apart_ms), AT_ONCE):
        some = apart_ms[first : first + AT_ONCE]
        talks = {talk.number: talk for talk in [await played.talk() for _ in some]}
        plays: list[asyncio.Task[ThreadView]] = []
        for talk, each_ms in zip(talks.values(), some, strict=True):
            talk.refer("102")
            call = await played.phones["saul"].rung()
            assert shown(call) == talk.number
            plays.append(asyncio.create_task(play(talk, call, each_ms / 1000)))
        threads += await asyncio.gather(*plays)
    return threads


def came_to(call: Call, method: str) -> bool:
    """Whether such a request has come in a call."""
    return bool(call.came(method))


def outcomes(threads: list[ThreadView]) -> Counter[str]:
    """Count what became of the only transfer of each."""
    found: Counter[str] = Counter()
    for thread in threads:
        assert [leg.leg_id for leg in thread.legs if leg.ended_at is None] == []
        (transfer,) = thread.transfers
        found[transfer.outcome] += 1
    return found


async def talks_and_hangs_up(played: Hall, talk: Talk, with_whom: Call) -> ThreadView:
    """Let the customer hang up on whom he talks with; returns the thread."""
    assert not talk.customer.over.is_set()
    assert not with_whom.over.is_set()
    await talk.customer.hang_up()
    await with_whom.until_over()
    return await played.thread(talk)


async def test_an_answer_in_the_ms_in_which_the_response_time_ends(
    brief: Hall, capsys: pytest.CaptureFixture[str]
) -> None:
    crossed = 0
    aim_s = RESPONSE_S

    async def play(talk: Talk, saul: Call, apart_s: float) -> ThreadView:
        nonlocal crossed, aim_s
        await asyncio.sleep(aim_s + apart_s)
        if not saul.over.is_set():
            saul.answer()
        told = await talk.told()
        assert told in {200, 408}
        # The next answers are later, or sooner: so they come about when the time is over, however
        # long INVITE and CANCEL are on their way.
        aim_s += STEP_S if told == 200 else -STEP_S
        if told == 200:
            await talk.alice.until_over()
            await saul.until(lambda: bool(saul.came("ACK")))
            thread = await talks_and_hangs_up(brief, talk, saul)
        else:
            crossed += saul.answered.is_set()
            await saul.until_over()
            thread = await talks_and_hangs_up(brief, talk, talk.alice)
        assert thread.transfers[0].outcome == {200: "answered", 408: "no_answer"}[told]
        return thread

    threads = await in_turns(brief, [0.25 * (step % 9 - 4) for step in range(64)], play)

    found = outcomes(threads)
    with capsys.disabled():
        print(f"\nanswers as the response time ends: {dict(found)}, {crossed} crossed")  # noqa: T201
    assert found.total() == len(threads)
    assert {leg.end_reason for thread in threads for leg in thread.legs} <= {
        "completed",
        "transferred",
    }


async def test_a_customers_bye_crosses_the_targets_answer(
    patient: Hall, capsys: pytest.CaptureFixture[str]
) -> None:
    async def play(talk: Talk, saul: Call, after_s: float) -> ThreadView:
        """Let the customer hang up so long after saul's answer, or before it."""
        if after_s < 0:
            hanging_up = asyncio.create_task(talk.customer.hang_up())
            await asyncio.sleep(-after_s)
            if not saul.over.is_set():
                saul.answer()
        else:
            saul.answer()
            await asyncio.sleep(after_s)
            hanging_up = asyncio.create_task(talk.customer.hang_up())
        told = await talk.told()
        await hanging_up
        await saul.until_over()
        await talk.alice.until_over()
        thread = await patient.thread(talk)
        (transfer,) = thread.transfers
        assert (told, transfer.outcome, thread.legs[0].end_reason) in {
            (200, "answered", "completed"),
            (487, "abandoned", "abandoned"),
        }
        assert not talk.customer.over.is_set(), "nobody hangs up on who has hung up"
        return thread

    threads = await in_turns(patient, [-5 + 0.25 * step for step in range(40)], play)

    found = outcomes(threads)
    with capsys.disabled():
        print(f"\nanswers as the customer hangs up: {dict(found)}")  # noqa: T201
    assert found.total() == len(threads)


async def final_notify(talk: Talk) -> Message:
    """Answer alice's NOTIFYs but the last, which is returned."""
    phone = talk.alice.phone
    while True:
        notify = await phone.ua.request("NOTIFY", PATIENCE_S)
        if is_final(notify):
            return notify
        phone.ua.answer(notify, 200, "OK")


@contextlib.contextmanager
def answering_notifies(phone: Phone) -> Iterator[None]:
    phone.by_hand.add("NOTIFY")
    try:
        yield
    finally:
        phone.by_hand.clear()


async def hangs_up_at(talk: Talk, when: str) -> None:
    """Let alice hang up about the final NOTIFY, as phones do who hang up as a matter of course."""
    ua, dialog = talk.alice.phone.ua, talk.alice.dialog
    assert dialog is not None
    notify = await final_notify(talk)
    if when == "after":
        ua.answer(notify, 200, "OK")
    ua.within(dialog, "BYE")
    if when == "before":
        ua.answer(notify, 200, "OK")
    bye = await ua.final("BYE", dialog.call_id, timeout_s=PATIENCE_S)
    assert bye.status in {200, 481}  # 481: ours was there first


@pytest.mark.parametrize("when", ["before", "after", "instead"])
async def test_a_transferors_bye_crosses_the_notify_of_success(patient: Hall, when: str) -> None:
    for _ in range(TIMES):
        talk = await patient.talk()
        with answering_notifies(talk.alice.phone):
            talk.refer("102")
            saul = await patient.phones["saul"].rung()
            saul.answer()
            await hangs_up_at(talk, when)

        thread = await talks_and_hangs_up(patient, talk, saul)

        assert [one.outcome for one in thread.transfers] == ["answered"]
        assert thread.recalls == ()
        assert [leg.end_reason for leg in thread.legs] == ["completed", "transferred", "completed"]
        assert not patient.phones["alice"].is_rung


@pytest.mark.parametrize("when", ["before", "after", "instead"])
async def test_a_transferors_bye_crosses_the_notify_of_failure(patient: Hall, when: str) -> None:
    """It is his phone's doing, not his: he is called back."""
    for _ in range(TIMES):
        talk = await patient.talk()
        with answering_notifies(talk.alice.phone):
            talk.refer("102")
            (await patient.phones["saul"].rung()).decline()
            await hangs_up_at(talk, when)

        back = await patient.phones["alice"].rung()
        assert back.display_name == f"saul declined: {talk.number}"
        back.answer()
        await back.until(partial(came_to, back, "ACK"))
        thread = await talks_and_hangs_up(patient, talk, back)

        assert [one.outcome for one in thread.transfers] == ["declined"]
        assert [one.outcome for one in thread.recalls] == ["resumed"]
        assert [leg.end_reason for leg in thread.legs] == ["completed", "transferred", "completed"]


@pytest.mark.parametrize("how", ["at once", "after the ACK"])
@pytest.mark.parametrize("stays", [True, False], ids=["alice stays", "alice has left"])
async def test_a_target_answers_and_hangs_up_at_once(
    patient: Hall, how: str, *, stays: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    threads = []
    for _ in range(TIMES):
        talk = await patient.talk()
        talk.refer("102")
        saul = await patient.phones["saul"].rung()
        if not stays:
            await talk.alice.hang_up()
        saul.answer()
        if how == "after the ACK":
            await saul.until(partial(came_to, saul, "ACK"))
        await saul.hang_up()

        await talk.customer.until_over()
        if stays:
            assert await talk.told() == 200
            await talk.alice.until_over()
        thread = await patient.thread(talk)

        assert [leg.end_reason for leg in thread.legs] == ["completed", "transferred", "completed"]
        assert not patient.phones["alice"].is_rung
        threads.append(thread)
    found = outcomes(threads)
    with capsys.disabled():
        print(f"\nanswers and hangs up {how}: {dict(found)}")  # noqa: T201
    assert set(found) == {"answered"}


async def test_a_transferors_hold_crosses_our_reinvite(patient: Hall) -> None:
    """RFC 3261 §14: who is answered 491 asks again after a while, and each is answered once.

    alice calls saul, who transfers her to bob; he speaks less, so she is told by a re-INVITE. In
    that moment she puts him on hold, to transfer him on.
    """
    alice, saul, bob = (patient.phones[name] for name in ("alice", "saul", "bob"))
    ua = alice.ua
    uri, both = f"sip:saul@{DOMAIN}", sdp_of(40000, codecs="0 8")
    await ua.invite_as("alice", "secret-alice", uri, body=both)
    first = await saul.rung()
    first.answer(both)
    answered = await ua.final("INVITE", timeout_s=PATIENCE_S)
    assert answered.status == 200
    dialog = as_caller(answered)
    ua.ack(dialog)
    await first.until(lambda: bool(first.came("ACK")))
    alice.by_hand |= {"INVITE", "BYE"}
    assert first.dialog is not None
    saul.ua.within(first.dialog, "REFER", extra=[("Refer-To", f"<sip:103@{DOMAIN}>")])
    seconds = await bob.rung()
    seconds.answer(sdp_of(40002, codecs="8"))
    ours = await ua.request("INVITE", PATIENCE_S)

    async def holds() -> int:
        body = sdp_of(40000, codecs="0 8", direction="sendonly", version=2)
        ua.within(dialog, "INVITE", extra=[("Content-Type", "application/sdp")], body=body)
        asked = f"{dialog.cseq} INVITE"  # a 491 of an earlier one may come again
        reply = await ua.until(lambda m: m.status >= 200 and m.get("CSeq") == asked, PATIENCE_S)
        ua.ack(dialog)
        return reply.status

    assert await holds() == 491
    ua.answer(ours, 491, "Request Pending")
    while (status := await holds()) == 491:  # ours was on its way again
        ua.answer(await ua.request("INVITE", PATIENCE_S), 491, "Request Pending")
    assert status == 200

    ua.within(dialog, "REFER", extra=[("Refer-To", f"<sip:102@{DOMAIN}>")])
    assert (await ua.final("REFER", timeout_s=PATIENCE_S)).status == 202
    thirds = await saul.rung()
    thirds.answer(sdp_of(40004, codecs="8"))
    ua.answer(await ua.request("BYE", PATIENCE_S), 200, "OK")
    alice.by_hand.clear()
    await first.until_over()
    assert not seconds.over.is_set()
    await seconds.hang_up()
    await thirds.until_over()
