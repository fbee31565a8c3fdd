"""Does what is asked with an Idempotency-Key once, however often it is asked.

The answer is kept in the desk's file, so that a program that has not heard it, because the desk
was started anew meanwhile, gets it when it asks again. What was refused is not kept: nothing
was done, and it may be done next time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import msgspec
from litestar import Request, Response

from switch.desk.people import Kept
from switch.desk.web.callers import Caller
from switch.desk.web.desk import Desk
from switch.desk.web.errors import Refused

_ACCEPTED: Final = 202
_Done = TypeVar("_Done", bound=msgspec.Struct)


async def once(
    request: Request[Any, Any, Any],
    desk: Desk,
    caller: Caller,
    key: str | None,
    data: msgspec.Struct,
    start: Callable[[], Awaitable[_Done]],
) -> Response[_Done]:
    """Return the answer to a request, and do what it asks unless that was done before.

    Raises:
        Refused: it is not done; or it is being done now; or the key was used for something else.
    """
    if key is None:
        return Response(await start(), status_code=_ACCEPTED)
    asked = f"{request.method} {request.url.path} ".encode() + msgspec.json.encode(data)
    fingerprint = hashlib.sha256(asked).hexdigest()
    known = desk.people.kept(caller.name, key, desk.now())
    if known is not None:
        if known.fingerprint != fingerprint:
            raise Refused(422, "this Idempotency-Key was used for another request")
        kept: Response[Any] = Response(
            msgspec.Raw(known.answer.encode()),
            status_code=_ACCEPTED,
            media_type="application/json",
            headers={"Idempotency-Replayed": "true"},
        )
        return kept
    if (caller.name, key) in desk.under_way:
        raise Refused(409, "a request with this Idempotency-Key is under way")
    desk.under_way.add((caller.name, key))
    try:
        done = await start()
    finally:
        desk.under_way.discard((caller.name, key))
    answer = msgspec.json.encode(done).decode()
    desk.people.keep(caller.name, key, Kept(fingerprint=fingerprint, answer=answer), desk.now())
    return Response(done, status_code=_ACCEPTED)
