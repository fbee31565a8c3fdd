"""The figures of a day: for programs, and the part of the supervisor's page that shows them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final

from litestar import get
from litestar.params import QueryParameter

from switch.desk.errors import StoreUnavailableError
from switch.desk.web.callers import needs
from switch.desk.web.desk import Desk
from switch.desk.web.errors import Refused
from switch.desk.web.given import TheDesk
from switch.desk.web.looks import Looks
from switch.desk.web.problems import no
from switch.live.figures import Figures
from switch.live.plots import plots_of

EVERY_S: Final = 5.0
"""How often an open page is told new figures, if there are any: in seconds."""


@get("/figures", guards=[needs("read")], responses=no(422), tags=["Conversations"])
async def figures(
    desk: TheDesk,
    day: Annotated[
        str,
        QueryParameter(
            description="Such as 2026-11-22, by the clocks of the desk's machine; empty: today."
        ),
    ] = "",
) -> Figures:
    """Return a day in figures: calls answered and missed, waiting times, transfers by outcome.

    A conversation counts for the day on which it began. `waits` are from a customer's call until
    somebody talks with him; `service_level_pct` is the share of his calls, of those answered or
    missed, that were answered `within_s`. In all, by hour, by territory and by rep. They are some
    seconds old at most.
    """
    try:
        return await desk.daybook.figures(_day(day) if day else None)
    except (ValueError, OverflowError):
        raise Refused(422, "day: a day such as 2026-11-22") from None


def _day(text: str) -> dt.date:
    """Return the day that is meant.

    Raises:
        ValueError: none is.
    """
    day = dt.date.fromisoformat(text)
    if day.isoformat() != text:  # a week and its day, or without hyphens
        raise ValueError(text)
    return day


async def figures_window(desk: Desk, looks: Looks) -> str:
    """Return today's figures as a part of a page; without a store it says that there are none."""
    try:
        today = await desk.daybook.figures()
    except StoreUnavailableError:
        return looks.render("figures.html", figures=None)
    return looks.render("figures.html", figures=today, plots=plots_of(today))
