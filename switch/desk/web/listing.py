"""Pages of conversations: lists, one thread, a contact's, and the same as CSV."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlencode

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, SkipValidation
from litestar.response import Stream

from dialplan.numbers import to_e164
from switch.desk.contacts import Contact
from switch.desk.errors import AmbiguousThreadError, UnknownThreadError
from switch.desk.search import Place, Search
from switch.desk.web.desk import Desk
from switch.desk.web.errors import Refused
from switch.desk.web.given import TheDesk, TheVisitor, TheWindows
from switch.desk.web.html import Html, html_page
from switch.desk.web.looks import about, phone
from switch.desk.web.signing import Visitor
from switch.desk.web.windows import Windows
from switch.live.steps import steps_of
from switch.live.timeline import timeline
from switch.records.of_leg import instant
from switch.threads.instants import seconds_between
from switch.threads.text import duration
from switch.threads.view import ThreadView

_PAGE: Final = 40
_CSV_AT_ONCE: Final = 500
_CSV_MOST: Final = 100_000
_COLUMNS: Final = (
    "conversation", "started_at", "ended_at", "direction", "contact", "name", "company",
    "reps", "territories", "talked_s", "waited_s", "transfers", "end", "dispositions", "notes",
)  # fmt: skip
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet would carry out a text that begins so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Is what somebody has chosen to see, as he wrote it."""

    rep: str = ""
    territory: str = ""
    contact: str = ""
    since: str = ""
    until: str = ""
    before: str = ""

    def query(self, **changes: str) -> str:
        """Return it as the query of a URL, without what is left open."""
        mine = {name: getattr(self, name) for name in self.__slots__} | changes
        return urlencode({name: value for name, value in mine.items() if value})


def search_of(asked: Asked, country: str) -> Search:
    """Return what is searched for.

    Raises:
        Refused: something of it cannot be understood.
    """
    if asked.rep and asked.territory:
        raise Refused(422, "choose a rep or a territory, not both")
    contact = to_e164(asked.contact, country) if asked.contact else None
    if asked.contact and contact is None:
        raise Refused(422, f"{asked.contact[:40]!r} is no telephone number")
    before = Place.read(asked.before) if asked.before else None
    if asked.before and before is None:
        raise Refused(422, "before: the place that `next` named")
    who: tuple[Literal["rep", "territory"], str] | None = None
    if asked.rep or asked.territory:
        who = ("rep", asked.rep) if asked.rep else ("territory", asked.territory)
    return Search(
        who=who,
        contact=contact,
        since=_instant(asked.since, "since"),
        until=_instant(asked.until, "until", days=1),
        before=before,
    )


def _instant(text: str, field: str, *, days: int = 0) -> str | None:
    """Return the instant that somebody means: one in ISO 8601, or the begin (or end) of a day."""
    if not text:
        return None
    try:
        at = dt.datetime.fromisoformat(text)
        is_day = len(text) <= len("2026-11-22")
        at = at.astimezone() if at.tzinfo is None else at
        return instant((at + dt.timedelta(days=days if is_day else 0)).timestamp())
    except (ValueError, OverflowError):
        raise Refused(422, f"{field}: a day such as 2026-11-22, or an instant") from None


async def found(
    desk: Desk, search: Search, limit: int
) -> tuple[tuple[ThreadView, ...], Place | None]:
    """Return a page of conversations, and the place where the next begins; None: it is the last."""
    threads = await asyncio.to_thread(desk.store.search, search, limit=limit + 1)
    if len(threads) <= limit:
        return threads, None
    last = threads[limit - 1]
    return threads[:limit], Place(last.started_at, last.conversation_id)


TheQuery = NamedDependency[SkipValidation[Asked]]
"""What the query of a URL asks for."""


def asked_of(
    rep: FromQuery[str] = "",
    territory: FromQuery[str] = "",
    contact: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    before: FromQuery[str] = "",
) -> Asked:
    """Return what the query of a URL asks for."""
    return Asked(
        rep=rep, territory=territory, contact=contact, since=since, until=until, before=before
    )


@get("/conversations", include_in_schema=False)
async def conversations(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    visitor: TheVisitor,
    windows: TheWindows,
    asked: TheQuery,
) -> Html:
    """List conversations."""
    return await _list(request, desk, visitor, windows, asked)


@get("/contacts/{number:str}", include_in_schema=False)
async def contact_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    visitor: TheVisitor,
    windows: TheWindows,
    asked: TheQuery,
    number: FromPath[str],
) -> Html:
    """List the conversations with a Lead or Contact."""
    e164 = to_e164(number, desk.config.switch.country)
    if e164 is None:
        raise Refused(404, f"{number[:40]!r} is no telephone number")
    asked = Asked(contact=e164, before=asked.before)
    known = await desk.contacts.find(e164)
    return await _list(request, desk, visitor, windows, asked, contact=known)


async def _list(
    request: Request[Any, Any, Any],
    desk: Desk,
    visitor: Visitor,
    windows: Windows,
    asked: Asked,
    *,
    contact: Contact | None = None,
) -> Html:
    country = desk.config.switch.country
    threads: tuple[ThreadView, ...] = ()
    problem, place = "", None
    try:
        threads, place = await found(desk, search_of(asked, country), _PAGE)
    except Refused as error:
        problem = f"{error.why[:1].upper()}{error.why[1:]}."
    plan = desk.config.dialplan
    heading = "Conversations"
    if contact is not None:
        heading = contact.name or phone(contact.number, country)
    return html_page(
        request,
        windows.looks,
        "conversations.html",
        status_code=422 if problem else 200,
        visitor=visitor,
        here="conversations",
        heading=heading,
        contact=contact,
        asked=asked,
        reps=plan.reps,
        territories=plan.territories,
        problem=problem,
        threads=threads,
        contacts=await windows.contacts(threads),
        chains={thread.conversation_id: chain(desk, thread) for thread in threads},
        lasted={thread.conversation_id: lasted(thread) for thread in threads},
        query=asked.query(before=""),
        next=asked.query(before=str(place)) if place else "",
        path="/conversations",
    )


@get("/conversations/{conversation_id:str}", include_in_schema=False)
async def conversation(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    visitor: TheVisitor,
    windows: TheWindows,
    conversation_id: FromPath[str],
) -> Html:
    """Show one conversation in full."""
    thread = await thread_of(desk, conversation_id)
    contact = await desk.contacts.find(thread.contact)
    notes = await asyncio.to_thread(desk.store.notes, [thread.conversation_id])
    may_write = visitor.is_supervisor or visitor.rep in everybody_in(thread)
    who = about(thread, contact, desk.config.switch.country)
    heading = {"inbound": f"Call from {who}", "outbound": f"Call to {who}"}
    return html_page(
        request,
        windows.looks,
        "conversation.html",
        visitor=visitor,
        here="conversations",
        heading=heading.get(thread.direction, "Call between reps"),
        thread=thread,
        contact=contact,
        line=timeline(thread, instant(desk.now())),
        steps=steps_of(thread),
        may_write=may_write,
        notes=await windows.notes_of(visitor, thread.conversation_id) if may_write else "",
        others=notes,
    )


@get("/conversations.csv", include_in_schema=False)
async def csv_page(
    desk: TheDesk,
    visitor: TheVisitor,  # noqa: ARG001 -- only who has signed in
    asked: TheQuery,
) -> Stream:
    """Export conversations for a spreadsheet."""
    search = search_of(asked, desk.config.switch.country)
    return Stream(
        _csv(desk, search),
        media_type="text/csv",
        headers={
            "Content-Disposition": 'attachment; filename="conversations.csv"',
            "Cache-Control": "no-store",
        },
    )


async def _csv(desk: Desk, search: Search) -> AsyncIterator[str]:
    yield _line(_COLUMNS)
    place: Place | None = search.before
    for _ in range(0, _CSV_MOST, _CSV_AT_ONCE):
        page = Search(
            who=search.who,
            contact=search.contact,
            since=search.since,
            until=search.until,
            before=place,
        )
        threads, place = await found(desk, page, _CSV_AT_ONCE)
        ids = [thread.conversation_id for thread in threads]
        contacts = await desk.contacts.find_all([thread.contact for thread in threads])
        notes = await asyncio.to_thread(desk.store.notes, ids) if ids else []
        for thread in threads:
            own = [note for note in notes if note.conversation_id == thread.conversation_id]
            known = contacts.get(thread.contact or "")
            first = thread.legs[0] if thread.legs else None
            yield _line(
                (
                    thread.conversation_id,
                    thread.started_at,
                    thread.ended_at or "",
                    thread.direction,
                    thread.contact or "",
                    known.name or "" if known else "",
                    known.company or "" if known else "",
                    " > ".join(leg.rep for leg in thread.legs if leg.rep),
                    ", ".join(dict.fromkeys(leg.territory for leg in thread.legs if leg.territory)),
                    f"{sum(leg.talk_s for leg in thread.legs if leg.role == 'rep'):.1f}",
                    f"{thread.waiting_s:.1f}",
                    str(len(thread.transfers)),
                    str(first.end_reason or "") if first else "",
                    ", ".join(note.disposition for note in own if note.disposition),
                    "\n".join(f"{note.author}: {note.text}" for note in own if note.text),
                )
            )
        if place is None:
            return


def _line(cells: Sequence[str]) -> str:
    """Return a line; what people wrote cannot be taken for a formula."""
    out = io.StringIO()
    csv.writer(out).writerow(
        f"'{cell}" if cell.startswith(_FORMULA) and not _is_number(cell) else cell for cell in cells
    )
    return out.getvalue()


def _is_number(cell: str) -> bool:
    return cell.lstrip("+-").replace(".", "", 1).isdecimal()


async def thread_of(desk: Desk, conversation_id: str) -> ThreadView:
    """Return a conversation.

    Raises:
        Refused: there is none, or several ids begin like that.
    """
    live = desk.board.thread(conversation_id)
    if live is not None:
        return live
    try:
        return await asyncio.to_thread(desk.store.get, conversation_id)
    except UnknownThreadError as error:
        raise Refused(404, str(error)) from None
    except AmbiguousThreadError as error:
        raise Refused(409, str(error)) from None


def everybody_in(thread: ThreadView) -> set[str]:
    """Return the reps who talked, or were called, in a conversation."""
    tried = {attempt.rep for leg in thread.legs for attempt in leg.attempts}
    return {rep for rep in tried | {leg.rep for leg in thread.legs} if rep is not None}


def chain(desk: Desk, thread: ThreadView) -> str:
    """Return who talked, one after the other."""
    names = [
        desk.name(leg.rep or leg.number)
        for leg in thread.legs
        if leg.role != "customer" and leg.answered_at is not None
    ]
    if names:
        return " → ".join(names)
    tried = dict.fromkeys(
        desk.name(attempt.rep or attempt.territory or attempt.number)
        for leg in thread.legs
        for attempt in leg.attempts
    )
    return f"nobody ({', '.join(tried)})" if tried else "nobody"


def lasted(thread: ThreadView) -> str:
    """Return how long it was; empty while it goes on."""
    if thread.ended_at is None:
        return ""
    return duration(seconds_between(thread.started_at, thread.ended_at))


LISTS: Final = (conversations, contact_page, conversation, csv_page)
