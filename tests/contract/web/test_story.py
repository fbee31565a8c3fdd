"""The story the switch is for, told by clicks: SIPp plays the phones, a browser alice's desk.

A customer rings; alice writes a note, has the call recorded and transfers him to saul, who
declines; she resumes, and transfers him to Seattle, where bob answers (who has declined is left
out); bob hangs up, by a button of his page. Then it is one conversation under the customer's
number, with every leg, the note and the recording, which is played and sought in.
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
from tests.contract.web.audit import faults
from tests.contract.web.place import PASSWORD, SHOTS, Place, shoot, sign_in, until_there

pytestmark = [pytest.mark.scenario, pytest.mark.asyncio(loop_scope="package")]

_TALKS_S = 1.5

_STORY = Scenario(
    folder=Path("desk") / "by_clicks",
    summary=__doc__ or "",
    party=[
        PartyPlan(
            name="customer",
            side="trunk",
            dials="alice",
            plays="customer_stays",
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


async def test_the_story_is_done_by_clicks_alone(tmp_path: Path, desk: Place) -> None:
    browser = desk.browser
    traces = tmp_path / "traces"
    traces.mkdir()
    contact = HOUSE.contact(0)
    async with standing(tmp_path / "switch") as switch:
        people = People(switch.config.desk_path)
        for rep in ("alice", "bob"):
            await asyncio.to_thread(people.set_password, rep, PASSWORD)
        where = switch.config.desk
        await until_there(where.http_address, where.http_port)
        url = f"http://{where.http_address}:{where.http_port}"
        page, bobs = [await sign_in(browser, url, rep) for rep in ("alice", "bob")]

        playing = asyncio.create_task(perform(_STORY, switch, traces, contact=contact))
        await _click_through(page, bobs)
        performance = await playing
        assert not performance.failures, "\n".join(map(str, performance.failures))

        await _look_it_up(page, url, contact, switch)
        for one in (page, bobs):
            await one.context.close()


async def _click_through(page: Page, bobs: Page) -> None:
    calls = page.locator("#calls")
    await expect(calls).to_contain_text("Ringing for you")
    await expect(calls).to_contain_text("On a call")
    await page.get_by_label("Your notes").fill("wants 40 seats, asks for the price in Seattle")
    await page.get_by_text("interested", exact=True).click()
    await expect(page.locator("#note-state")).to_have_text("saved")
    await calls.get_by_role("button", name="Record").click()
    await expect(calls.locator(".status")).to_contain_text("recording")
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
    his = bobs.locator("#calls")
    await expect(his.locator(".status")).to_contain_text("recording")
    await asyncio.sleep(_TALKS_S)
    await his.get_by_role("button", name="Hang up").click()
    await expect(his).to_contain_text("Ended")
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
    await _listen(page)
    await page.screenshot(path=SHOTS / "story-6-thread.png", full_page=True)
    assert len(await switch.threads("2000")) == 1
    assert await faults(page) == []


async def _listen(page: Page) -> None:
    """Play the recording from where bob begins, by a click, and from the beginning, by keys."""
    sound = page.locator("audio")
    await expect(sound).to_be_visible()
    marks = page.locator(".marks button")
    await expect(marks).to_contain_text(["Alice Moreno", "Alice Moreno", "Bob Tanaka"])
    starts = [float(await one.get_attribute("data-seek") or "nan") for one in await marks.all()]

    await marks.nth(2).click()
    await _plays_from(page, starts[2])
    await expect(marks.nth(2)).to_have_attribute("aria-current", "true")
    await marks.nth(0).focus()
    await page.keyboard.press("Enter")
    await _plays_from(page, starts[0], before_s=starts[2])
    duration_s, seekable_s = await sound.evaluate("it => [it.duration, it.seekable.end(0)]")
    assert starts == sorted(starts)
    assert starts[2] + _TALKS_S < duration_s == seekable_s
    await page.get_by_role("button", name="Play from Bob Tanaka").click()
    await _plays_from(page, starts[2])
    await sound.evaluate("it => it.pause()")


async def _plays_from(page: Page, from_s: float, *, before_s: float = 1e9) -> None:
    """Return once it has gone on for a moment from there."""
    await page.wait_for_function(
        """([from, before]) => {
            const it = document.querySelector("audio");
            const at = it.currentTime;
            return !it.paused && !it.seeking && at > from + 0.2 && at < before;
        }""",
        arg=[from_s, before_s],
    )
