"""The transfer window of a large team: 60 territories and 200 reps, found by typing and by keys."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from dialplan import Dialplan, Rep, Territory
from switch.demo.ports import take_port
from switch.desk.meters import Meters
from switch.desk.people import People
from switch.desk.web.app import Server
from switch.live.board import Board
from switch.records.commands import TransferCommand
from tests.contract.edge.ua import HOST
from tests.contract.web.audit import faults
from tests.contract.web.place import PASSWORD, Place, shoot, sign_in, until_there
from tests.desk.web.house import ID, House, make_house
from tests.records.samples import at, customer, rep

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="package")]

REPS = 200
TERRITORIES = 60


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Yield a desk of many, in front of a switch that does whatever it is asked."""
    reps = tuple(
        Rep(name=f"rep{number}", extension=str(1000 + number), display_name=f"Rep N{number:03}")
        for number in range(REPS)
    )
    territories = tuple(
        Territory(
            name=f"land{number}",
            extension=str(3000 + number),
            display_name=f"Land {number:02}",
            members=tuple(one.name for one in reps[number : number + 8]),
        )
        for number in range(TERRITORIES)
    )
    plan = Dialplan(reps=reps, territories=territories, dids=(), trunks=(), country="US")
    house = make_house(
        tmp_path_factory.mktemp("house"), http_address=HOST, http_port=take_port(HOST)
    )
    house.desk.config = dataclasses.replace(house.desk.config, dialplan=plan)
    house.desk.hub.board = Board(reps=tuple(one.name for one in reps))
    house.board.take_status("node1", is_up=True)
    for one in reps:
        house.board.take_presence(one.name, "available")
    People(house.desk.config.desk_path).set_password("rep7", PASSWORD)
    house.knows(customer(), rep("rep7", state="answered", answered_at=at(2), revision=3))
    stopping = asyncio.Event()
    running = asyncio.create_task(Server(house.desk, Meters()).run(stopping))
    await until_there(HOST, house.desk.config.desk.http_port)
    yield house
    stopping.set()
    await running
    house.store.close()


async def signed_in(house: House, desk: Place) -> Page:
    page = await sign_in(desk.browser, f"http://{HOST}:{house.desk.config.desk.http_port}", "rep7")
    desk.pages.append(page)
    return page


async def test_whoever_is_meant_is_found_without_a_mouse(house: House, desk: Place) -> None:
    page = await signed_in(house, desk)
    shown = page.locator("#targets li:not([hidden])")
    await expect(page.locator("#recent")).to_be_in_viewport()
    assert await faults(page) == []
    await page.set_viewport_size({"width": 1180, "height": 860})
    await page.keyboard.press("t")
    await expect(shown).to_have_count(REPS - 1 + TERRITORIES)
    await shoot(page, "large")

    # What has been typed leaves few; all words count, in any order, also an extension.
    await page.keyboard.type("N17 rep")
    await expect(shown).to_have_count(10)
    await page.locator("#search").fill("3042")
    await expect(shown.locator(".who")).to_have_text(["Land 42 3042"])
    await page.locator("#search").fill("")

    # Keys walk over all of them, and what has the focus is in sight.
    focus = page.locator("#targets :focus")
    for _ in range(TERRITORIES + 3):
        await page.keyboard.press("ArrowDown")
    await expect(focus).to_contain_text("Rep N002")
    await expect(focus).to_be_in_viewport(ratio=1)
    await page.keyboard.press("End")
    await expect(focus).to_contain_text("Rep N199")
    await expect(focus).to_be_in_viewport(ratio=1)
    await page.keyboard.press("Home")
    await expect(focus).to_contain_text("Land 00")

    # Whoever goes on typing there goes on searching.
    await page.keyboard.type("n123")
    await expect(page.locator("#search")).to_be_focused()
    await expect(shown).to_have_count(1)
    async with page.expect_response("**/transfer") as answered:
        await page.keyboard.press("Enter")
    assert (await answered.value).status == 200
    assert house.switch.asked == [TransferCommand(conversation=ID, target="rep123", rep="rep7")]
    await page.context.close()


async def test_it_scrolls_in_a_widget_and_its_search_stays_in_sight(
    house: House, desk: Place
) -> None:
    page = await signed_in(house, desk)
    await page.set_viewport_size({"width": 360, "height": 560})
    await page.keyboard.press("t")
    last = page.locator("#targets li").last

    await last.scroll_into_view_if_needed()

    await expect(last).to_be_in_viewport(ratio=1)
    await expect(page.locator("#search")).to_be_in_viewport(ratio=1)
    await expect(page.get_by_role("button", name="Close")).to_be_in_viewport(ratio=1)
    await shoot(page, "large-widget")
    await page.keyboard.press("Escape")
    await expect(page.locator("#transfer")).to_be_hidden()
    await page.context.close()
