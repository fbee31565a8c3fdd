"""SIP and tel URIs: whom a request is for (RFC 3261 §19.1).

Rules of this file:

* What is read here is dialled, so reading is strict: a URI that another reader might take
  differently is refused, never repaired.
* Values are unescaped (``%61lice`` is ``alice``); rendering escapes what must be.
* A password is read past and dropped: nothing may repeat it.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from typing import TypeAlias

import msgspec

from switch.sip import grammar
from switch.sip.errors import SipParseError, UnsupportedSchemeError

Params: TypeAlias = tuple[tuple[str, str | None], ...]
"""Parameters in their order: names in lower case, ``None`` where a name stands without ``=``."""

_SIP = "SIP URI"
_TEL = "tel URI"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+\-.]*):(.*)", re.DOTALL)
_HOST_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.\-]+)(?::([0-9]{1,5}))?")
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_\-]*[A-Za-z0-9_])?")
_SUBSCRIBER = re.compile(r"\+?[0-9A-Fa-f*#\-.()]+")
_SEPARATORS = str.maketrans("", "", "-.()")
_HIGHEST_PORT = 65535


class SipUri(msgspec.Struct, frozen=True, kw_only=True):
    """Is a ``sip:`` or ``sips:`` URI."""

    scheme: str = "sip"
    """``sip`` or ``sips``."""
    user: str | None = None
    """Who is meant at the host, unescaped; ``None`` if the host itself is."""
    host: str
    """A name in lower case, an IPv4 address, or an IPv6 address in its brackets."""
    port: int | None = None
    """``None`` where the URI leaves it to the transport."""
    params: Params = ()
    """What stands after the host, such as ``transport=tcp``."""
    headers: tuple[tuple[str, str], ...] = ()
    """Header fields a request to this URI is asked to carry. Nobody may obey them unread: a REFER
    can ask for an invented identity this way (RFC 3261 §19.1.5)."""

    @property
    def dialled(self) -> str | None:
        """What was dialled: the user part as the dialplan reads it."""
        return self.user

    @property
    def is_phone(self) -> bool:
        """Whether the user part is declared to be a telephone number (``user=phone``)."""
        return (self.param("user") or "").lower() == "phone"

    def param(self, name: str) -> str | None:
        """Return the value of a parameter; ``None`` if it is absent or has no value."""
        return dict(self.params).get(name)

    def __str__(self) -> str:
        """Render the URI as it stands in a request."""
        user = f"{grammar.escape(self.user, grammar.USER_PLAIN)}@" if self.user is not None else ""
        port = f":{self.port}" if self.port is not None else ""
        headers = "&".join(
            "=".join(grammar.escape(part, grammar.HEADER_PLAIN) for part in pair)
            for pair in self.headers
        )
        asked = f"?{headers}" if headers else ""
        return f"{self.scheme}:{user}{self.host}{port}{render_params(self.params)}{asked}"


class TelUri(msgspec.Struct, frozen=True, kw_only=True):
    """Is a ``tel:`` URI: a telephone number without a host."""

    number: str
    """Digits, with ``+`` before a global number; the visual separators are gone."""
    params: Params = ()
    """Such as ``phone-context``, which says where a local number is valid."""

    @property
    def dialled(self) -> str:
        """What was dialled: the number with its parameters, as the dialplan reads it."""
        return f"{self.number}{render_params(self.params)}"

    def __str__(self) -> str:
        """Render the URI as it stands in a request."""
        return f"tel:{grammar.escape(self.number, grammar.USER_PLAIN)}{render_params(self.params)}"


def parse_uri(text: str) -> SipUri | TelUri:
    """Read a URI that stands alone, without ``<>``.

    Raises:
        UnsupportedSchemeError: it is a URI, but neither ``sip:``, ``sips:`` nor ``tel:``.
        SipParseError: it is no URI, or one that breaks the grammar of its scheme.
    """
    found = _SCHEME.fullmatch(text)
    if found is None:
        raise SipParseError(what="URI", why="no scheme", text=text)
    scheme, rest = found[1].lower(), found[2]
    if scheme in {"sip", "sips"}:
        return _parse_sip(scheme, rest, text)
    if scheme == "tel":
        return _parse_tel(rest, text)
    raise UnsupportedSchemeError(what="URI", why=f"cannot call a {scheme}: URI", text=text)


def render_params(params: Params) -> str:
    """Render parameters, each with its semicolon."""
    return "".join(
        f";{grammar.escape(name, grammar.PARAM_PLAIN)}"
        + ("" if value is None else f"={grammar.escape(value, grammar.PARAM_PLAIN)}")
        for name, value in params
    )


def _parse_sip(scheme: str, rest: str, text: str) -> SipUri:
    # An "@" must be escaped everywhere but before the host, so one at most may stand there;
    # readers that take the first and readers that take the last would dial different hosts.
    before, at, after = rest.partition("@")
    if "@" in after:
        raise SipParseError(what=_SIP, why="more than one @", text=text)
    userinfo, after = (before, after) if at else (None, before)
    location, _, headers = after.partition("?")
    host_port, _, params = location.partition(";")
    host, port = _parse_host_port(host_port, text)
    return SipUri(
        scheme=scheme,
        user=None if userinfo is None else _parse_user(userinfo, text),
        host=host,
        port=port,
        params=_parse_params(params, _SIP, text) if ";" in location else (),
        headers=_parse_headers(headers, text) if "?" in after else (),
    )


def _parse_user(userinfo: str, text: str) -> str:
    user, _, password = userinfo.partition(":")
    if not grammar.USER.fullmatch(user) or not grammar.PASSWORD.fullmatch(password):
        raise SipParseError(what=_SIP, why="its user part breaks the grammar", text=text)
    return grammar.unescape(user, what=_SIP)


def _parse_host_port(host_port: str, text: str) -> tuple[str, int | None]:
    found = _HOST_PORT.fullmatch(host_port)
    if found is None or not _is_host(found[1]):
        raise SipParseError(what=_SIP, why="no host", text=text)
    if found[2] is None:
        return found[1].lower(), None
    port = int(found[2])
    if not 1 <= port <= _HIGHEST_PORT:
        raise SipParseError(what=_SIP, why="its port is not within 1 to 65535", text=text)
    return found[1].lower(), port


# A worker meets the same few hosts in each message.
@functools.lru_cache(maxsize=16)
def _is_host(host: str) -> bool:
    try:
        if host.startswith("["):
            ipaddress.IPv6Address(host[1:-1])
            return True
        if host.rpartition(".")[2].isdigit():
            ipaddress.IPv4Address(host)
            return True
    except ValueError:
        return False
    # The underscore is no part of the grammar, but container networks name hosts with it.
    labels = host.removesuffix(".").split(".")
    return all(_LABEL.fullmatch(label) for label in labels)


def _parse_params(params: str, what: str, text: str) -> Params:
    read: list[tuple[str, str | None]] = []
    for piece in params.split(";"):
        name, equals, value = piece.partition("=")
        if not grammar.PARAM.fullmatch(name) or (equals and not grammar.PARAM.fullmatch(value)):
            raise SipParseError(what=what, why="a parameter breaks the grammar", text=text)
        name = grammar.unescape(name, what=what).lower()
        read.append((name, grammar.unescape(value, what=what) if equals else None))
    grammar.require_unique([name for name, _ in read], what=what, text=text)
    return tuple(read)


def _parse_headers(headers: str, text: str) -> tuple[tuple[str, str], ...]:
    read: list[tuple[str, str]] = []
    for piece in headers.split("&"):
        name, equals, value = piece.partition("=")
        good = name and equals and grammar.HEADER_PART.fullmatch(name)
        if not good or not grammar.HEADER_PART.fullmatch(value):
            raise SipParseError(what=_SIP, why="a header after ? breaks the grammar", text=text)
        read.append((grammar.unescape(name, what=_SIP), grammar.unescape(value, what=_SIP)))
    return tuple(read)


def _parse_tel(rest: str, text: str) -> TelUri:
    number, semicolon, params = rest.partition(";")
    # Phones escape "#", which a URI would otherwise take for the start of a fragment.
    number = grammar.unescape(number, what=_TEL)
    digits = number.translate(_SEPARATORS)
    if not _SUBSCRIBER.fullmatch(number) or digits in {"", "+"}:
        raise SipParseError(what=_TEL, why="no telephone number", text=text)
    return TelUri(
        number=digits.upper(), params=_parse_params(params, _TEL, text) if semicolon else ()
    )
