"""Figures of the day: on the supervisor's page, and for programs."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from switch.call.endings import EndReason
from switch.desk.errors import StoreUnavailableError
from switch.desk.web.figures import EVERY_S
from switch.desk.web.looks import Looks, environment
from switch.desk.web.stream import _stream
from switch.desk.web.windows import Windows
from tests.desk.web.house import House, make_house
from tests.records.samples import at, customer, rep, story

DAY = "2026-11-22"
NOON = dt.datetime(2026, 11, 22, 13, tzinfo=dt.UTC).timestamp()


@pytest.fixture
def busy(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """Return a desk that has stored an answered and a missed call today."""
    monkeypatch.setattr(house.desk.daybook, "_now", lambda: NOON)
    house.store.add(story())
    gone = customer(
        conversation_id="c2", state="ended", ended_at=at(9), end_reason=EndReason.ABANDONED
    )
    house.store.add([gone, rep("bob", conversation_id="c2", territory="seattle")])
    return house


def test_a_program_gets_the_figures_of_a_day(busy: House) -> None:
    answer = busy.with_token("read").get("/api/v1/figures", params={"day": DAY})

    assert answer.status_code == 200
    figures = answer.json()
    assert (figures["inbound"]["answered"], figures["inbound"]["abandoned"]) == (1, 1)
    assert figures["inbound"]["service_level_pct"] == 50.0
    assert figures["transfers"]["outcomes"] == {"answered": 2}
    assert [one["name"] for one in figures["territories"]] == ["seattle"]
    assert [one["name"] for one in figures["reps"]] == ["alice", "saul"]


def test_without_a_day_today_is_meant(busy: House) -> None:
    assert busy.with_token("read").get("/api/v1/figures").json()["day"] == DAY


@pytest.mark.parametrize(
    "day", ["yesterday", "2026-11-31", "20261122", "2026-W47-7", "0001-01-01", "9999-12-31", "<b>"]
)
def test_a_day_that_is_none_is_refused(house: House, day: str) -> None:
    answer = house.with_token("read").get("/api/v1/figures", params={"day": day})

    assert (answer.status_code, answer.json()["detail"]) == (422, "day: a day such as 2026-11-22")


def test_figures_need_a_token_that_may_look(house: House) -> None:
    assert house.client().get("/api/v1/figures").status_code == 401
    assert house.with_token("control").get("/api/v1/figures").status_code == 403


def test_the_page_shows_each_figure_with_what_it_means(busy: House) -> None:
    page = busy.signed_in("dana").get("/floor").text

    for name, value in (
        ("Calls in", "2"),
        ("Abandoned", "1"),
        ("Service level", "50 %"),
        ("Longest wait", "2.0 s"),
        ("Transfers", "2"),
    ):
        found = re.search(
            rf'id="(tip-[^"]+)" aria-describedby="([^"]+)">{name}<span class="what" '
            rf'role="tooltip" id="\2">[^<]+</span></span></dt><dd>{value}</dd>',
            page,
        )
        assert found, name


def test_a_supervisor_chooses_a_day_that_has_passed(
    busy: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(busy.desk.daybook, "_now", lambda: NOON + 86400)
    dana = busy.signed_in("dana")

    today, before = (dana.get("/floor", params={"day": day}).text for day in ("", DAY))

    for page, calls, words in ((today, 0, "Today <small>2026-11-23"), (before, 2, f">{DAY}")):
        assert re.search(rf">Calls in<.*?<dd>{calls}</dd>", page, re.DOTALL)
        assert words in page.replace("A day in figures <small", "")
    # What has passed stands still; today's figures, and who is on the phone, follow.
    assert 'sse-swap="figures"' in today
    assert 'sse-swap="figures"' not in before
    assert 'sse-swap="floor"' in before
    assert dana.get("/floor", params={"day": "2026-11-23"}).text.count('sse-swap="figures"') == 1
    assert f'value="{DAY}" max="2026-11-23"' in before


@pytest.mark.parametrize("day", ["yesterday", "2026-W47-7", "9999-12-31", "<b>"])
def test_a_day_that_is_none_is_refused_on_the_page_too(house: House, day: str) -> None:
    answer = house.signed_in("dana").get("/floor", params={"day": day})

    assert (answer.status_code, "a day such as" in answer.text) == (422, True)


def test_the_service_level_is_measured_by_what_is_set(tmp_path: Path) -> None:
    house = make_house(tmp_path / "house", service_level_s=1.5)
    try:
        house.store.add(story())  # answered in the second second
        client = house.with_token("read")
        inbound = client.get("/api/v1/figures", params={"day": DAY}).json()["inbound"]
        assert (inbound["within_s"], inbound["service_level_pct"]) == (1.5, 0.0)
    finally:
        house.store.close()


def test_each_picture_has_words_and_a_table_beside_it(busy: House) -> None:
    page = busy.signed_in("dana").get("/floor").text

    pictures = re.findall(r'<svg class="plot".*?</svg>', page, re.DOTALL)
    assert len(pictures) == 3
    for picture in pictures:
        drawn = ET.fromstring(picture)
        assert (drawn.get("role"), bool(drawn.get("aria-label"))) == ("img", True)
        assert all(bar.find("title") is not None for bar in drawn.iter("rect"))
        assert "style=" not in picture  # the page's policy would not let it through
    captions = re.findall(r"<caption>([^<]+)</caption>", page)
    labels = [ET.fromstring(one).get("aria-label", "") for one in pictures]
    assert [one.partition(";")[0] for one in labels] == captions


def test_a_store_that_is_away_leaves_the_rest_of_the_page(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_span: str) -> dict[str, int]:
        raise StoreUnavailableError("x", "gone")

    monkeypatch.setattr(house.store, "marks", away)

    page = house.signed_in("dana").get("/floor")
    assert page.status_code == 200
    assert "so there are no figures" in page.text
    assert house.with_token("read").get("/api/v1/figures").status_code == 503


async def test_an_open_page_is_told_figures_only_if_they_are_others(busy: House) -> None:
    desk, times = busy.desk, [1000.0]
    desk.clock = lambda: times[0]
    desk.daybook._clock = desk.clock
    windows = Windows(desk=desk, looks=Looks(environment("US", desk.names)))
    visitor: Any = type("Visitor", (), {"rep": "dana", "is_supervisor": True})()
    told: list[str] = []

    async def until(event: str) -> str:
        async for message in stream:
            told.append(str(message.event or message.comment))
            if message.event == event:
                return str(message.data)
        raise AssertionError("the stream has ended")

    stream = _stream(desk, windows, visitor, sees_floor=True)
    first = await until("figures")
    # What happens within the next seconds is told of all else, not of the figures.
    busy.knows(customer(conversation_id="c3", leg_id="leg-9"))
    await until("floor")
    assert told.count("figures") == 1
    times[0] += EVERY_S
    busy.knows(customer(conversation_id="c4", leg_id="leg-10"))
    second = await until("figures")
    await stream.aclose()  # type: ignore[attr-defined]

    assert "<dd>2</dd>" in first
    assert "<dd>4</dd>" in second
