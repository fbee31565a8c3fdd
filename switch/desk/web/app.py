"""The desk's pages and API as one ASGI application, and the server that runs it.

Rules of this file:

* What goes wrong has one form for pages, one for what htmx asks, one for programs; none of them
  says what only we should know.
* A page runs our own scripts and nothing else, is shown in nobody's frame, and tells nobody where
  it was.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Final
from urllib.parse import quote

import structlog
import uvicorn
from litestar import Litestar, Request, Response
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Redirect
from litestar.static_files import create_static_files_router

from switch.desk.errors import StoreUnavailableError
from switch.desk.meters import Meters
from switch.desk.web.api import API
from switch.desk.web.callers import caller_of
from switch.desk.web.controls import CONTROLS
from switch.desk.web.counted import counted
from switch.desk.web.described import description
from switch.desk.web.desk import Desk
from switch.desk.web.errors import Refused, SignInNeeded, TooOften
from switch.desk.web.following import follow
from switch.desk.web.html import Html, html_page
from switch.desk.web.listing import LISTS
from switch.desk.web.looks import FOLDER, Looks, environment
from switch.desk.web.pages import PAGES
from switch.desk.web.problems import problem_of
from switch.desk.web.recordings import RECORDINGS
from switch.desk.web.searches import asked_of
from switch.desk.web.signing import Visitor, visitor_of
from switch.desk.web.stream import events
from switch.desk.web.windows import Windows

_LOG = structlog.get_logger()
_MOST_BYTES: Final = 256 * 1024
"""Of one request: more than any note, and nothing to fill our memory with."""
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_CACHED_S: Final = 31_536_000


def make_app(desk: Desk) -> Litestar:
    """Return the application."""
    looks = Looks(environment(desk.config.switch.country, desk.names))
    windows = Windows(desk=desk, looks=looks)

    def whole_desk() -> Desk:
        return desk

    def all_windows() -> Windows:
        return windows

    def who(request: Request[Any, Any, Any]) -> Visitor:
        return visitor_of(request, desk)

    return Litestar(
        [
            *PAGES,
            *CONTROLS,
            *LISTS,
            *RECORDINGS,
            API,
            events,
            follow,
            create_static_files_router(
                "/static",
                directories=[FOLDER / "static"],
                include_in_schema=False,
                cache_control=None,
            ),
        ],
        dependencies={
            "desk": Provide(whole_desk, sync_to_thread=False),
            "windows": Provide(all_windows, sync_to_thread=False),
            "asked": Provide(asked_of, sync_to_thread=False),
            "caller": Provide(caller_of, sync_to_thread=False),
            "visitor": Provide(who, sync_to_thread=False),
        },
        csrf_config=CSRFConfig(
            secret=desk.key,
            cookie_name="softswitch_csrf",
            cookie_httponly=True,
            cookie_secure=desk.config.desk.https,
            cookie_samesite="lax",
            exclude=["^/api", "^/static"],
        ),
        exception_handlers={Exception: lambda request, error: _answer(request, error, looks)},
        request_max_body_size=_MOST_BYTES,
        openapi_config=description(looks),
        state=State({"desk": desk}),
        logging_config=None,
        before_send=[_add_headers],
        debug=False,
    )


async def _add_headers(message: Any, _scope: Any) -> None:
    """Send the headers that protect a page with every answer."""
    if message["type"] == "http.response.start":
        known = {name.lower() for name, _value in message["headers"]}
        message["headers"] = [
            *message["headers"],
            *(
                (name.lower().encode(), value.encode())
                for name, value in _HEADERS.items()
                if name.lower().encode() not in known
            ),
        ]


def _answer(request: Request[Any, Any, Any], error: Exception, looks: Looks) -> Response[Any]:
    """Return what somebody is told when it did not go as he wanted."""
    refused = refusal_of(error)
    if refused.status >= 500 and not isinstance(error, Refused):  # noqa: PLR2004
        _LOG.error("desk.page_failed", path=request.url.path, exc_info=error)
    if request.url.path.startswith("/api/"):
        return problem_of(refused, request.url.path)
    if isinstance(refused, SignInNeeded) and not _is_htmx(request):
        path = request.url.path if request.method == "GET" else "/"
        return Redirect(f"/sign-in?next={quote(path)}", status_code=303)
    why = f"{refused.why[:1].upper()}{refused.why[1:]}."
    if _is_htmx(request):
        response = Html(looks.render("said.html", text=why, bad=True), status_code=refused.status)
        if isinstance(refused, SignInNeeded):
            response.headers["HX-Redirect"] = "/sign-in"
    else:
        response = html_page(
            request,
            looks,
            "error.html",
            status_code=refused.status,
            title=refused.title,
            why=why,
            visitor=None,
        )
    if isinstance(refused, TooOften):
        response.headers["Retry-After"] = str(refused.wait_s)
    return response


def refusal_of(error: Exception) -> Refused:
    """Return an error as what is said of it outside."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, StoreUnavailableError):
        return Refused(503, "conversations cannot be read at the moment")
    if isinstance(error, ValidationException):
        extra = error.extra if isinstance(error.extra, list) else []
        wrong = ", ".join(str(one.get("key", "body")) for one in extra if isinstance(one, dict))
        return Refused(400, f"wrong or missing: {wrong}" if wrong else "it is not as it should be")
    if isinstance(error, HTTPException):
        why = {
            403: "this page is too old, or the request came from elsewhere: load the page again",
            404: "there is no such page",
            405: "this is not done here",
            413: f"at most {_MOST_BYTES // 1024} KiB are taken at once",
        }.get(error.status_code, "it is not as it should be")
        return Refused(error.status_code, why)
    return Refused(500, "it is logged, and nothing was changed")


def _is_htmx(request: Request[Any, Any, Any]) -> bool:
    return request.headers.get("HX-Request") == "true"


class Server:
    """Runs the application on a port; whoever makes one awaits ``run``."""

    def __init__(self, desk: Desk, meters: Meters) -> None:
        """Make the application, and have its answers counted."""
        settings = desk.config.desk
        self._server = uvicorn.Server(
            uvicorn.Config(
                counted(make_app(desk), meters),
                host=settings.http_address,
                port=settings.http_port,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=1,
                timeout_keep_alive=30,
            )
        )

    async def run(self, stopping: asyncio.Event) -> None:
        """Serve until ``stopping`` is set."""
        serving = asyncio.create_task(self._serve(), name="desk serves")
        stopped = asyncio.create_task(stopping.wait())
        await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        self._server.should_exit = True
        await serving

    async def _serve(self) -> None:
        # uvicorn would take the signals that are ours, and exit where it cannot listen.
        self._server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
        try:
            await self._server.serve()
        except SystemExit:
            _LOG.error("desk.no_pages", problem="the port of [desk] http_port cannot be had")
