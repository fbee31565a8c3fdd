"""Status codes: their phrases, their classes, and the body of a NOTIFY that tells of one."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Final

from switch.sip.errors import SipParseError


class StatusClass(IntEnum):
    """Is what the first digit of a status says (RFC 3261 §7.2)."""

    PROVISIONAL = 1
    """Received, and going on."""
    SUCCESS = 2
    """Accepted."""
    REDIRECTION = 3
    """To be tried elsewhere."""
    CLIENT_ERROR = 4
    """Not possible here, or not so."""
    SERVER_ERROR = 5
    """Possible, but this server failed."""
    GLOBAL_FAILURE = 6
    """Not possible anywhere."""


PHRASES: Final = {
    100: "Trying",
    180: "Ringing",
    181: "Call Is Being Forwarded",
    182: "Queued",
    183: "Session Progress",
    200: "OK",
    202: "Accepted",
    204: "No Notification",
    300: "Multiple Choices",
    301: "Moved Permanently",
    302: "Moved Temporarily",
    305: "Use Proxy",
    380: "Alternative Service",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    410: "Gone",
    413: "Request Entity Too Large",
    414: "Request-URI Too Long",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    421: "Extension Required",
    423: "Interval Too Brief",
    429: "Provide Referrer Identity",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    483: "Too Many Hops",
    484: "Address Incomplete",
    485: "Ambiguous",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    489: "Bad Event",
    491: "Request Pending",
    493: "Undecipherable",
    500: "Server Internal Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Server Time-out",
    505: "Version Not Supported",
    513: "Message Too Large",
    600: "Busy Everywhere",
    603: "Decline",
    604: "Does Not Exist Anywhere",
    606: "Not Acceptable",
}
"""The phrase of each status the switch may send or meet."""

_LOWEST, _HIGHEST = 100, 699
_FIRST_FINAL = 200
_STATUS_LINE = re.compile(r"SIP/2\.0 ([1-6][0-9]{2})(?: ([^\r\n]*))?(?:\r?\n.*)?", re.DOTALL)


def status_class(status: int) -> StatusClass:
    """Return the class of a status.

    Raises:
        ValueError: the number is no SIP status.
    """
    if not _LOWEST <= status <= _HIGHEST:
        message = f"{status} is no SIP status"
        raise ValueError(message)
    return StatusClass(status // 100)


def reason_phrase(status: int) -> str:
    """Return the phrase of a status; for one we do not know, the phrase of its class."""
    if status in PHRASES:
        return PHRASES[status]
    return PHRASES.get(status_class(status) * 100, "Unknown")


def is_final(status: int) -> bool:
    """Tell whether a status ends its transaction."""
    return status >= _FIRST_FINAL


def sipfrag(status: int, reason: str | None = None) -> str:
    """Return the body of a NOTIFY that tells a transferor how far the transfer is.

    ``message/sipfrag`` begins with a status line. ``reason`` replaces the usual phrase; a line
    break in it would begin a header field, so it becomes a space.
    """
    phrase = reason_phrase(status) if reason is None else " ".join(reason.split())
    return f"SIP/2.0 {status} {phrase}\r\n"


def parse_sipfrag(body: bytes | str) -> tuple[int, str]:
    """Return status and phrase of a ``message/sipfrag`` body.

    Raises:
        SipParseError: it does not begin with a status line.
    """
    text = body if isinstance(body, str) else body.decode("utf-8", "replace")
    found = _STATUS_LINE.fullmatch(text)
    if found is None:
        raise SipParseError(what="sipfrag", why="no status line", text=text)
    return int(found[1]), (found[2] or "").strip()
