"""The small pieces of SIP's grammar that URIs, addresses and messages share (RFC 3261 §25.1).

Every function here is linear in the length of its text: the text is hostile.
"""

from __future__ import annotations

import functools
import re
from typing import Final

from switch.sip.errors import SipParseError

TOKEN: Final = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
"""A token: a method, a parameter name, a tag."""

_MARK = r"\-_.!~*'()"
_ESCAPED = r"%[0-9A-Fa-f]{2}"
USER: Final = re.compile(rf"(?:[A-Za-z0-9{_MARK}&=+$,;?/]|{_ESCAPED})+")
PASSWORD: Final = re.compile(rf"(?:[A-Za-z0-9{_MARK}&=+$,]|{_ESCAPED})*")
PARAM: Final = re.compile(rf"(?:[A-Za-z0-9{_MARK}\[\]/:&+$]|{_ESCAPED})+")
HEADER_PART: Final = re.compile(rf"(?:[A-Za-z0-9{_MARK}\[\]/?:+$]|{_ESCAPED})*")

_ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
USER_PLAIN: Final = frozenset(_ALNUM + "-_.!~*'()&=+$,;?/")
PARAM_PLAIN: Final = frozenset(_ALNUM + "-_.!~*'()[]/:&+$")
HEADER_PLAIN: Final = frozenset(_ALNUM + "-_.!~*'()[]/?:+$")

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def unescape(text: str, *, what: str) -> str:
    """Return the text with its ``%41`` escapes resolved, read as UTF-8.

    Raises:
        SipParseError: an escape stands for a control character, which no name or number needs
            and which would break out of whatever line it is written to later, or the
            octets are no UTF-8.
    """
    if "%" not in text:
        return text
    octets = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    try:
        plain = octets.encode("latin-1").decode("utf-8")
    except UnicodeError:
        raise SipParseError(what=what, why="its escapes are no UTF-8", text=text) from None
    if _CONTROL.search(plain):
        raise SipParseError(what=what, why="an escaped control character", text=text)
    return plain


def escape(text: str, plain: frozenset[str]) -> str:
    """Return the text with everything outside ``plain`` escaped, as UTF-8 octets."""
    if plain.issuperset(text):
        return text
    return "".join(
        letter if letter in plain else "".join(f"%{octet:02X}" for octet in letter.encode("utf-8"))
        for letter in text
    )


def split_outside(text: str, separator: str, *, what: str) -> list[str]:
    """Split at a separator that stands neither in a quoted string nor in ``<>``; strip the parts.

    Raises:
        SipParseError: a quoted string or an angle bracket is never closed.
    """
    piece = _piece(separator)
    parts: list[str] = []
    start = 0
    while True:
        found = piece.match(text, start)
        assert found is not None  # It may be empty.
        parts.append(found[0].strip())
        start = found.end() + 1
        if found.end() == len(text):
            return parts
        if text[found.end()] != separator:
            raise SipParseError(what=what, why="a quote or bracket is never closed", text=text)


@functools.cache
def _piece(separator: str) -> re.Pattern[str]:
    """Return what matches a text up to the next separator, or to a quote that is never closed."""
    plain = rf'[^"<{re.escape(separator)}]+'
    return re.compile(rf'(?:{plain}|"(?:[^"\\]|\\.)*"|<[^>]*>)*', re.DOTALL)


def unquote(text: str) -> str:
    """Return what a quoted string says; the text begins and ends with its quotes."""
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)


def quote(text: str) -> str:
    """Return the text as a quoted string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def require_unique(names: list[str], *, what: str, text: str) -> None:
    """Refuse a parameter named twice (RFC 3261 §7.3.1, §19.1.1).

    Raises:
        SipParseError: a name appears more than once.
    """
    if len(set(names)) != len(names):
        raise SipParseError(what=what, why="a parameter is named twice", text=text)
