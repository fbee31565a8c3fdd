"""SIP messages as they came off the wire, read for what the switch must know (RFC 3261 §7).

Rules of this file:

* A message is hostile. :func:`parse_message` and every accessor return a value or raise
  :class:`~switch.sip.errors.SipParseError`, nothing else.
* The start line and the shape of the header fields are read at once, the values when they are
  asked for: a REFER with a torn Refer-To must still be answered on its Call-ID.
* Nothing is repaired. Both CRLF and a lone LF end a line, because proxies before us take both.
"""

from __future__ import annotations

import functools
import re
from typing import Final

import msgspec

from switch.sip import grammar
from switch.sip.address import NameAddr, parse_name_addr
from switch.sip.errors import SipParseError
from switch.sip.uri import SipUri, TelUri, parse_uri

COMPACT: Final = {
    "a": "Accept-Contact",
    "b": "Referred-By",
    "c": "Content-Type",
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "j": "Reject-Contact",
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "o": "Event",
    "r": "Refer-To",
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",
    "v": "Via",
    "x": "Session-Expires",
    "y": "Identity",
}
"""Compact header names (RFC 3261 §7.3.3 and the extensions that phones use)."""

_LISTS: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "alert-info",
        "allow",
        "allow-events",
        "call-info",
        "contact",
        "content-encoding",
        "diversion",
        "history-info",
        "in-reply-to",
        "p-asserted-identity",
        "p-preferred-identity",
        "path",
        "proxy-require",
        "reason",
        "record-route",
        "require",
        "route",
        "service-route",
        "supported",
        "unsupported",
        "via",
        "warning",
    }
)
"""Headers whose grammar is a comma-separated list; in all others a comma is part of the value."""

_REQUEST_LINE = re.compile(r"([A-Za-z0-9\-.!%*_+`'~]+) ([^\s<>]+) SIP/2\.0", re.IGNORECASE)
_STATUS_LINE = re.compile(r"SIP/2\.0 ([1-6][0-9]{2})(?: (.*))?", re.IGNORECASE)
_FIELD = re.compile(r"([A-Za-z0-9\-.!%*_+`'~]+)[ \t]*:([^\x00-\x08\x0a-\x1f\x7f]*)(?:\r?\n|\r?\Z)")
_FOLD = re.compile(r"\r?\n[ \t]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_END = re.compile(rb"\n\r?\n")
_CSEQ = re.compile(r"([0-9]{1,10})\s+([A-Za-z0-9\-.!%*_+`'~]+)")
_CALL_ID = re.compile(r"[^\s,;]+")
_LENGTH = re.compile(r"[0-9]{1,9}")
_MESSAGE = "SIP message"
_SEQUENCE_END = 2**32


class CSeq(msgspec.Struct, frozen=True, kw_only=True):
    """Is the place of a request in its dialog."""

    number: int
    """Grows by one with each request of one side."""
    method: str
    """The request's method."""


class Header(msgspec.Struct, frozen=True):
    """Is one header field of a message."""

    name: str
    """As written, but never compact."""
    key: str
    """The same in lower case: names are compared without regard to case."""
    value: str
    """Unfolded, without the space around it."""


class SipMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Is what requests and responses have in common: header fields and a body."""

    headers: tuple[Header, ...]
    """In the order of the message."""
    body: bytes
    """As long as Content-Length says; empty if there is none."""

    def all(self, name: str) -> tuple[str, ...]:
        """Return the values of a header, from all its fields, comma lists taken apart.

        Raises:
            SipParseError: a comma list cannot be taken apart.
        """
        wanted = name.lower()
        values = tuple([header.value for header in self.headers if header.key == wanted])
        if wanted not in _LISTS:
            return values
        return tuple(
            part
            for value in values
            for part in grammar.split_outside(value, ",", what=name)
            if part
        )

    def one(self, name: str) -> str:
        """Return the value of a header that must be there exactly once.

        Raises:
            SipParseError: it is missing or there are several.
        """
        values = self.all(name)
        if len(values) != 1:
            raise SipParseError(what=name, why="missing" if not values else "more than one")
        return values[0]

    @property
    def call_id(self) -> str:
        """The Call-ID, compared letter by letter."""
        value = self.one("Call-ID")
        if not _CALL_ID.fullmatch(value):
            raise SipParseError(what="Call-ID", why="not one word", text=value)
        return value

    @property
    def from_(self) -> NameAddr:
        """Who sends, with his tag."""
        return parse_name_addr(self.one("From"))

    @property
    def to(self) -> NameAddr:
        """Who is meant; with a tag once there is a dialog."""
        return parse_name_addr(self.one("To"))

    @property
    def from_tag(self) -> str | None:
        """The tag of From."""
        return self.from_.tag

    @property
    def to_tag(self) -> str | None:
        """The tag of To; ``None`` in a request that opens a dialog."""
        return self.to.tag

    @property
    def cseq(self) -> CSeq:
        """The place of the message in its dialog."""
        value = self.one("CSeq")
        found = _CSEQ.fullmatch(value)
        if found is None or int(found[1]) >= _SEQUENCE_END:
            raise SipParseError(what="CSeq", why="not a number and a method", text=value)
        return CSeq(number=int(found[1]), method=found[2])

    @property
    def content_type(self) -> str | None:
        """The type of the body in lower case, without parameters; ``None`` if not said."""
        values = self.all("Content-Type")
        return values[0].partition(";")[0].strip().lower() if values else None


class SipRequest(SipMessage, frozen=True, kw_only=True):
    """Is a request."""

    method: str
    """Such as ``INVITE``; case matters."""
    request_uri: str
    """The Request-URI as written; :attr:`uri` is what it means."""

    @property
    def uri(self) -> SipUri | TelUri:
        """The Request-URI, read."""
        return parse_uri(self.request_uri)


class SipResponse(SipMessage, frozen=True, kw_only=True):
    """Is a response."""

    status: int
    """100 to 699."""
    reason: str
    """The phrase for people; may be empty."""


# Several parts of a worker read the same message one after the other, and it is frozen.
@functools.lru_cache(maxsize=8)
def parse_message(raw: bytes | str) -> SipRequest | SipResponse:
    """Read a message that came alone, in a datagram or cut out of a stream.

    Raises:
        SipParseError: it is no SIP/2.0 message.
    """
    octets = raw.encode("utf-8", "replace") if isinstance(raw, str) else raw
    octets = octets.lstrip(b"\r\n")
    end = _END.search(octets)
    if end is None:
        raise SipParseError(
            what=_MESSAGE, why="no empty line after its headers", text=_show(octets)
        )
    # Display names come in whatever the phone was built for; a wrong letter in one ends no call.
    head = octets[: end.start()].removesuffix(b"\r").decode("utf-8", "replace")
    start_line, _, fields = head.partition("\n")
    start_line = start_line.removesuffix("\r")
    if _CONTROL.search(start_line):
        raise SipParseError(what="start line", why="a control character", text=start_line)
    headers = _parse_headers(fields)
    body = _cut_body(headers, octets[end.end() :])
    if found := _STATUS_LINE.fullmatch(start_line):
        return SipResponse(status=int(found[1]), reason=found[2] or "", headers=headers, body=body)
    if found := _REQUEST_LINE.fullmatch(start_line):
        return SipRequest(method=found[1], request_uri=found[2], headers=headers, body=body)
    raise SipParseError(what="start line", why="no SIP/2.0 request or response", text=start_line)


def parse_request(raw: bytes | str) -> SipRequest:
    """Read a message that must be a request.

    Raises:
        SipParseError: it is no SIP/2.0 message, or a response.
    """
    message = parse_message(raw)
    if isinstance(message, SipRequest):
        return message
    raise SipParseError(what=_MESSAGE, why="a response where a request was due")


def _parse_headers(fields: str) -> tuple[Header, ...]:
    if "\n " in fields or "\n\t" in fields:
        fields = _FOLD.sub(" ", fields)
    headers: list[Header] = []
    start = 0
    while start < len(fields):
        found = _FIELD.match(fields, start)
        if found is None:
            line = fields[start:].partition("\n")[0]
            raise SipParseError(what="header field", why="not a name and a value", text=line)
        start = found.end()
        name, value = found.groups()
        key = name.lower()
        if key in COMPACT:
            name = COMPACT[key]
            key = name.lower()
        headers.append(Header(name, key, value.strip()))
    return tuple(headers)


def _cut_body(headers: tuple[Header, ...], rest: bytes) -> bytes:
    """Return the body: what Content-Length says, or all there is (RFC 3261 §18.3)."""
    lengths = {header.value for header in headers if header.key == "content-length"}
    if not lengths:
        return rest
    length = lengths.pop()
    if lengths or not _LENGTH.fullmatch(length):
        raise SipParseError(what="Content-Length", why="not one number", text=length)
    if int(length) > len(rest):
        raise SipParseError(what=_MESSAGE, why="shorter than its Content-Length", text=length)
    return rest[: int(length)]


def _show(octets: bytes) -> str:
    return octets[:200].decode("utf-8", "replace")
