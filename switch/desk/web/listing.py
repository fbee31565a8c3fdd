"""Pages of conversations: lists, one thread, a contact's, and the same as CSV."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import Request, get
from litestar.params import FromPath

from dialplan.numbers import to_e164
from switch.desk.contacts import Contact
from switch.desk.web.desk import Desk
from switch.desk.web.errors import Refused
from switch.desk.web.export import csv_page
from switch.desk.web.given import TheDesk, TheVisitor, TheWindows
from switch.desk.web.html import Html, html_page
from switch.desk.web.looks import phone
from switch.desk.web.players import players_of
from switch.desk.web.searches import (
    Asked,
    TheQuery,
    chain,
    found,
    lasted,
    may_write,
    search_of,
    thread_of,
)
from switch.desk.web.signing import Visitor
from switch.desk.web.windows import Windows
from switch.threads.view import ThreadView

_PAGE: Final = 40


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
    return await _list(request, desk, visitor, windows, asked, number=e164, contact=known)


async def _list(
    request: Request[Any, Any, Any],
    desk: Desk,
    visitor: Visitor,
    windows: Windows,
    asked: Asked,
    *,
    number: str | None = None,
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
    heading = "Conversations" if number is None else phone(number, country)
    if contact is not None and contact.name:
        heading = contact.name
    return html_page(
        request,
        windows.looks,
        "conversations.html",
        status_code=422 if problem else 200,
        visitor=visitor,
        here="conversations",
        heading=heading,
        number=number,
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
    writes = may_write(visitor, thread)
    players = await players_of(desk, visitor, thread)
    return html_page(
        request,
        windows.looks,
        "conversation.html",
        visitor=visitor,
        here="conversations",
        heading=windows.heading(thread, contact),
        thread=thread,
        who_talked=await windows.thread(visitor, thread),
        may_write=writes,
        notes=await windows.notes_of(visitor, thread.conversation_id) if writes else "",
        others=notes,
        players=windows.players(thread, players) if players else "",
    )


LISTS: Final = (conversations, contact_page, conversation, csv_page)
