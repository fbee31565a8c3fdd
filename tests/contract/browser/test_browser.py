"""A rep whose phone is a page in a browser: real Chromium, real audio both ways."""

from __future__ import annotations

import asyncio

import pytest

from tests.contract.browser.browser import BrowserPhone
from tests.contract.browser.conftest import ERINS
from tests.contract.whole.party import Party

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]


async def test_it_calls_a_phone(erin: BrowserPhone, parties: dict[str, Party]) -> None:
    alice = parties["alice"]
    await erin.does("call", "101")
    call = await alice.answers()

    await alice.hears(erin.tone)
    await erin.hears(alice.voice.tone_hz)

    assert "RTP/AVP" in call.invite.body
    assert "fingerprint" not in call.invite.body
    stats = await erin.does("stats")
    assert stats["dtls"] == "connected"
    await erin.does("hangUp")
    await asyncio.wait_for(call.over.wait(), 10)


async def test_it_is_called_by_a_customer(erin: BrowserPhone, parties: dict[str, Party]) -> None:
    customer = parties["customer"]
    calling = asyncio.create_task(customer.calls("+14805550104"))
    await erin.rings()
    await erin.does("answer")
    call = await calling

    await erin.hears(customer.voice.tone_hz)
    await customer.hears(erin.tone)

    await call.hang_up()
    await erin.until("isOver")


async def test_a_customer_is_transferred_to_it(
    erin: BrowserPhone, parties: dict[str, Party]
) -> None:
    customer, alice = parties["customer"], parties["alice"]
    customer.takes_new_descriptions()
    calling = asyncio.create_task(customer.calls("+14805550100"))
    hers = await alice.answers()
    call = await calling
    await alice.transfers(hers, ERINS)
    await erin.rings()
    await erin.does("answer")

    await erin.hears(customer.voice.tone_hz)
    await customer.hears(erin.tone)

    assert customer.offers == []
    await call.hang_up()
    await erin.until("isOver")


async def test_it_transfers_a_customer(erin: BrowserPhone, parties: dict[str, Party]) -> None:
    customer, saul = parties["customer"], parties["saul"]
    customer.takes_new_descriptions()
    calling = asyncio.create_task(customer.calls("+14805550104"))
    await erin.rings()
    await erin.does("answer")
    call = await calling
    await customer.hears(erin.tone)

    await erin.does("refer", "102")
    his = await saul.answers()

    await saul.hears(customer.tone)
    await customer.hears(saul.tone)
    await erin.until("isOver")
    assert await erin.knows("finals") == ["accepted"]
    assert customer.offers == []
    await call.hang_up()
    await asyncio.wait_for(his.over.wait(), 10)


async def test_it_is_transferred(erin: BrowserPhone, parties: dict[str, Party]) -> None:
    alice, saul = parties["alice"], parties["saul"]
    await erin.does("call", "101")
    hers = await alice.answers()
    await erin.hears(alice.voice.tone_hz)

    await alice.transfers(hers, "102")
    his = await saul.answers()

    await erin.hears(saul.voice.tone_hz)
    await saul.hears(erin.tone)
    assert await erin.knows("reinvited") == 0
    await erin.does("hangUp")
    await asyncio.wait_for(his.over.wait(), 10)


async def test_it_holds_and_comes_back(erin: BrowserPhone, parties: dict[str, Party]) -> None:
    customer = parties["customer"]
    calling = asyncio.create_task(customer.calls("+14805550104"))
    await erin.rings()
    await erin.does("answer")
    call = await calling
    await customer.hears(erin.tone)

    await erin.does("hold")
    await customer.hears("music")
    await erin.does("unhold")

    await customer.hears(erin.tone)
    await erin.hears(customer.voice.tone_hz)
    await call.hang_up()
    await erin.until("isOver")
