"""What conversations are searched for by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

_PLACE: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)~([^/+#\s\x00-\x1f]{1,128})")


@dataclass(frozen=True, slots=True)
class Place:
    """Is a place in the list of all conversations: that of its last one so far."""

    started_at: str
    conversation_id: str

    def __str__(self) -> str:
        """Write it so that it can be sent back."""
        return f"{self.started_at}~{self.conversation_id}"

    @classmethod
    def read(cls, text: str) -> Place | None:
        """Return the place that was written so; ``None`` if it is none."""
        found = _PLACE.fullmatch(text)
        return None if found is None else cls(found[1], found[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Is what is searched for: all that is given must hold."""

    who: tuple[Literal["rep", "territory"], str] | None = None
    """Who took part; ``None``: anybody."""
    contact: str | None = None
    """The customer's number in E.164."""
    since: str | None = None
    """Began at this instant or later."""
    until: str | None = None
    """Began before this instant."""
    before: Place | None = None
    """The last one of the page before; ``None``: the first page."""
