"""Every page can be used by whoever cannot see it, or not well: axe-core finds nothing serious.

What axe cannot find (whether words make sense, whether keys lead somewhere) the other tests look
at; the page of a conversation with its player is looked at where one is recorded, in the story.
"""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.contract.cli.phone import Call
from tests.contract.web.audit import faults
from tests.contract.web.place import Place

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="package")]


async def hang_up(*calls: Call) -> None:
    for call in calls[:1]:
        await call.hang_up()
    for call in calls[1:]:
        await call.until_over()


async def test_an_error_is_found_when_there_is_one(desk: Place) -> None:
    page = await desk.sign_in("alice")
    await page.evaluate(
        "() => document.querySelector('main').insertAdjacentHTML('beforeend', '<button></button>')"
    )

    assert any("button-name" in one for one in await faults(page))
    await page.context.close()


async def test_pages_without_a_call(desk: Place) -> None:
    page = await desk.sign_in("dana")
    found = {}
    for path in ("/", "/conversations", "/contacts/+14805550299", "/floor", "/api", "/nowhere"):
        await page.goto(f"{desk.url}{path}")
        await expect(page.locator("main")).to_be_visible()
        found[path] = await faults(page)
    await page.context.clear_cookies()
    await page.goto(f"{desk.url}/sign-in")
    found["/sign-in"] = await faults(page)

    assert {path: wrong for path, wrong in found.items() if wrong} == {}
    await page.context.close()


async def test_the_page_of_a_call_in_each_of_its_modes(desk: Place) -> None:
    page = await desk.sign_in("alice")
    calls = page.locator("#calls")
    found = {}
    calling = await desk.customer_calls(name="Jane Doe")
    hers = await desk.phones["alice"].rung()
    await expect(calls).to_contain_text("Ringing for you")
    found["rung"] = await faults(page)
    hers.answer()
    customer = await calling
    await expect(calls).to_contain_text("On a call")
    for name, state in (("Record", "recording"), ("Mute", "you are muted"), ("Hold", "on hold")):
        await calls.get_by_role("button", name=name).click()
        await expect(calls).to_contain_text(state)
    found["talking"] = await faults(page)
    await calls.get_by_role("button", name="Transfer").click()
    found["transfer window"] = await faults(page)
    await page.locator("#transfer").get_by_role("button", name="Saul Berger").click()
    sauls = await desk.phones["saul"].rung()
    await hers.until_over()
    await expect(calls).to_contain_text("Ringing Saul Berger…")
    found["transferring"] = await faults(page)
    sauls.decline()
    await expect(calls).to_contain_text("Saul Berger declined")
    back = await desk.phones["alice"].rung()
    found["returning"] = await faults(page)
    back.answer()
    await expect(calls).to_contain_text("On a call")
    await hang_up(customer, back)
    await expect(calls).to_contain_text("Ended")
    found["over"] = await faults(page)

    assert {mode: wrong for mode, wrong in found.items() if wrong} == {}
    await page.context.close()
