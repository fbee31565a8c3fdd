"""How the API says no: problem details (RFC 9457)."""

from __future__ import annotations

import msgspec
from litestar import Response
from litestar.openapi.datastructures import ResponseSpec

from switch.desk.web.errors import Refused, SignInNeeded, TooOften

MEDIA_TYPE = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Is why something was not done; nothing was changed."""

    type: str
    """Which kind of problem: a place in the description of the API."""
    title: str
    """The same for people; always the same for one type."""
    status: int
    """The status of HTTP."""
    detail: str
    """What it was this time."""
    instance: str
    """What was asked for: the path of the request."""


def problem_of(refused: Refused, path: str) -> Response[Problem]:
    """Return the answer that tells a program why something was not done."""
    headers: dict[str, str] = {"Cache-Control": "no-store"}
    if isinstance(refused, SignInNeeded):
        headers["WWW-Authenticate"] = 'Bearer realm="softswitch"'
    if isinstance(refused, TooOften):
        headers["Retry-After"] = str(refused.wait_s)
    return Response(
        Problem(
            type=f"/api#status-{refused.status}",
            title=refused.title,
            status=refused.status,
            detail=refused.why,
            instance=path,
        ),
        status_code=refused.status,
        media_type=MEDIA_TYPE,
        headers=headers,
    )


def no(*statuses: int) -> dict[int, ResponseSpec]:
    """Return what is said of answers that are none, in the description of the API."""
    every = {400, 401, 403, 429, 500, 503, *statuses}
    return {
        status: ResponseSpec(
            data_container=Problem,
            media_type=MEDIA_TYPE,
            generate_examples=False,
        )
        for status in sorted(every)
    }
