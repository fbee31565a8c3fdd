"""A rep whose phone is baresip, which nobody wrote for this switch: real audio both ways."""

from __future__ import annotations

import asyncio
import contextlib
import re

import pytest

from switch.audio.tones import MUSIC
from switch.config import Config
from switch.media.ng import NgClient
from switch.recording.tape.line import Side
from switch.threads.text import as_text, describe
from switch.worker.listening import heard_in
from tests.contract.baresip.conftest import ERINS, ERINS_NUMBER
from tests.contract.baresip.softphone import PATIENCE_S, Softphone
from tests.contract.cli.phone import Call
from tests.contract.media.phones import audio_in
from tests.contract.media.reports import Reports
from tests.contract.whole.deaths import thread_of, until
from tests.contract.whole.party import ALICES, Party
from tests.contract.whole.test_keys_pass import Keys
from tests.contract.whole.test_recorded import captures, heard, recording_of

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]

CUSTOMER_HZ, SAUL_HZ, ERIN_HZ = 900, 1300, 1700
BOTH = 2


async def talking(erin: Softphone, customer: Party) -> Call:
    """Let a customer call erin; returns his call when each hears the other."""
    customer.takes_new_descriptions()
    calling = asyncio.create_task(customer.calls(ERINS_NUMBER))
    await erin.answers()
    call = await calling
    await customer.hears(erin.tone)
    await erin.hears(customer.tone)
    return call


async def test_it_is_called_by_a_customer_who_hangs_up(
    running: Config, erin: Softphone, parties: dict[str, Party]
) -> None:
    customer = parties["customer"]
    call = await talking(erin, customer)

    await call.hang_up()
    await erin.tells("CALL_CLOSED")

    thread = await thread_of(running)
    assert [leg.rep or leg.role for leg in thread.legs] == ["customer", "erin"]
    assert customer.voice.heard.order() == [erin.tone]
    assert erin.heard.order() == [customer.tone]


async def test_it_calls_a_colleague_and_hangs_up(
    erin: Softphone, parties: dict[str, Party]
) -> None:
    alice = parties["alice"]
    await erin.does("dial", "101")
    call = await alice.answers()

    await alice.hears(erin.tone)
    await erin.hears(alice.tone)

    await erin.does("hangup")
    await call.until_over()


async def test_it_holds_and_comes_back(erin: Softphone, parties: dict[str, Party]) -> None:
    customer = parties["customer"]
    call = await talking(erin, customer)

    await erin.does("hold")
    await customer.hears(MUSIC)
    await erin.does("resume")
    await customer.hears(erin.tone)
    await erin.hears(customer.tone)
    # A second time, for a phone counts its descriptions.
    await erin.does("hold")
    await customer.hears(MUSIC)
    await erin.does("resume")
    await customer.hears(erin.tone)

    assert customer.voice.heard.order() == [erin.tone, MUSIC, erin.tone, MUSIC, erin.tone]
    assert customer.offers == []
    await call.hang_up()


async def test_keys_pass_both_ways(erin: Softphone, parties: dict[str, Party]) -> None:
    customer = parties["customer"]
    call = await talking(erin, customer)
    keys = Keys(customer)

    await erin.presses("59#")
    await keys.are("59#")
    customer.voice.press("7")
    await erin.tells("CALL_DTMF_END")

    (pressed,) = [one["param"] for one in erin.events if one["type"] == "CALL_DTMF_START"]
    assert pressed == "7"
    await call.hang_up()


async def test_it_transfers_a_customer(
    running: Config, erin: Softphone, parties: dict[str, Party]
) -> None:
    customer, saul = parties["customer"], parties["saul"]
    call = await talking(erin, customer)

    await erin.does("transfer", "102")
    await customer.hears(MUSIC)
    his = await saul.answers()

    await customer.hears(saul.tone)
    await saul.hears(customer.tone)
    await erin.tells("CALL_CLOSED")
    assert customer.voice.heard.order() == [erin.tone, MUSIC, saul.tone]
    assert erin.heard.order() == [customer.tone]
    assert customer.offers == []
    await call.hang_up()
    await his.until_over()
    thread = await thread_of(running)
    assert [leg.rep or leg.role for leg in thread.legs] == ["customer", "erin", "saul"]
    told = as_text(describe(thread))
    assert "transferred to saul" in told
    assert re.search(r"erin → saul +answered", told)


async def test_who_declines_leaves_it_the_call(
    running: Config, erin: Softphone, parties: dict[str, Party]
) -> None:
    """It hangs up by itself when it is told that a transfer failed, so it is called back."""
    customer, saul, bob = (parties[name] for name in ("customer", "saul", "bob"))
    call = await talking(erin, customer)

    await erin.does("transfer", "102")
    his = await saul.phone.rung()
    await customer.hears(MUSIC)
    his.decline()
    await erin.tells("TRANSFER_FAILED")
    await erin.answers()

    await customer.hears(erin.tone)
    await erin.hears(customer.tone)
    # He is hers, and she may name another.
    await erin.does("transfer", "103")
    bobs = await bob.answers()
    await customer.hears(bob.tone)
    await bob.hears(customer.tone)
    await erin.tells("CALL_CLOSED")
    await call.hang_up()
    await bobs.until_over()
    thread = await thread_of(running)
    assert [leg.rep or leg.role for leg in thread.legs] == ["customer", "erin", "erin", "bob"]
    told = as_text(describe(thread))
    assert re.search(r"erin → saul +declined", told)
    assert re.search(r"back to erin +resumed", told)
    assert re.search(r"erin → bob +answered", told)


async def test_a_customer_is_transferred_to_it(erin: Softphone, parties: dict[str, Party]) -> None:
    customer, alice = parties["customer"], parties["alice"]
    customer.takes_new_descriptions()
    calling = asyncio.create_task(customer.calls(ALICES))
    hers = await alice.answers()
    call = await calling
    await customer.hears(alice.tone)

    await alice.transfers(hers, ERINS)
    await erin.answers()

    await customer.hears(erin.tone)
    await erin.hears(customer.tone)
    await call.hang_up()
    await erin.tells("CALL_CLOSED")


async def test_it_is_recorded_by_its_keys_through_a_transfer(
    running: Config, erin: Softphone, parties: dict[str, Party], capsys: pytest.CaptureFixture[str]
) -> None:
    customer, saul = parties["customer"], parties["saul"]
    call = await talking(erin, customer)

    await erin.presses("*1")
    await until(lambda: len(captures(running)) == 1)
    await asyncio.sleep(1.0)
    await erin.does("transfer", "102")
    his = await saul.answers()
    await customer.hears(saul.tone)
    await saul.hears(customer.tone)
    await asyncio.sleep(1.0)
    await call.hang_up()
    await his.until_over()

    thread = await thread_of(running)
    sound = await recording_of(running, thread)
    left, right = sound.runs(Side.LEFT), sound.runs(Side.RIGHT)
    with capsys.disabled():
        print(f"\n{as_text(describe(thread))}\nleft {left}\nright {right}")  # noqa: T201
    assert heard(sound, Side.LEFT) == [CUSTOMER_HZ]
    assert heard(sound, Side.RIGHT) == [ERIN_HZ, SAUL_HZ]
    erins, sauls = (run for run in right if run[0] in {ERIN_HZ, SAUL_HZ})
    assert erins[2] <= sauls[1]
    assert left[0][1] < erins[2]
    assert sauls[1] < left[0][2]


async def both_reported(running: Config, conversation_id: str) -> None:
    """Return when rtpengine can tell how well each of two parties hears.

    It takes a report that says when the one before it came: baresip sends one every 5 s.
    """
    ng = await NgClient.connect(running.media.ng_host, running.media.ng_port)
    with contextlib.closing(ng):
        async with asyncio.timeout(PATIENCE_S):
            while True:
                heard = heard_in(await ng.request("query", call_id=conversation_id))
                if sum(one.quality.mos is not None for one in heard.values()) == BOTH:
                    return
                await asyncio.sleep(0.2)


async def test_it_speaks_opus_to_a_customer_who_speaks_pcmu(
    running: Config, opus_erin: Softphone, parties: dict[str, Party]
) -> None:
    erin, customer = opus_erin, parties["customer"]
    with contextlib.closing(Reports(customer.voice, lost_share=0, jitter_ms=2)) as reports:
        await reports.open()
        customer.reports_from = reports.port
        call = await talking(erin, customer)
        reports.report_to(audio_in(call.invite.body).port + 1)
        await both_reported(running, (await thread_of(running, over=False)).conversation_id)
        await call.hang_up()
        await erin.tells("CALL_CLOSED")

    thread = await thread_of(running)
    assert customer.voice.heard.order() == [erin.tone]
    assert erin.heard.order() == [customer.tone]
    assert [(leg.rep or leg.role, leg.codec) for leg in thread.legs] == [
        ("customer", "PCMU"),
        ("erin", "opus"),
    ]
    for leg in thread.legs:
        assert leg.quality is not None
        assert leg.quality.packets > 0
        assert leg.quality.lost_pct is not None
        assert leg.quality.jitter_ms is not None
        assert leg.quality.mos is not None
