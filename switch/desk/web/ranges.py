"""The part of a file that somebody asks for (RFC 9110 §14)."""

from __future__ import annotations

import re
from typing import Final

_ONE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.IGNORECASE)


class OutOfRange(ValueError):
    """Says that a file has no such part."""


def part_of(asked: str | None, size: int) -> tuple[int, int] | None:
    """Return where the part begins, and where it has ended; ``None``: the whole is to be sent.

    What cannot be understood, and what names several parts, is a wish for the whole: a server
    may say so (§14.2).

    Args:
        asked: the value of the header Range.
        size: bytes of the file.

    Raises:
        OutOfRange: it is to be answered with 416.
    """
    found = _ONE.fullmatch((asked or "").replace(" ", ""))
    if found is None:
        return None
    first, last = found[1], found[2]
    if not first and not last:
        return None
    if not first:  # so many bytes of the end
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= size or start >= end:
        raise OutOfRange
    return start, end
