"""A conversation whose media server died, and was started anew: nobody hears anybody.

The new one has other ports. It is told again who hears whom (:meth:`Media.rebuild`), and each
phone is told by re-INVITE where to send now. Who still rings cannot be told: that is done when
he has answered. A phone that takes no new description is on a dead line: its conversation ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from switch.call.ids import LegId
from switch.call.roster import Part
from switch.errors import SwitchError
from switch.media.ng import MediaError
from switch.worker.media import Media
from switch.worker.prompting import Prompting
from switch.worker.reinviting import Redescribing, ReinviteRefused, Reinvites

_HEARING: Final = frozenset({Part.TALKER, Part.TRANSFEREE, Part.CHOOSER})
"""Who is to hear somebody or something, and has a dialog in which he can be told.

A transferor who waits for the outcome is not disturbed; he is told if he gets the call back.
"""
_TRIES: Final = 5
"""How often in a row the server may be lost while it is told."""


class Standing(Protocol):
    """What is to be known of a conversation, and done to it."""

    def parts(self) -> Mapping[LegId, Part]:
        """Return the legs that stand, and what each is just now."""

    def without_media(self) -> None:
        """End them all: somebody would hear nothing."""


class Reanchoring:
    """Gives a conversation new media."""

    def __init__(
        self,
        stack: Redescribing,
        media: Media,
        prompting: Prompting,
        *,
        legs: Standing,
        noticed: Callable[[str, SwitchError], None],
    ) -> None:
        """Join what is needed.

        Args:
            stack: the SIP side.
            media: the media of the conversation.
            prompting: its prompts.
            legs: which of them stand, and the end of all of them.
            noticed: takes what could not be done, for the log.
        """
        self._stack = stack
        self._media = media
        self._prompting = prompting
        self._legs = legs
        self._noticed = noticed
        self.reinvites: Final = Reinvites(
            stack,
            next_to_tell=media.next_to_tell,
            told=media.now_told,
            refused=self._refused,
        )

    async def if_lost(self, began_s: float) -> None:
        """Give the conversation new media if a server that began then does not know it."""
        try:
            is_lost = await self._media.is_lost(began_s)
        except MediaError as error:
            self._noticed("re-anchor", error)
            is_lost = True
        if is_lost:
            await self.anew()

    async def anew(self) -> None:
        """Give the conversation new media, or end it."""
        for _ in range(_TRIES):
            try:
                return await self._rebuild()
            except MediaError as error:
                self._noticed("re-anchor", error)
                if not error.is_unknown_call:
                    break
        self._legs.without_media()
        return None

    def tell(self, leg_id: LegId) -> None:
        """Tell a phone of its new ports, if it does not know them."""
        owed = self._media.owed_to(leg_id)
        if owed is not None and self._stack.is_up(leg_id):
            self.reinvites.send(leg_id, owed)

    async def _rebuild(self) -> None:
        parts = self._legs.parts()
        for leg_id in await self._media.rebuild(parts):
            try:
                await self._media.play_music(leg_id)
            except MediaError as error:
                if error.is_unknown_call:
                    raise
                # For want of music no call ends.
                self._noticed("PlayMusic", error)
        await self._prompting.play_again()
        for leg_id, part in parts.items():
            if part in _HEARING:
                self.tell(leg_id)

    def _refused(self, leg_id: LegId, error: ReinviteRefused) -> None:
        self._noticed("re-INVITE", error)
        if self._media.owed_to(leg_id) is not None and self._legs.parts().get(leg_id) in _HEARING:
            self._legs.without_media()
