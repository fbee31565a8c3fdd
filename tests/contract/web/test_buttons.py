"""The buttons of a live call, and those of a rep himself, at a whole switch."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.contract.web.place import SEATTLES, Place, shoot
from tests.contract.whole.deaths import kill_at, port_of

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="package")]


def button(page: Page, name: str) -> Locator:
    return page.locator("#calls").get_by_role("button", name=name, exact=True)


def tags(page: Page) -> Locator:
    return page.locator("#calls .status .tag")


async def test_each_is_pressed_and_says_how_it_stands_in_every_window(desk: Place) -> None:
    page = await desk.sign_in("alice")
    other = await page.context.new_page()
    await other.goto(desk.url)
    customer, hers, _number = await desk.talk()
    await expect(button(other, "Hold")).to_be_visible()
    announced = page.locator("#announce")

    await button(page, "Record").click()
    await expect(tags(other)).to_have_text(["recording"])
    await expect(announced).to_have_text("Recording")
    await button(other, "Pause recording").click()
    await expect(tags(page)).to_have_text(["recording paused"])
    await button(page, "Pause recording").click()
    await expect(tags(page)).to_have_text(["recording"])
    await page.keyboard.press("m")
    await expect(tags(other)).to_have_text(["recording", "you are muted"])
    await page.keyboard.press("h")
    await expect(tags(other)).to_have_text(["recording", "on hold", "you are muted"])
    await expect(announced).to_have_text("The call is on hold")
    await shoot(page, "buttons")
    await button(other, "Hold").focus()
    await other.keyboard.press("Enter")
    await expect(button(other, "Hold")).to_have_attribute("aria-pressed", "false")
    await expect(button(other, "Hold")).to_be_focused()
    await button(page, "Mute").click()
    await button(page, "Record").click()
    await expect(tags(page)).to_have_count(0)

    await button(page, "Hang up").dblclick()
    await hers.until_over()
    await customer.until_over()
    await expect(other.locator("#calls")).to_contain_text("Ended")
    await expect(page.locator(".said.bad")).to_have_count(0)
    await page.context.close()


async def test_a_call_that_has_just_ended_is_told_and_nothing_is_done(desk: Place) -> None:
    page = await desk.sign_in("alice")
    customer, hers, _number = await desk.talk()
    await expect(button(page, "Hold")).to_be_visible()
    # This window hears of nothing any more; the call ends meanwhile.
    await page.locator(".desk").evaluate(
        "it => { it.querySelector('#calls').removeAttribute('sse-swap');"
        " document.addEventListener('htmx:sseBeforeMessage', event => event.preventDefault()); }"
    )
    await customer.hang_up()
    await hers.until_over()

    for name, path in (("Hold", "hold"), ("Record", "record"), ("Hang up", "hangup")):
        async with page.expect_response(f"**/{path}") as answered:
            await button(page, name).click()
        assert (await answered.value).status == 410
        await expect(page.locator("#said")).to_contain_text("ended")
    await page.context.close()


async def test_what_rings_is_declined_by_a_button(desk: Place) -> None:
    page = await desk.sign_in("alice")
    calling = await desk.customer_calls()
    rung = await desk.phones["alice"].rung()

    await button(page, "Decline").click()

    await rung.until_over()
    calling.cancel()
    await page.context.close()


async def test_a_rep_goes_away_and_comes_back(desk: Place) -> None:
    page, sauls = await desk.sign_in("alice"), await desk.sign_in("saul")
    you = page.get_by_role("region", name="You", exact=True)
    team = sauls.locator("#team [data-state=alice]")

    await you.get_by_role("button", name="Away").click()
    await expect(you).to_contain_text("no territory rings you")
    await expect(team).to_have_text("away")
    await you.get_by_role("button", name="Back").click()
    await expect(you).to_contain_text("Available")
    await expect(team).to_have_text("available")
    for one in (page, sauls):
        await one.context.close()


async def test_who_wraps_up_is_left_alone_until_he_is_ready(desk: Place) -> None:
    page = await desk.sign_in("carol")
    you = page.get_by_role("region", name="You", exact=True)
    others = [desk.phones[name] for name in ("saul", "bob")]

    async def seattle_rings(*, carol: bool) -> None:
        """Have a customer call Seattle, have the last who is rung answer, and hang up."""
        calling = await desk.customer_calls(SEATTLES)
        rung = [await phone.rung() for phone in others]
        rung += [await desk.phones["carol"].rung()] if carol else []
        rung[-1].answer()
        customer = await calling
        for one in rung[:-1]:
            await one.until_over()
        assert not desk.phones["carol"].is_rung
        await customer.hang_up()
        await rung[-1].until_over()

    await seattle_rings(carol=True)
    await expect(you).to_contain_text("Wrapping up")
    left = you.locator("[data-until]")
    await expect(left).to_have_text(re.compile(r"^(50:00|4\d:\d\d)$"))
    shown = await left.inner_text()
    await expect(left).not_to_have_text(shown)  # it counts down
    await shoot(page, "wrap-up")

    await seattle_rings(carol=False)
    await you.get_by_role("button", name="I am ready").click()
    await expect(you).to_contain_text("Available")
    await expect(you.get_by_role("button", name="I am ready")).to_have_count(0)
    await seattle_rings(carol=True)

    await you.get_by_role("button", name="I am ready").click()
    await expect(you).to_contain_text("Available")
    await page.context.close()


async def test_a_call_whose_worker_has_died_says_so_and_offers_nothing(desk: Place) -> None:
    page = await desk.sign_in("alice")
    card = page.locator("#calls")
    customer, hers, _number = await desk.talk(name="Jane Doe")
    await expect(button(page, "Hold")).to_be_visible()

    kill_at(port_of(hers))

    await expect(card).to_contain_text("A part of the switch has failed. You hear each other")
    await expect(card).to_contain_text("On a call")
    await expect(card.get_by_role("button")).to_have_count(0)
    await shoot(page, "worker-died")
    for key in "tmh":  # they lead nowhere now
        await page.keyboard.press(key)
    await expect(page.locator("#transfer")).to_be_hidden()
    await expect(page.get_by_label("Your notes")).to_be_editable()
    await customer.hang_up()
    await hers.until_over()
    await expect(card).to_contain_text("Ended")
    await page.context.close()


async def test_a_click_rings_the_reps_phone_and_then_the_number(desk: Place) -> None:
    page = await desk.sign_in("alice")
    await page.keyboard.press("d")
    await page.keyboard.type("(206) 555-0100")
    await page.keyboard.press("Enter")
    hers = await desk.phones["alice"].rung()
    await expect(page.locator("#said")).to_contain_text("Your phone rings first")
    await expect(page.get_by_label("Call a name")).to_have_value("")
    hers.answer()
    outside = await desk.trunk.rung()
    outside.answer()
    await expect(page.locator("#calls")).to_contain_text("On a call")
    await button(page, "Hang up").click()
    await hers.until_over()
    await outside.until_over()

    await page.get_by_label("Call a name").fill("+44 20 7946 0958")
    await page.get_by_role("button", name="Call", exact=True).click()
    await expect(page.locator(".said.bad")).to_be_visible()
    assert not desk.phones["alice"].is_rung

    await page.goto(f"{desk.url}/contacts/+12065550100")
    await page.get_by_role("button", name="Call (206) 555-0100").click()
    again = await desk.phones["alice"].rung()
    again.answer()
    outside = await desk.trunk.rung()
    outside.answer()
    await again.hang_up()
    await outside.until_over()
    await page.context.close()
