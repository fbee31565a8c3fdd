"""Reps at their desks: what they click is done on the phones, and what phones do is on the page."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from tests.contract.web.place import SEATTLES, Place, shoot

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="package")]

_UNREADABLE = '<img src=x onerror="document.title=1">'


async def sees(page: Page, words: str | re.Pattern[str]) -> None:
    await expect(page.locator("#calls")).to_contain_text(words)


async def transfers(page: Page, name: str) -> None:
    await page.locator("[data-transfer]").first.click()
    await page.locator("#transfer").get_by_role("button", name=name).click()


async def test_a_transfer_by_clicks_is_declined_and_goes_to_somebody_else(desk: Place) -> None:
    page = await desk.sign_in("alice")
    await sees(page, re.compile("No call|Ended"))
    calling = await desk.customer_calls(name="Jane Doe")
    hers = await desk.phones["alice"].rung()
    await sees(page, re.compile("Ringing for you.*Jane Doe", re.DOTALL))
    hers.answer()
    customer = await calling
    await sees(page, "On a call")

    await transfers(page, "Saul Berger")
    await hers.until_over()
    sauls = await desk.phones["saul"].rung()
    await sees(page, "Ringing Saul Berger…")
    await shoot(page, "ringing")
    sauls.decline()
    await sees(page, "Saul Berger declined")
    back = await desk.phones["alice"].rung()
    await shoot(page, "declined")

    await page.get_by_role("button", name="Transfer to somebody else").click()
    await page.locator("#transfer").get_by_role("button", name="Seattle").click()
    await back.until_over()
    bobs = await desk.phones["bob"].rung()
    carols = await desk.phones["carol"].rung()
    bobs.answer()
    await carols.until_over()
    await sees(page, "Bob Tanaka is on the call")
    await customer.hang_up()
    await bobs.until_over()
    await sees(page, "Ended")
    await page.context.close()


async def test_a_call_is_taken_back_while_it_rings_by_keys_alone(desk: Place) -> None:
    page = await desk.sign_in("alice")
    customer, hers, _number = await desk.talk()
    await sees(page, "On a call")

    await page.keyboard.press("t")
    await page.keyboard.type("saul")
    await page.keyboard.press("Enter")
    sauls = await desk.phones["saul"].rung()
    await hers.until_over()
    await sees(page, "Ringing Saul Berger…")
    await page.keyboard.press("r")
    await sauls.until_over()
    again = await desk.phones["alice"].rung()
    again.answer()
    await sees(page, re.compile("On a call.*Alice Moreno, who took it back", re.DOTALL))
    await customer.hang_up()
    await again.until_over()
    await page.context.close()


async def test_two_tabs_that_click_at_once_transfer_once(desk: Place) -> None:
    page = await desk.sign_in("alice")
    customer, hers, _number = await desk.talk()
    other = await page.context.new_page()
    await other.goto(desk.url)
    for tab in (page, other):
        await sees(tab, "On a call")
        await tab.locator("[data-transfer]").first.click()

    said = []
    for tab, name in ((page, "Saul Berger"), (other, "Bob Tanaka")):
        async with tab.expect_response("**/transfer") as answered:
            await tab.locator("#transfer").get_by_role("button", name=name).click()
        said.append((await answered.value).status)

    assert said == [200, 409]
    await expect(other.locator("#said")).to_contain_text("A transfer is under way")
    assert not desk.phones["bob"].is_rung
    sauls = await desk.phones["saul"].rung()
    await hers.until_over()
    sauls.answer()
    await sees(page, "Saul Berger is on the call")
    await customer.hang_up()
    await sauls.until_over()
    await page.context.close()


async def test_a_transfer_of_a_call_that_has_just_ended_says_so(desk: Place) -> None:
    page = await desk.sign_in("alice")
    customer, hers, _number = await desk.talk()
    await sees(page, "On a call")
    await page.locator("[data-transfer]").first.click()
    await customer.hang_up()
    await hers.until_over()
    await sees(page, "Ended")

    async with page.expect_response("**/transfer") as answered:
        await page.locator("#transfer").get_by_role("button", name="Saul Berger").click()

    assert (await answered.value).status == 410
    await expect(page.locator("#said")).to_contain_text("The call has ended.")
    assert not desk.phones["saul"].is_rung
    await page.context.close()


async def test_a_target_that_goes_away_before_the_click_leaves_the_call_as_it_was(
    desk: Place,
) -> None:
    page = await desk.sign_in("alice")
    customer, hers, _number = await desk.talk()
    await sees(page, "On a call")
    window = page.locator("#transfer")
    await page.locator("[data-transfer]").first.click()
    # The page hears of nothing any more, as in the moment between a change and its news.
    await page.evaluate(
        "document.addEventListener('htmx:sseBeforeMessage', event => event.preventDefault())"
    )
    sauls = desk.phones["saul"].ua
    watching = await desk.sign_in("carol")
    assert (await sauls.register("saul", "secret-saul", expires=0)).status == 200
    await expect(watching.locator("#team [data-state=saul]")).to_have_text("offline")
    try:
        async with page.expect_response("**/transfer") as answered:
            await window.get_by_role("button", name="Saul Berger").click()
        assert (await answered.value).status == 409
        await expect(page.locator("#said")).to_contain_text("Saul Berger is offline")
    finally:
        assert (await sauls.register("saul", "secret-saul", expires=3600)).status == 200

    await page.goto(desk.url)
    await sees(page, "On a call")
    assert not hers.over.is_set()
    await customer.hang_up()
    await hers.until_over()
    for one in (page, watching):
        await one.context.close()


async def test_whom_nobody_knows_cannot_be_chosen_nor_called(desk: Place) -> None:
    page = await desk.sign_in("alice")
    customer, hers, _number = await desk.talk()
    await sees(page, "On a call")
    await page.keyboard.press("t")
    await page.keyboard.type("zoe")
    await expect(page.locator("#nobody")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.locator("#transfer")).to_be_visible()
    await page.keyboard.press("Escape")  # with something typed there, too
    await expect(page.locator("#transfer")).to_be_hidden()
    await sees(page, "On a call")
    await customer.hang_up()
    await hers.until_over()
    await sees(page, "Ended")

    await page.get_by_label("Call a name").fill("zoe")
    await page.keyboard.press("Enter")

    await expect(page.locator(".said.bad")).to_contain_text("zoe")
    assert not desk.phones["alice"].is_rung
    await page.context.close()


async def test_an_outside_number_is_checked_as_it_is_typed(desk: Place) -> None:
    page = await desk.sign_in("alice")
    customer, hers, _number = await desk.talk()
    await sees(page, "On a call")
    await page.locator("[data-transfer]").first.click()
    search = page.get_by_label("Search for a name")

    await search.fill("+44 20 7946 0958")
    await expect(page.locator("#outside")).to_contain_text("Not allowed")
    await search.fill("(206) 555-0100")
    await expect(page.locator("#outside")).to_contain_text("(206) 555-0100 outside number")
    await shoot(page, "outside")
    await page.locator("#outside button").click()
    outside = await desk.trunk.rung()
    await hers.until_over()
    outside.answer()
    await sees(page, "+12065550100 is on the call")
    await customer.hang_up()
    await outside.until_over()
    await page.context.close()


async def test_what_a_caller_says_of_himself_is_text(desk: Place) -> None:
    page = await desk.sign_in("alice")
    customer, hers, _number = await desk.talk(name=_UNREADABLE.replace('"', "'"))

    await sees(page, "<img src=x onerror='document.title=1'>")
    assert await page.locator("#calls img").count() == 0
    await expect(page).to_have_title("Calls – softswitch")
    await customer.hang_up()
    await hers.until_over()
    await page.context.close()


async def test_a_page_outlives_its_desk_and_loses_no_letter(desk: Place) -> None:
    page = await desk.sign_in("alice")
    customer, hers, number = await desk.talk()
    await sees(page, "On a call")
    note = page.get_by_label("Your notes")
    await note.fill("before")
    await expect(page.locator("#note-state")).to_have_text("saved")
    marked = "() => { window.marked = true }"
    await page.evaluate(marked)

    await desk.kill_desk()
    await note.fill("before and while it was away")
    await expect(page.locator("#note-state")).to_have_text("saved")
    await transfers(page, "Saul Berger")
    sauls = await desk.phones["saul"].rung()
    await hers.until_over()
    await sees(page, "Ringing Saul Berger…")
    assert await page.evaluate("() => window.marked")
    await expect(note).to_have_value("before and while it was away")
    sauls.answer()
    await sees(page, "Saul Berger is on the call")
    await customer.hang_up()
    await sauls.until_over()
    await page.goto(f"{desk.url}/contacts/{number}")
    await page.locator(".rows a").click()
    await expect(page.get_by_label("Your notes")).to_have_value("before and while it was away")
    await page.context.close()


async def test_notes_of_two_reps_stand_side_by_side_as_they_are_typed(desk: Place) -> None:
    alices = await desk.sign_in("alice")
    sauls = await desk.sign_in("saul")
    customer, hers, _number = await desk.talk(name="Jane Doe")
    await sees(alices, "On a call")
    # Somebody else looks on, at the page of the conversation.
    danas = await desk.sign_in("dana")
    await danas.goto(f"{desk.url}/floor")
    await danas.locator("#floor .live a.who").click()
    lanes = danas.locator(".line tbody th")
    await expect(lanes).to_contain_text(["Jane Doe", "Alice Moreno"])
    await danas.get_by_label("Your notes").fill("listens in")
    await danas.evaluate("() => { window.marked = true }")
    await alices.get_by_label("Your notes").fill("wants 40 seats")
    await alices.get_by_text("interested", exact=True).click()
    await expect(danas.locator("#others")).to_contain_text("wants 40 seats")

    await transfers(alices, "Saul Berger")
    his = await desk.phones["saul"].rung()
    await hers.until_over()
    await expect(lanes).to_contain_text(["Jane Doe", "Alice Moreno", "Saul Berger"])
    await expect(sauls.locator("#others")).to_contain_text("wants 40 seats")
    his.answer()
    await sauls.get_by_label("Your notes").fill("told him the price")
    await expect(alices.locator("#others")).to_contain_text("told him the price")
    await expect(alices.get_by_label("Your notes")).to_have_value("wants 40 seats")
    await shoot(sauls, "notes")
    await expect(danas.locator("#others")).to_contain_text("told him the price")
    await expect(danas.locator(".tag.live")).to_have_count(1)
    await customer.hang_up()
    await his.until_over()
    await expect(danas.locator(".tag.live")).to_have_count(0)
    await expect(danas.get_by_role("button", name="Call (480)")).to_be_visible()
    await expect(danas.get_by_label("Your notes")).to_have_value("listens in")
    assert await danas.evaluate("() => window.marked")
    await shoot(danas, "followed")
    for page in (alices, sauls, danas):
        await page.context.close()


async def test_a_territory_rings_and_a_supervisor_sees_the_floor(desk: Place) -> None:
    bob, dana = await desk.sign_in("bob"), await desk.sign_in("dana")
    await dana.get_by_role("link", name="Floor").click()
    calling = await desk.customer_calls(SEATTLES, name="Jane Doe")
    bobs = await desk.phones["bob"].rung()
    await sees(bob, re.compile("Ringing for you.*for Seattle", re.DOTALL))
    bobs.answer()
    customer = await calling
    await sees(bob, "On a call")
    await expect(dana.locator(".rows")).to_contain_text("Bob Tanaka")
    await shoot(dana, "floor")

    await dana.locator("[data-transfer]").first.click()
    await dana.locator("#transfer").get_by_role("button", name="Alice Moreno").click()
    alices = await desk.phones["alice"].rung()
    await bobs.until_over()
    await expect(dana.locator("#floor")).to_contain_text("Bob Tanaka → Alice Moreno: ringing")
    alices.answer()
    await customer.hang_up()
    await alices.until_over()
    await expect(dana.locator("#floor")).to_contain_text("Nobody is on the phone.")
    # The figures of the day follow by themselves.
    of_bob = dana.locator("#figures tr").filter(
        has=dana.get_by_role("rowheader", name="Bob Tanaka")
    )
    await expect(of_bob).to_be_visible(timeout=30_000)
    await dana.locator("#tip-Transfers").focus()
    await expect(dana.locator("#what-Transfers")).to_be_visible()
    await shoot(dana, "figures")
    for phone in desk.phones.values():
        while phone.is_rung:
            await phone.rung()
    for page in (bob, dana):
        await page.context.close()


@pytest.mark.parametrize(
    ("name", "width", "scheme"), [("widget", 360, "light"), ("dark", 1180, "dark")]
)
async def test_it_fits_a_widget_and_the_night(
    desk: Place, name: str, width: int, scheme: str
) -> None:
    page = await desk.sign_in(
        "alice", viewport={"width": width, "height": 720}, color_scheme=scheme
    )
    customer, hers, _number = await desk.talk(name="Jane Doe")
    await sees(page, "On a call")

    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await page.evaluate(overflow) <= 0
    await shoot(page, name)
    await page.locator("[data-transfer]").first.click()
    await asyncio.sleep(0)
    await shoot(page, f"{name}-transfer")
    assert await page.evaluate(overflow) <= 0
    await page.keyboard.press("Escape")
    await customer.hang_up()
    await hers.until_over()
    await page.context.close()
