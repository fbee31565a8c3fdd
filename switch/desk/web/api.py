"""The API, for whoever builds a CRM around the switch: see ``/api`` for what it does.

Whatever a program may do, a rep may do on a page; both go by :mod:`switch.desk.web.actions`.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from litestar import Router, get, post
from litestar.params import (
    FromPath,
    FromQuery,
    JSONBody,
    QueryParameter,
)

from dialplan.numbers import to_e164
from switch.desk.contacts import Contact
from switch.desk.notes import Note, NoteChanged
from switch.desk.search import Search
from switch.desk.web import actions
from switch.desk.web.actions import Actor
from switch.desk.web.bodies import (
    ContactOut,
    ConversationOut,
    LiveOut,
    NoteIn,
    PageOut,
    RepOut,
    TerritoryOut,
    TokenOut,
)
from switch.desk.web.call_control import CALL_CONTROL, ConversationId
from switch.desk.web.callers import TheCaller, needs
from switch.desk.web.errors import Refused
from switch.desk.web.given import TheDesk
from switch.desk.web.problems import no
from switch.desk.web.searches import Asked, found, search_of, thread_of

_DEFAULT: Final = 40
_MOST: Final = 200
_Limit = Annotated[int, QueryParameter(ge=1, le=_MOST, description="How many at most.")]


# ---------------------------------------------------------------- who there is


@get("/reps", guards=[needs("read")], responses=no(), tags=["Team"], sync_to_thread=False)
def reps(desk: TheDesk) -> list[RepOut]:
    """Return all reps, and what each is doing now."""
    members = desk.members
    return [
        RepOut(
            name=rep.name,
            display_name=rep.display_name,
            extension=rep.extension,
            state=desk.board.state(rep.name),
            territories=[name for name, reps in members.items() if rep.name in reps],
        )
        for rep in desk.config.dialplan.reps
    ]


@get("/territories", guards=[needs("read")], responses=no(), tags=["Team"], sync_to_thread=False)
def territories(desk: TheDesk) -> list[TerritoryOut]:
    """Return all territories, and how many of each could be rung now."""
    return [
        TerritoryOut(
            name=one.name,
            display_name=one.display_name or one.name,
            extension=one.extension,
            strategy=one.strategy.value,
            members=list(one.members),
            available=desk.board.available(one.members),
        )
        for one in desk.config.dialplan.territories
    ]


@get("/presence", guards=[needs("read")], responses=no(), tags=["Team"], sync_to_thread=False)
def presence(desk: TheDesk) -> dict[str, str]:
    """Return what each rep is doing, by name."""
    return {rep: desk.board.state(rep) for rep in desk.board.reps}


# ---------------------------------------------------------------- calls that go on


@get("/live", guards=[needs("read")], responses=no(), tags=["Live calls"], sync_to_thread=False)
def live(desk: TheDesk) -> list[LiveOut]:
    """Return the conversations that go on, the oldest first."""
    return [
        LiveOut(conversation=seen, choice=desk.board.choice(seen.conversation_id))
        for seen in desk.board.live()
    ]


# ---------------------------------------------------------------- conversations


@get("/conversations", guards=[needs("read")], responses=no(422), tags=["Conversations"])
async def conversations(
    desk: TheDesk,
    rep: Annotated[str, QueryParameter(description="Only those he talked in, or made.")] = "",
    territory: Annotated[str, QueryParameter(description="Only those it was called for.")] = "",
    contact: Annotated[str, QueryParameter(description="Only those with this number.")] = "",
    since: Annotated[str, QueryParameter(description="Began then or later: day or instant.")] = "",
    until: Annotated[str, QueryParameter(description="Began before; of a day: its end.")] = "",
    before: Annotated[str, QueryParameter(description="`next` of the page before.")] = "",
    limit: _Limit = _DEFAULT,
) -> PageOut:
    """Return conversations, the one that started last first; a page at a time."""
    asked = Asked(
        rep=rep, territory=territory, contact=contact, since=since, until=until, before=before
    )
    threads, place = await found(desk, search_of(asked, desk.config.switch.country), limit)
    return PageOut(conversations=list(threads), next=str(place) if place else None)


@get(
    "/conversations/{conversation_id:str}",
    guards=[needs("read")],
    responses=no(404, 409),
    tags=["Conversations"],
)
async def conversation(desk: TheDesk, conversation_id: ConversationId) -> ConversationOut:
    """Return one conversation, with all that was written of it."""
    thread = await thread_of(desk, conversation_id)
    notes = await asyncio.to_thread(desk.store.notes, [thread.conversation_id])
    return ConversationOut(
        conversation=thread, contact=await desk.contacts.find(thread.contact), notes=notes
    )


@post(
    "/conversations/{conversation_id:str}/notes",
    guards=[needs("control")],
    responses=no(404, 409, 413, 422),
    status_code=200,
    tags=["Conversations"],
)
async def write_note(
    desk: TheDesk, caller: TheCaller, conversation_id: ConversationId, data: JSONBody[NoteIn]
) -> Note:
    """Write a note of a conversation, in the place of the one its author wrote before.

    To say the same twice is to say it once: this needs no Idempotency-Key.
    """
    actor = Actor(rep=data.rep, author=data.rep or caller.name)
    if data.rep is not None and desk.config.dialplan.rep(data.rep) is None:
        raise Refused(422, f"there is no rep {data.rep!r}")
    try:
        return await actions.write_note(
            desk,
            actor,
            conversation_id,
            text=data.text,
            disposition=data.disposition,
            based_on=data.revision,
        )
    except NoteChanged as error:
        raise Refused(409, f"there is a newer revision, {error.known.revision}") from None


@get(
    "/contacts/{number:str}",
    guards=[needs("read")],
    responses=no(404, 422),
    tags=["Conversations"],
)
async def contact_of(
    desk: TheDesk, number: FromPath[str], before: FromQuery[str] = "", limit: _Limit = _DEFAULT
) -> ContactOut:
    """Return who has a number, and the conversations with him."""
    country = desk.config.switch.country
    e164 = to_e164(number, country)
    if e164 is None:
        raise Refused(404, "this is no telephone number")
    place = search_of(Asked(before=before), country).before
    threads, next_ = await found(desk, Search(contact=e164, before=place), limit)
    contact = await desk.contacts.find(e164)
    return ContactOut(
        contact=contact or Contact(number=e164),
        conversations=list(threads),
        next=str(next_) if next_ else None,
    )


@get("/tokens", guards=[needs("admin")], responses=no(), tags=["Administration"])
async def tokens(desk: TheDesk) -> list[TokenOut]:
    """Return which tokens there are, and when each was used last."""
    found_ = await asyncio.to_thread(desk.people.tokens)
    return [
        TokenOut(name=one.name, scopes=list(one.scopes), made_at=one.made_at, used_at=one.used_at)
        for one in found_
    ]


API: Final = Router(
    "/api/v1",
    route_handlers=[
        reps,
        territories,
        presence,
        live,
        *CALL_CONTROL,
        conversations,
        conversation,
        write_note,
        contact_of,
        tokens,
    ],
    security=[{"token": []}],
)
