"""What is searched for in conversations, and what is said of those that are found."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from litestar.di import NamedDependency
from litestar.params import FromQuery, SkipValidation

from dialplan.numbers import to_e164
from switch.desk.errors import AmbiguousThreadError, UnknownThreadError
from switch.desk.search import Place, Search
from switch.desk.web.desk import Desk
from switch.desk.web.errors import Refused
from switch.desk.web.signing import Visitor
from switch.records.of_leg import instant
from switch.threads.clock import duration
from switch.threads.instants import seconds_between
from switch.threads.view import ThreadView


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


def may_write(visitor: Visitor, thread: ThreadView) -> bool:
    """Tell whether somebody may write notes: whoever talked or was called, and supervisors."""
    return visitor.is_supervisor or visitor.rep in everybody_in(thread)


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
