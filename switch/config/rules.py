"""What a value in a configuration file must be: one rule a key, written where the key is.

::

    sip_port: Annotated[int, PORT] = 5060
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from dialplan.numbers import is_country
from switch.sip.sdp import CODECS

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_HEADER = re.compile(r"([\x21-\x7e]([\x20-\x7e]{0,254}[\x21-\x7e])?)?")
_HEADER_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]{0,63})?")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_URL = re.compile(rf"https?://{_LABEL}(\.{_LABEL})*(:[0-9]{{1,5}})?/?")
_HOST_LONGEST = 253
_LABEL_LONGEST = 60
_LABELS_MOST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Is what a value must be beyond its type."""

    expected: str
    """What would be right, as a person reads it."""
    is_right: Callable[[Any], bool]
    """Tells whether a value of the right type follows the rule."""


def within(low: float, high: float, what: str) -> Rule:
    """Return the rule that a number lies between two others, both included."""
    return Rule(expected=f"{what}, {low} to {high}", is_right=lambda value: low <= value <= high)


def _is_host(value: str) -> bool:
    return len(value) <= _HOST_LONGEST and _HOST.fullmatch(value) is not None


def _is_address(value: str) -> bool:
    try:
        address = ipaddress.IPv4Address(value)
    except ValueError:
        return False
    return not address.is_unspecified and not address.is_multicast


def _is_codec_list(value: tuple[str, ...]) -> bool:
    return bool(value) and len(set(value)) == len(value) and set(value) <= set(CODECS)


def _is_label(value: str) -> bool:
    return value.isprintable() and value == value.strip() and 1 <= len(value) <= _LABEL_LONGEST


def _is_http_url(value: str) -> bool:
    try:
        url = urlsplit(value)
        return url.scheme in {"http", "https"} and bool(url.hostname) and value.isascii()
    except ValueError:
        return False


PORT: Final = within(1, 65535, "a port")
DAYS: Final = within(1, 36500, "days")
SECONDS: Final = within(1, 600, "seconds")
NAME: Final = Rule(
    expected="1 to 64 letters, digits, '.', '_' and '-', no mark in front",
    is_right=lambda value: _NAME.fullmatch(value) is not None,
)
DOMAIN: Final = Rule(
    expected="a domain name in lower case, or an IPv4 address",
    is_right=lambda value: _is_host(value) and value == value.lower(),
)
HOST: Final = Rule(expected="a host name or an IPv4 address", is_right=_is_host)
ADDRESS: Final = Rule(
    expected="an IPv4 address of this machine that others can send to (not 0.0.0.0)",
    is_right=_is_address,
)
PUBLIC_ADDRESS: Final = Rule(
    expected="the IPv4 address that a router translates to this machine's, or empty",
    is_right=_is_address,
)
COUNTRY: Final = Rule(
    expected="a country as two capital letters (ISO 3166-1), such as 'US'", is_right=is_country
)
CODEC_LIST: Final = Rule(
    expected=f"one or more of {', '.join(CODECS)}, each once", is_right=_is_codec_list
)
EACH_ONCE: Final = Rule(
    expected="a list of texts, each once",
    is_right=lambda value: len(set(value)) == len(value) and all(one.strip() for one in value),
)
DIRECTIONS: Final = Rule(
    expected="a list of 'inbound', 'outbound' and 'internal', each once",
    is_right=lambda value: (
        len(set(value)) == len(value) and set(value) <= {"inbound", "outbound", "internal"}
    ),
)
HEADER: Final = Rule(
    # A line end would begin another header field.
    expected="at most 256 letters, digits and marks of ASCII, or empty",
    is_right=lambda value: _HEADER.fullmatch(value) is not None,
)
HEADER_NAME: Final = Rule(
    expected="the name of a header, such as 'X-Remote-User', or empty",
    is_right=lambda value: _HEADER_NAME.fullmatch(value) is not None,
)
ADDRESSES: Final = Rule(
    expected="a list of IPv4 addresses, each once",
    is_right=lambda value: len(set(value)) == len(value) and all(map(_is_address, value)),
)
LABELS: Final = Rule(
    expected=f"a list of up to {_LABELS_MOST} texts of 1 to {_LABEL_LONGEST} letters, each once",
    is_right=lambda value: (
        len(set(value)) == len(value) <= _LABELS_MOST and all(map(_is_label, value))
    ),
)
HTTP_URL: Final = Rule(
    expected="an http:// or https:// URL, or empty",
    is_right=lambda value: not value or _is_http_url(value),
)
LOOKUP_URL: Final = Rule(
    expected="an http:// or https:// URL with {number} in it, or empty",
    is_right=lambda value: not value or (_is_http_url(value) and "{number}" in value),
)
BUCKET: Final = Rule(
    expected="the name of a bucket: 3 to 63 small letters, digits, '.' and '-', or empty",
    is_right=lambda value: _BUCKET.fullmatch(value) is not None,
)
URL: Final = Rule(
    # Credentials have a file of their own, which is not shown.
    expected="http:// or https://, a host and perhaps a port, or empty",
    is_right=lambda value: _URL.fullmatch(value) is not None,
)
PATH: Final = Rule(expected="a path", is_right=lambda value: value.strip() != "")
