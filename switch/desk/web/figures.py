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
_NO_DAY: Final = "day: a day such as 2026-11-22"


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
        return await desk.daybook.figures(day_of(day))
    except (ValueError, OverflowError):  # before or beyond all clocks
        raise Refused(422, _NO_DAY) from None


def day_of(text: str) -> dt.date | None:
    """Return the day that is meant; ``None``, if nothing is said: today.

    Raises:
        Refused: none is.
    """
    if not text:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise Refused(422, _NO_DAY) from None
    if day.isoformat() != text:  # a week and its day, or without hyphens
        raise Refused(422, _NO_DAY)
    return day


async def figures_window(desk: Desk, looks: Looks, day: dt.date | None = None) -> str:
    """Return the figures of a day, of today if none is named, as a part of a page.

    Without a store it says that there are none.

    Raises:
        Refused: there is no such day.
    """
    try:
        seen = await desk.daybook.figures(day)
    except StoreUnavailableError:
        return looks.render("figures.html", figures=None, is_today=day is None)
    except (ValueError, OverflowError):  # before or beyond all clocks
        raise Refused(422, _NO_DAY) from None
    return looks.render("figures.html", figures=seen, plots=plots_of(seen), is_today=day is None)
