"""Conversations as CSV, so that a spreadsheet does no harm."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Final

from litestar import get
from litestar.response import Stream

from switch.desk.search import Place, Search
from switch.desk.web.desk import Desk
from switch.desk.web.given import TheDesk, TheVisitor
from switch.desk.web.searches import TheQuery, found, search_of

_CSV_AT_ONCE: Final = 500
_CSV_MOST: Final = 100_000
_COLUMNS: Final = (
    "conversation", "started_at", "ended_at", "direction", "contact", "name", "company",
    "reps", "territories", "talked_s", "waited_s", "transfers", "end", "dispositions", "notes",
)  # fmt: skip
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet would carry out a text that begins so."""


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
