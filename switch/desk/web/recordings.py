"""The sound of recordings, sent in whatever part a player asks for (RFC 9110 §14).

Rules of this file:

* A file is named by its conversation, and has to be in the conversation's records: nothing else in
  the store can be asked for.
* It is sent by us, also out of a bucket: a page may load from us alone, and an address that
  anybody can listen at is never given out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import structlog
from litestar import HttpMethod, Request, get, route
from litestar.params import FromPath
from litestar.response import Response, Stream

from switch.desk.web.desk import Desk
from switch.desk.web.errors import Refused
from switch.desk.web.given import TheDesk, TheVisitor, TheWindows
from switch.desk.web.html import Html
from switch.desk.web.players import players_of, size_of, starts_of
from switch.desk.web.ranges import OutOfRange, part_of
from switch.desk.web.searches import thread_of

_LOG = structlog.get_logger()
_PIECE_BYTES: Final = 1 << 19
_TYPES: Final = {"flac": "audio/flac", "opus": "audio/ogg; codecs=opus"}
"""RFC 9639 §9, RFC 7845 §9."""


@route(
    "/recordings/{conversation_id:str}/{file:str}",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    include_in_schema=False,
)
async def recording(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    visitor: TheVisitor,
    conversation_id: FromPath[str],
    file: FromPath[str],
) -> Response[Any]:
    """Send a recording, or a part of it."""
    thread = await thread_of(desk, conversation_id)
    name = next((one for one in thread.recordings if one.rpartition("/")[2] == file), None)
    if name is None:
        raise Refused(404, "this conversation has no such recording")
    size = await size_of(desk, visitor, thread, name)
    mark = f'"{file}-{size:x}"'
    # What is asked for under the condition that it is still the same, and is not: the whole.
    asked = request.headers.get("Range")
    if request.headers.get("If-Range", mark) != mark:
        asked = None
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
        "ETag": mark,
        "Content-Disposition": f'inline; filename="{file}"',
    }
    try:
        part = part_of(asked, size)
    except OutOfRange:
        return Response(
            b"", status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"}
        )
    start, end = part or (0, size)
    if start == 0 and request.method == "GET":
        _LOG.info("desk.recording_heard", conversation=thread.conversation_id, rep=visitor.rep)
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return Stream(
        _sound(desk, name, start, end),
        status_code=206 if part else 200,
        media_type=_TYPES[name.rpartition(".")[2]],
        headers={**headers, "Content-Length": str(end - start)},
    )


async def _sound(desk: Desk, name: str, start: int, end: int) -> AsyncIterator[bytes]:
    """Yield the bytes of a file, never many at once."""
    while start < end:
        stop = min(start + _PIECE_BYTES, end)
        yield await asyncio.to_thread(desk.recordings.read, name, start, stop)
        start = stop


@get("/conversations/{conversation_id:str}/recording", include_in_schema=False)
async def player(
    desk: TheDesk, visitor: TheVisitor, windows: TheWindows, conversation_id: FromPath[str]
) -> Html:
    """Return the players of a conversation anew: what was being made may be there."""
    thread = await thread_of(desk, conversation_id)
    players = await players_of(desk, visitor, thread)
    return Html(
        windows.looks.render(
            "players_again.html", thread=thread, players=players, starts=starts_of(players)
        )
    )


RECORDINGS: Final = (recording, player)
