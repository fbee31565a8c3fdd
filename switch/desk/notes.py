"""What people write into a conversation."""

from __future__ import annotations

from typing import Final

import msgspec

from switch.errors import SwitchError

LONGEST: Final = 20_000
"""Letters of one note."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Is what one author has written into one conversation."""

    conversation_id: str
    author: str
    """A rep, or the name of an API token."""
    text: str
    disposition: str | None
    """How the conversation came out, as the author says; ``None``: he has not."""
    revision: int
    """1 for the first version, then one more for each change."""
    made_at: str
    changed_at: str


class NoteRefused(SwitchError):
    """Says that a note is not taken as it is."""

    def __init__(self, *, why: str) -> None:
        """Keep why."""
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        """Say why, and that nothing has changed."""
        return f"{self.why}; nothing was changed"


class NoteChanged(SwitchError):
    """Says that the note was changed elsewhere since it was read."""

    def __init__(self, *, known: Note) -> None:
        """Keep the note as it is."""
        super().__init__(known)
        self.known = known

    def __str__(self) -> str:
        """Say what happened."""
        return "this note was changed in another window meanwhile; nothing was overwritten"
