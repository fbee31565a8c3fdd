"""Which program it is that asks: by its token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import SkipValidation

from switch.desk.web.desk import Desk
from switch.desk.web.errors import Refused, SignInNeeded, TooOften
from switch.desk.web.signing import address_of

_LONGEST_TOKEN: Final = 200
_USE_NOTED_EVERY_S: Final = 60.0
_KEY: Final = "softswitch_caller"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Is a program that has shown a token."""

    name: str
    scopes: tuple[str, ...]


TheCaller = NamedDependency[SkipValidation[Caller]]
"""The program that asks; only of routes with a guard."""

Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], None]


def needs(scope: str) -> Guard:
    """Return what lets only those in whose token is good for this.

    Raises:
        SignInNeeded: there is no token, or it is none.
        TooOften: it was used too often in the last minute.
        Refused: it is good for something else.
    """

    def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        desk: Desk = connection.app.state.desk
        caller = _caller(connection, desk)
        if wait_s := desk.api_calls.wait_s(caller.name, desk.clock()):
            raise TooOften(wait_s)
        if scope not in caller.scopes:
            has = " and ".join(caller.scopes)
            raise Refused(403, f"this needs a token for {scope}; yours is for {has}")
        connection.scope["state"][_KEY] = caller

    return guard


def caller_of(request: Request[Any, Any, Any]) -> Caller:
    """Return the program that the guard has let in."""
    caller: Caller = request.scope["state"][_KEY]
    return caller


def _caller(connection: ASGIConnection[Any, Any, Any, Any], desk: Desk) -> Caller:
    kind, _space, token = connection.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise SignInNeeded("send a token: Authorization: Bearer TOKEN (softswitch token add)")
    known = desk.people.token(token.strip()) if len(token) <= _LONGEST_TOKEN else None
    if known is None:
        # Tokens cannot be guessed; whoever tries is slowed down all the same.
        address = address_of(connection, desk)
        if wait_s := desk.bad_tokens.wait_s(address, desk.clock()):
            raise TooOften(wait_s)
        raise SignInNeeded("there is no such token")
    now_s = desk.now()
    if known.used_at is None or now_s - known.used_at > _USE_NOTED_EVERY_S:
        desk.people.note_use(known.name, now_s)
    return Caller(name=known.name, scopes=known.scopes)
