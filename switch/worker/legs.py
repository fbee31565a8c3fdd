"""The legs of a conversation as those see them who mind its media: who stands, and their end."""

from __future__ import annotations

from collections.abc import Callable

from switch.call.conversation import Conversation
from switch.call.endings import EndReason
from switch.call.ids import LegId
from switch.call.roster import Part


class Legs:
    """The legs of one conversation."""

    def __init__(self, conversation: Conversation, end: Callable[[EndReason], None]) -> None:
        """Keep whose legs they are, and what ends all of them."""
        self._conversation = conversation
        self._end = end

    def parts(self) -> dict[LegId, Part]:
        """Return the legs that stand, and what each is."""
        parts = {leg_id: self._conversation.part_of(leg_id) for leg_id in self._conversation.legs}
        return {leg_id: part for leg_id, part in parts.items() if part is not Part.LEAVER}

    def without_media(self) -> None:
        """End every leg: somebody would hear nothing."""
        self._end(EndReason.MEDIA_LOST)
