"""The story the switch is for, told by clicks: SIPp plays the phones, a browser alice's desk.

A customer rings; alice writes a note and transfers him to saul, who declines; she resumes, and
transfers him to Seattle, where bob answers (who has declined is left out); he hangs up. Then it
is one conversation under his number, with every leg and the note.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from switch.demo.lane import HOUSE
from switch.demo.scenario import ExpectedThread, PartyPlan, Scenario
from switch.demo.stage import perform
from switch.demo.standing import StandingSwitch, standing
from switch.desk.people import People
from tests.contract.cli.phone import PATIENCE_S
from tests.contract.web.place import PASSWORD, chromium, shoot, sign_in, until_there

pytestmark = [pytest.mark.scenario]

_STORY = Scenario(
    folder=Path("desk") / "by_clicks",
    summary=__doc__ or "",
    party=[
        PartyPlan(
            name="customer",
            side="trunk",
            dials="alice",
            plays="customer_is_prompted",
            hangs_up_after="bob: 200 INVITE",
            hangs_up_after_s=1.5,
            hears=["alice", "music", "alice", "music", "bob"],
        ),
        PartyPlan(name="alice", plays="answers", set={"ring_ms": 3000}, takes=2, is_called=2),
        PartyPlan(name="saul", plays="declines", set={"ring_ms": 2000}, is_called=1),
        PartyPlan(name="bob", plays="answers", set={"ring_ms": 1000}),
        PartyPlan(name="carol", plays="rings"),
    ],
    thread=ExpectedThread(
        legs=[
            {"role": "customer", "end_reason": "completed"},
            {"rep": "alice", "end_reason": "transferred"},
            {"rep": "alice", "end_reason": "transferred", "why": "recall"},
            {"rep": "bob", "end_reason": "completed", "territory": "seattle"},
        ],
        transfers=[
            {"from": "alice", "to": "saul", "outcome": "declined"},
            {"from": "alice", "to": "seattle", "outcome": "answered"},
        ],
        recalls=[{"to": "alice", "outcome": "resumed"}],
    ),
)


async def test_the_story_is_done_by_clicks_alone(tmp_path: Path) -> None:
    expect.set_options(timeout=1000 * PATIENCE_S)
    traces = tmp_path / "traces"
    traces.mkdir()
    contact = HOUSE.contact(0)
    async with standing(tmp_path / "switch") as switch, chromium() as browser:
        people = People(switch.config.desk_path)
        await asyncio.to_thread(people.set_password, "alice", PASSWORD)
        desk = switch.config.desk
        await until_there(desk.http_address, desk.http_port)
        url = f"http://{desk.http_address}:{desk.http_port}"
        page = await sign_in(browser, url, "alice")

        playing = asyncio.create_task(perform(_STORY, switch, traces, contact=contact))
        await _click_through(page)
        performance = await playing
        assert not performance.failures, "\n".join(map(str, performance.failures))

        await _look_it_up(page, url, contact, switch)


async def _click_through(page: Page) -> None:
    calls = page.locator("#calls")
    await expect(calls).to_contain_text("Ringing for you")
    await expect(calls).to_contain_text("On a call")
    await page.get_by_label("Your notes").fill("wants 40 seats, asks for the price in Seattle")
    await page.get_by_text("interested", exact=True).click()
    await expect(page.locator("#note-state")).to_have_text("saved")
    await shoot(page, "story-1-talking")

    await page.get_by_role("button", name="Transfer").first.click()
    await page.locator("#transfer").get_by_role("button", name="Saul Berger").click()
    await expect(calls).to_contain_text("Ringing Saul Berger…")
    await shoot(page, "story-2-ringing")
    await expect(calls).to_contain_text("Saul Berger declined")
    await shoot(page, "story-3-declined")
    await page.get_by_role("button", name="Resume").click()
    await expect(calls).to_contain_text(re.compile("On a call.*took it back", re.DOTALL))

    await page.get_by_role("button", name="Transfer").first.click()
    await page.locator("#transfer").get_by_role("button", name="Seattle").click()
    await expect(calls).to_contain_text("Bob Tanaka is on the call")
    await shoot(page, "story-4-passed-on")
    await expect(calls).to_contain_text("Ended")


async def _look_it_up(page: Page, url: str, contact: str, switch: StandingSwitch) -> None:
    await page.goto(f"{url}/contacts/{contact}")
    row = page.locator(".rows a")
    await expect(row).to_have_count(1)
    await expect(row).to_contain_text("Alice Moreno → Alice Moreno → Bob Tanaka")
    await shoot(page, "story-5-contact")
    await row.click()
    lanes = page.locator(".line tbody th")
    await expect(lanes).to_contain_text(
        [re.compile("Customer"), "Alice Moreno", "Saul Berger", "Alice Moreno", "Bob Tanaka"]
    )
    await expect(page.get_by_label("Your notes")).to_have_value(re.compile("wants 40 seats"))
    await shoot(page, "story-6-thread")
    assert len(await switch.threads("2000")) == 1
