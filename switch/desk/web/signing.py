"""Who it is that asks: by a cookie that we have signed, or by what a proxy says.

Rules of this file:

* The cookie holds a name, and the stamp of the password it was signed in by: a new password
  signs out whoever came with the old one. Scripts cannot read it (HttpOnly), other sites cannot
  send it along with what changes anything (SameSite=Lax, and a token against forged requests).
* A proxy is believed by its address, never by its word.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from itsdangerous import BadData, URLSafeTimedSerializer
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from switch.desk.web.desk import Desk
from switch.desk.web.errors import SignInNeeded, TooOften

COOKIE: Final = "softswitch_desk"
_SALT: Final = "desk sign-in"
_LONGEST_PASSWORD: Final = 1000
"""Letters; argon2 would take its time for a megabyte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Is a rep who has signed in."""

    rep: str
    is_supervisor: bool


def visitor_of(request: Request[Any, Any, Any], desk: Desk) -> Visitor:
    """Return who asks.

    Raises:
        SignInNeeded: nobody knows.
    """
    settings = desk.config.desk
    name = (
        request.headers.get(settings.user_header)
        if settings.user_header
        else _signed(request.cookies.get(COOKIE, ""), desk)
    )
    if settings.user_header and _peer(request) not in settings.proxies:
        raise SignInNeeded("come through the proxy that signs people in")
    if not name or desk.config.dialplan.rep(name) is None:
        raise SignInNeeded
    return Visitor(rep=name, is_supervisor=name in settings.supervisors)


async def sign_in(request: Request[Any, Any, Any], desk: Desk, rep: str, password: str) -> Cookie:
    """Return the cookie of whoever knows a rep's password.

    Raises:
        TooOften: too many have tried from there.
        SignInNeeded: it is not the password, or there is no such rep; which of the two it is, is
            not said, and takes as long.
    """
    address = address_of(request, desk)
    now_s = desk.clock()
    wait_s = desk.all_sign_ins.wait_s(address, now_s) or desk.sign_ins.wait_s(
        f"{address} {rep}", now_s
    )
    if wait_s:
        raise TooOften(wait_s)
    stamp = None
    async with desk.verifying:
        if len(password) <= _LONGEST_PASSWORD:
            stamp = await asyncio.to_thread(desk.people.verify, rep, password)
    if stamp is None or desk.config.dialplan.rep(rep) is None:
        raise SignInNeeded("name and password do not belong together")
    desk.sign_ins.forgive(f"{address} {rep}")
    return cookie(desk, signed(desk, rep, stamp))


def signed(desk: Desk, rep: str, stamp: str) -> str:
    """Return the value of a rep's cookie, who has signed in by the password of this stamp."""
    return str(_serializer(desk).dumps([rep, stamp]))


def cookie(desk: Desk, value: str) -> Cookie:
    """Return the cookie with a value; an empty one takes it away."""
    settings = desk.config.desk
    return Cookie(
        key=COOKIE,
        value=value,
        max_age=round(settings.sign_in_h * 3600) if value else 0,
        httponly=True,
        secure=settings.https,
        samesite="lax",
        path="/",
    )


def address_of(request: ASGIConnection[Any, Any, Any, Any], desk: Desk) -> str:
    """Return from where somebody asks: what a proxy of ours says last, if it is one."""
    peer = _peer(request)
    forwarded = request.headers.get("X-Forwarded-For", "")
    if peer in desk.config.desk.proxies and forwarded:
        return forwarded.rsplit(",", maxsplit=1)[-1].strip()
    return peer


def _peer(request: ASGIConnection[Any, Any, Any, Any]) -> str:
    return request.client.host if request.client else ""


def _signed(value: str, desk: Desk) -> str | None:
    """Return the rep in a cookie; ``None``: it is not ours, too old, or of an old password."""
    try:
        oldest_s = round(desk.config.desk.sign_in_h * 3600)
        rep, stamp = _serializer(desk).loads(value, max_age=oldest_s)
    except (BadData, ValueError, TypeError):
        return None
    return rep if isinstance(rep, str) and stamp == desk.people.stamp(rep) else None


def _serializer(desk: Desk) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(desk.key, salt=_SALT)
