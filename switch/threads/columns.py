"""Text of others' making on a terminal: cleaned, and in columns."""

import unicodedata
from collections.abc import Sequence

_LONGEST_NAME = 40
_GAP = "  "


def clean(text: str, *, longest: int = _LONGEST_NAME) -> str:
    """Return text of a caller's making so that it can be printed on one line."""
    # C: control, format (such as those that reverse the direction of writing),
    # surrogates, private use. Zl and Zp are line ends too.
    kept = (c for c in text if unicodedata.category(c) not in {"Zl", "Zp"})
    shown = "".join(c for c in kept if not unicodedata.category(c).startswith("C"))
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows with their columns one below the other."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [
        _GAP.join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    """Return how many places a text takes on a terminal."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)
