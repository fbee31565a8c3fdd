"""What is pushed to the page of a conversation that goes on (server-sent events).

Only while it goes on, and a little longer: a browser has six connections to the desk, and whoever
reads ten old conversations in ten tabs would wait for an eleventh for ever.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import ServerSentEvent, ServerSentEventMessage

from switch.desk.web.desk import Desk
from switch.desk.web.errors import Refused, SignInNeeded
from switch.desk.web.given import TheDesk, TheWindows
from switch.desk.web.players import players_of
from switch.desk.web.searches import may_write, thread_of
from switch.desk.web.signing import Visitor, visitor_of
from switch.desk.web.stream import RETRY_MS, signed_out
from switch.desk.web.windows import Windows
from switch.threads.view import ThreadView

DRAWN_EVERY_S: Final = 5.0
"""So often the line of a call that goes on is drawn anew: it has become longer."""
LINGERS_S: Final = 30.0
"""So long after its end what comes late is told too: its last records, and notes."""


@get("/conversations/{conversation_id:str}/events", include_in_schema=False)
async def follow(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    windows: TheWindows,
    conversation_id: FromPath[str],
) -> ServerSentEvent:
    """Push what changes in a conversation."""
    try:
        visitor = visitor_of(request, desk)
    except SignInNeeded:
        return ServerSentEvent(signed_out())
    thread = await thread_of(desk, conversation_id)
    return ServerSentEvent(following(desk, windows, visitor, thread.conversation_id))


async def following(
    desk: Desk, windows: Windows, visitor: Visitor, conversation_id: str
) -> AsyncIterator[ServerSentEventMessage]:
    """Yield what changes in a conversation, until it has been over for a while."""
    told = ""
    sounds: tuple[object, ...] = ()
    over_at_s: float | None = None
    with desk.hub.follower(conversation_id) as page:
        yield ServerSentEventMessage(event="hello", data="-", retry=RETRY_MS)
        while over_at_s is None or desk.clock() - over_at_s < LINGERS_S:
            await page.news(DRAWN_EVERY_S)
            try:
                thread = await thread_of(desk, conversation_id)
            except Refused:  # it was erased meanwhile
                break
            if thread.ended_at is None:
                over_at_s = None
            elif over_at_s is None:
                over_at_s = desk.clock()
            if (html := await windows.thread(visitor, thread)) != told:
                told = html
                yield ServerSentEventMessage(event="thread", data=html)
            # What is played is left alone, unless there is something else to be played.
            if (there := _sounds(thread)) != sounds:
                sounds = there
                players = await players_of(desk, visitor, thread)
                yield ServerSentEventMessage(event="players", data=windows.players(thread, players))
            if page.notes:
                page.notes = False
                is_reader = not may_write(visitor, thread)
                others = await windows.others_of(visitor, conversation_id, alone=is_reader)
                yield ServerSentEventMessage(event="others", data=others)
    yield ServerSentEventMessage(event="over", data="-")


def _sounds(thread: ThreadView) -> tuple[object, ...]:
    """Return what is there to be heard, as far as the conversation itself tells."""
    return (*thread.recordings, thread.ended_at is None) if thread.recordings else ()
