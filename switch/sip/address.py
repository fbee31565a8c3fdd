"""Addresses as From, To, Contact and Refer-To write them: a URI with a name and parameters."""

from __future__ import annotations

import functools
import re
from typing import Final

import msgspec

from switch.sip import grammar
from switch.sip.errors import SipParseError
from switch.sip.uri import Params, SipUri, TelUri, parse_uri

_WHAT: Final = "address"
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_PLAIN_NAME = re.compile(r"[^\"<>\\]*")
_VALUE = re.compile(r"[^\s;,\"<>]+|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)


class NameAddr(msgspec.Struct, frozen=True, kw_only=True):
    """Is an address: ``"Alice Moreno" <sip:alice@switch.test>;tag=1928``."""

    display_name: str | None = None
    """As people read it, without quotes; ``None`` if there is none."""
    uri: SipUri | TelUri
    params: Params = ()
    """What stands after the ``>``, such as ``tag``; quoted values without their quotes."""

    @property
    def tag(self) -> str | None:
        """The tag, one side's half of a dialog's name; ``None`` before there is one."""
        return self.param("tag")

    def param(self, name: str) -> str | None:
        """Return the value of a parameter; ``None`` if it is absent or has no value."""
        return dict(self.params).get(name)

    def __str__(self) -> str:
        """Render the address as it stands in a header."""
        name = f"{grammar.quote(self.display_name)} " if self.display_name is not None else ""
        params = "".join(
            f";{key}" if value is None else f";{key}={_render_value(value)}"
            for key, value in self.params
        )
        return f"{name}<{self.uri}>{params}"


# From and To of a dialog are read from each of its messages, and again for each tag.
@functools.lru_cache(maxsize=16)
def parse_name_addr(text: str) -> NameAddr:
    """Read one address, with or without ``<>``.

    Without ``<>`` everything after the first ``;`` belongs to the header, not to the URI
    (RFC 3261 §20).

    Raises:
        UnsupportedSchemeError: its URI is of a scheme the switch cannot call.
        SipParseError: it is no address, or more than one.
    """
    text = text.strip()
    pieces = grammar.split_outside(text, ";", what=_WHAT)
    before, bracket, inside = _partition_bracket(pieces[0])
    if bracket:
        uri, closing, after = inside.partition(">")
        if not closing or after:
            raise SipParseError(what=_WHAT, why="text between > and ;", text=text)
        name = _parse_display_name(before.strip(), text)
    else:
        name, uri = None, before
        if "?" in uri or "," in uri:
            raise SipParseError(what=_WHAT, why="a URI with ? or , needs <>", text=text)
    return NameAddr(
        display_name=name, uri=parse_uri(uri), params=parse_params(pieces[1:], what=_WHAT)
    )


def parse_params(pieces: list[str], *, what: str) -> Params:
    """Read the parameters of a header value, given without their semicolons.

    Raises:
        SipParseError: one of them breaks the grammar, or a name appears more than once.
    """
    read: list[tuple[str, str | None]] = []
    for piece in pieces:
        name, equals, value = (part.strip() for part in piece.partition("="))
        if not grammar.TOKEN.fullmatch(name) or (equals and not _VALUE.fullmatch(value)):
            raise SipParseError(what=what, why="a parameter breaks the grammar", text=piece)
        read.append((name.lower(), _plain_value(value) if equals else None))
    grammar.require_unique([name for name, _ in read], what=what, text=";".join(pieces))
    return tuple(read)


def _partition_bracket(text: str) -> tuple[str, str, str]:
    """Split at the ``<`` that opens the URI: one inside a quoted name opens nothing."""
    quoted = _QUOTED.match(text)
    head = quoted[0] if quoted else ""
    between, bracket, inside = text[len(head) :].partition("<")
    return head + between, bracket, inside


def _parse_display_name(name: str, text: str) -> str | None:
    if _QUOTED.fullmatch(name):
        return grammar.unquote(name) or None
    if not _PLAIN_NAME.fullmatch(name):
        raise SipParseError(what=_WHAT, why="its display name breaks the grammar", text=text)
    return " ".join(name.split()) or None


def _plain_value(value: str) -> str:
    return grammar.unquote(value) if value.startswith('"') else value


def _render_value(value: str) -> str:
    return value if grammar.TOKEN.fullmatch(value) else grammar.quote(value)
