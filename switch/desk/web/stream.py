"""What is pushed to an open page (server-sent events).

Rules of this file:

* A page is sent what has changed of it, and all of it when it comes: so one that was cut off, by
  a restart of the desk or a train in a tunnel, is right again as soon as it is back.
* What it is sent is HTML for htmx; ``announce`` is text for a screen reader.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from litestar import Request, get
from litestar.params import FromQuery
from litestar.response import ServerSentEvent, ServerSentEventMessage

from switch.desk.web.desk import Desk
from switch.desk.web.errors import SignInNeeded
from switch.desk.web.figures import EVERY_S, figures_window
from switch.desk.web.given import TheDesk, TheWindows
from switch.desk.web.hub import Page
from switch.desk.web.signing import Visitor, visitor_of
from switch.desk.web.windows import Windows
from switch.live.card import Card

_ALIVE_EVERY_S: Final = 15.0
"""So often a page hears from us, if only to see that we are there."""
RETRY_MS: Final = 300
"""So soon a page that was cut off asks again."""
_SAYS: Final = {
    "rung": "Your phone rings",
    "talking": "You are on a call",
    "transferring": "Your call is being transferred",
    "returning": "Nobody took your call: resume it, or transfer it to somebody else",
    "choosing": "Nobody took your call",
    "passed_on": "Your call was taken over",
    "over": "The call has ended",
}
_RECORDING: Final = {
    "on": "Recording",
    "paused": "Recording is paused",
    None: "Recording is off",
}


@get("/events", include_in_schema=False)
async def events(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    windows: TheWindows,
    view: FromQuery[str] = "desk",
) -> ServerSentEvent:
    """Push what changes."""
    try:
        visitor = visitor_of(request, desk)
    except SignInNeeded:
        return ServerSentEvent(signed_out())
    return ServerSentEvent(
        _stream(desk, windows, visitor, sees_floor=visitor.is_supervisor and view == "floor")
    )


async def signed_out() -> AsyncIterator[ServerSentEventMessage]:
    """Tell a page that nobody has signed in there any more."""
    yield ServerSentEventMessage(event="signed-out", data="-", retry=60_000)


async def _stream(
    desk: Desk, windows: Windows, visitor: Visitor, *, sees_floor: bool
) -> AsyncIterator[ServerSentEventMessage]:
    told = _Told()
    with desk.hub.page(visitor.rep, sees_floor=sees_floor) as page:
        yield ServerSentEventMessage(event="hello", data="-", retry=RETRY_MS)
        while True:
            if await page.news(EVERY_S if sees_floor else _ALIVE_EVERY_S):
                for event, html in await _changed(page, windows, visitor, told):
                    yield ServerSentEventMessage(event=event, data=html)
            else:
                yield ServerSentEventMessage(comment="still there")
            if sees_floor and (figures := await _new_figures(desk, windows, told)):
                yield ServerSentEventMessage(event="figures", data=figures)


class _Told:
    """Is what a page shows, so that it is not told again."""

    def __init__(self) -> None:
        self.figures = ""
        self.figures_due_s = 0.0
        self.calls = ""
        self.shown = ""
        self.conversation: str | None = None
        self.mode = ""
        self.card: Card | None = None


async def _changed(
    page: Page, windows: Windows, visitor: Visitor, told: _Told
) -> list[tuple[str, str]]:
    """Return what to tell a page, as events and their data, and note that it is told."""
    out: list[tuple[str, str]] = []
    if page.reps:
        reps, page.reps = page.reps, set()
        out.append(("people", windows.people(reps)))
        if visitor.rep in reps:
            out.append(("you", windows.you(visitor)))
    if page.calls:
        page.calls = False
        card = windows.focus(visitor)
        html = await windows.calls(visitor)
        if (bare := _without_now(html)) != told.calls:
            told.calls = bare
            out.append(("calls", html))
        conversation = card.conversation_id if card else None
        if conversation != told.conversation or not told.shown:
            told.conversation, told.shown = conversation, "yes"
            page.notes = False
            out.append(("notes", await windows.notes(visitor)))
        if words := _news(told.card, card):
            out.append(("announce", words))
        if (mode := f"{conversation} {card.mode if card else ''}") != told.mode:
            told.mode = mode
            out.append(("recent", await windows.recent(visitor)))
        told.card = card
    if page.notes:
        page.notes = False
        out.append(("others", await windows.others(visitor)))
    if page.floor:
        page.floor = False
        if page.sees_floor:
            out.append(("floor", await windows.floor_window()))
    return out


async def _new_figures(desk: Desk, windows: Windows, told: _Told) -> str | None:
    """Return the figures if a page has others, and it is time to tell it; else None."""
    if desk.clock() < told.figures_due_s:
        return None
    told.figures_due_s = desk.clock() + EVERY_S
    html = await figures_window(desk, windows.looks)
    if html == told.figures:
        return None
    told.figures = html
    return html


def _without_now(html: str) -> str:
    """Return the HTML without the time at which it was made: that alone is no news."""
    before, mark, after = html.partition('data-now="')
    return before + mark + after.partition('"')[2]


def _news(before: Card | None, card: Card | None) -> str:
    """Return what a screen reader says of a call that has changed; empty: nothing."""
    if card is None:
        return ""
    is_same = before is not None and before.conversation_id == card.conversation_id
    if before is None or not is_same or before.mode != card.mode:
        return _SAYS.get(card.mode, "")
    said = []
    if before.recording != card.recording:
        said.append(_RECORDING[card.recording])
    if before.is_muted is not card.is_muted:
        said.append("You are muted" if card.is_muted else "You are heard again")
    if before.is_held is not card.is_held:
        said.append("The call is on hold" if card.is_held else "The call is not on hold any more")
    return ". ".join(said)
