"""The API, for whoever builds a CRM around the switch: see ``/api`` for what it does.

Whatever a program may do, a rep may do on a page; both go by :mod:`switch.desk.web.actions`.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import (
    FromPath,
    FromQuery,
    HeaderParameter,
    JSONBody,
    PathParameter,
    QueryParameter,
)

from dialplan.numbers import to_e164
from switch.desk.contacts import Contact
from switch.desk.notes import LONGEST, Note, NoteChanged
from switch.desk.search import Search
from switch.desk.web import actions
from switch.desk.web.actions import Actor
from switch.desk.web.callers import TheCaller, needs
from switch.desk.web.errors import Refused
from switch.desk.web.given import TheDesk
from switch.desk.web.listing import Asked, found, search_of, thread_of
from switch.desk.web.once import once
from switch.desk.web.problems import Problem
from switch.records.choice import ChoiceRecord
from switch.threads.view import ThreadView

_DEFAULT: Final = 40
_MOST: Final = 200
_Limit = Annotated[int, QueryParameter(ge=1, le=_MOST, description="How many at most.")]
_Key = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=128,
        pattern="^[!-~]+$",
        description="Made up by you: the same request sent again with it is done once.",
    ),
]
_Id = Annotated[
    str,
    PathParameter(pattern=r"^[^/+#\s\x00-\x1f]{1,128}$", description="The conversation's id."),
]


class RepOut(msgspec.Struct, frozen=True, kw_only=True):
    """Is a rep."""

    name: str
    display_name: str
    extension: str
    state: str
    """available, on_call, ringing, away, wrap_up or offline."""
    territories: list[str]


class TerritoryOut(msgspec.Struct, frozen=True, kw_only=True):
    """Is a territory."""

    name: str
    display_name: str
    extension: str
    strategy: str
    members: list[str]
    available: int
    """Members who could be rung now."""


class LiveOut(msgspec.Struct, frozen=True, kw_only=True):
    """Is a conversation that goes on."""

    conversation: ThreadView
    choice: ChoiceRecord | None
    """What its transferor can choose, if the customer hears music."""


class PageOut(msgspec.Struct, frozen=True, kw_only=True):
    """Is a page of conversations, the one that started last first."""

    conversations: list[ThreadView]
    next: str | None
    """Give it as ``before`` to get the next page; null: this was the last."""


class ConversationOut(msgspec.Struct, frozen=True, kw_only=True):
    """Is a conversation, with all that was written of it."""

    conversation: ThreadView
    contact: Contact | None
    notes: list[Note]


class ContactOut(msgspec.Struct, frozen=True, kw_only=True):
    """Is a Lead or Contact, with a page of his conversations."""

    contact: Contact
    conversations: list[ThreadView]
    next: str | None


class StartedOut(msgspec.Struct, frozen=True, kw_only=True):
    """Says that what was asked is being done; the live conversation tells how it goes."""

    conversation: str
    """Its whole id."""


class TransferIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Says to whom a call is to be transferred."""

    target: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    """What a rep would dial: a name, an extension, an outside number."""
    rep: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None
    """The rep whose call it must be; left out: whoever's it is."""


class ResumeIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Says whose call is to be given back."""

    rep: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None
    """The rep whose call it must be; left out: whoever's it is."""


class NoteIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Is what is to be written of a conversation, in the place of what its author wrote before."""

    text: Annotated[str, msgspec.Meta(max_length=LONGEST)]
    disposition: str | None = None
    """One of ``[desk] dispositions``; null: unsaid."""
    rep: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None
    """The rep who writes it, of a conversation of his; left out: the token does, by its name."""
    revision: Annotated[int, msgspec.Meta(ge=0, lt=2**31)] | None = None
    """The revision it is based on (0: there was none): if there is a newer one, 409. Null: the
    newest is replaced."""


def _no(*statuses: int) -> dict[int, ResponseSpec]:
    """Return what is said of answers that are none, in the description of the API."""
    every = {400, 401, 403, 429, 500, 503, *statuses}
    return {
        status: ResponseSpec(
            data_container=Problem,
            media_type="application/problem+json",
            generate_examples=False,
        )
        for status in sorted(every)
    }


# ---------------------------------------------------------------- who there is


@get("/reps", guards=[needs("read")], responses=_no(), tags=["Team"], sync_to_thread=False)
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


@get("/territories", guards=[needs("read")], responses=_no(), tags=["Team"], sync_to_thread=False)
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


@get("/presence", guards=[needs("read")], responses=_no(), tags=["Team"], sync_to_thread=False)
def presence(desk: TheDesk) -> dict[str, str]:
    """Return what each rep is doing, by name."""
    return {rep: desk.board.state(rep) for rep in desk.board.reps}


# ---------------------------------------------------------------- calls that go on


@get("/live", guards=[needs("read")], responses=_no(), tags=["Live calls"], sync_to_thread=False)
def live(desk: TheDesk) -> list[LiveOut]:
    """Return the conversations that go on, the oldest first."""
    return [
        LiveOut(conversation=seen, choice=desk.board.choice(seen.conversation_id))
        for seen in desk.board.live()
    ]


@post(
    "/live/{conversation_id:str}/transfer",
    guards=[needs("control")],
    responses=_no(404, 409, 410, 413, 422, 504),
    status_code=202,
    tags=["Live calls"],
)
async def transfer(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    caller: TheCaller,
    conversation_id: _Id,
    data: JSONBody[TransferIn],
    key: _Key = None,
) -> Response[StartedOut]:
    """Transfer a call, or one that nobody took to somebody else.

    The transferor is free at once; the customer hears music until the target answers.
    """

    async def start() -> StartedOut:
        actor = Actor(rep=data.rep, author=caller.name)
        return StartedOut(
            conversation=await actions.transfer(desk, actor, conversation_id, data.target)
        )

    return await once(request, desk, caller, key, data, start)


@post(
    "/live/{conversation_id:str}/resume",
    guards=[needs("control")],
    responses=_no(404, 409, 410, 413, 422, 504),
    status_code=202,
    tags=["Live calls"],
)
async def resume(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    caller: TheCaller,
    conversation_id: _Id,
    data: JSONBody[ResumeIn],
    key: _Key = None,
) -> Response[StartedOut]:
    """Give a transferor his call back now, whatever is being tried."""

    async def start() -> StartedOut:
        actor = Actor(rep=data.rep, author=caller.name)
        return StartedOut(conversation=await actions.resume(desk, actor, conversation_id))

    return await once(request, desk, caller, key, data, start)


# ---------------------------------------------------------------- conversations


@get("/conversations", guards=[needs("read")], responses=_no(422), tags=["Conversations"])
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
    responses=_no(404, 409),
    tags=["Conversations"],
)
async def conversation(desk: TheDesk, conversation_id: _Id) -> ConversationOut:
    """Return one conversation, with all that was written of it."""
    thread = await thread_of(desk, conversation_id)
    notes = await asyncio.to_thread(desk.store.notes, [thread.conversation_id])
    return ConversationOut(
        conversation=thread, contact=await desk.contacts.find(thread.contact), notes=notes
    )


@post(
    "/conversations/{conversation_id:str}/notes",
    guards=[needs("control")],
    responses=_no(404, 409, 413, 422),
    status_code=200,
    tags=["Conversations"],
)
async def write_note(
    desk: TheDesk, caller: TheCaller, conversation_id: _Id, data: JSONBody[NoteIn]
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
    responses=_no(404, 422),
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


class TokenOut(msgspec.Struct, frozen=True, kw_only=True):
    """Is what is known of a token; not the token itself."""

    name: str
    scopes: list[str]
    made_at: float
    """UTC seconds."""
    used_at: float | None


@get("/tokens", guards=[needs("admin")], responses=_no(), tags=["Administration"])
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
        transfer,
        resume,
        conversations,
        conversation,
        write_note,
        contact_of,
        tokens,
    ],
    security=[{"token": []}],
)
