"""Counts what the desk answers, beside the application: also what no route of ours has answered."""

from __future__ import annotations

import time

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from switch.desk.meters import Meters


def counted(app: ASGIApp, meters: Meters) -> ASGIApp:
    """Return the application with each answer counted, by part and status, and timed.

    The time is until the answer begins: a page that is pushed what changes never ends.
    """

    async def count(scope: Scope, receive: Receive, send: Send) -> None:
        began_s = time.perf_counter()
        part = part_of(scope["path"])

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                meters.requests.labels(part, str(message["status"])).inc()
                meters.answers.labels(part).observe(time.perf_counter() - began_s)
            await send(message)

        await app(scope, receive, tell)

    return count


def part_of(path: str) -> str:
    """Return which part of the desk a path belongs to."""
    first, _slash, rest = path.removeprefix("/").partition("/")
    return first if rest and first in {"api", "static"} else "page"
