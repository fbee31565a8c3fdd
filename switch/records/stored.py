"""What the desk says once records are stored, so that their node need not keep an eye on them.

A node numbers its records, and says with each where that can be told (the response topic and
the correlation data of MQTT 5 §4.10). Stretches of numbers are said together: a transaction of
the desk's holds hundreds of records.
"""

from collections.abc import Iterable
from typing import Annotated, Final

import msgspec

from switch.records.errors import InvalidRecordError

_HIGHEST: Final = 2**53
_Number = Annotated[int, msgspec.Meta(ge=1, le=_HIGHEST)]

Span = tuple[_Number, _Number]
"""From the first number to the last, both included."""


class _Stored(msgspec.Struct, frozen=True, kw_only=True):
    """Is the message; more may be said in it by a later release."""

    stored: list[Span]


_DECODER: Final = msgspec.json.Decoder(_Stored)


def correlation_of(number: int) -> bytes:
    """Return how a record bears its number."""
    return b"%d" % number


def number_of(correlation: object) -> int | None:
    """Return the number that a record bears; ``None``: none."""
    if not isinstance(correlation, bytes) or not correlation.isdigit():
        return None
    number = int(correlation) if len(correlation) <= len(str(_HIGHEST)) else 0
    return number if 1 <= number <= _HIGHEST else None


def encode(numbers: Iterable[int]) -> bytes:
    """Return the message that says of these that they are stored."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return msgspec.json.encode({"stored": spans})


def decode(payload: bytes) -> list[Span]:
    """Return what a message says is stored.

    Raises:
        InvalidRecordError: it says nothing of the kind.
    """
    try:
        spans = _DECODER.decode(payload).stored
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidRecordError("`stored` is no list of stretches") from None
    if any(first > last for first, last in spans):
        raise InvalidRecordError("`stored` has a stretch that ends before it begins")
    return spans
